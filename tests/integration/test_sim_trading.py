"""Trading on the simulated exchange over REST: who is let in, what is answered, what it costs."""

from __future__ import annotations

import base64
from collections.abc import Iterator
from decimal import Decimal
from urllib.parse import quote, urlencode

import pytest
import requests
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ed25519, padding, rsa
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from tests.sim_server import generated, running
from tests.support.signing import KEY, SECRET, Trader, signature, signed
from trader.sim.trading.floor import TradingFloor
from trader.sim.trading.opening import member_of

SYMBOL = "BTCUSDT"


@pytest.fixture(scope="module")
def url() -> Iterator[str]:
    """An exchange whose time stands nearly still, with an account for this module alone."""
    exchange = generated("BTCUSDT,ETHUSDT", speed=0.001)
    with running(exchange, floor=TradingFloor(exchange, [member_of(KEY, SECRET, None, "USDT=100000,BTC=5")])) as served:
        yield served.url


@pytest.fixture
def trader(url: str) -> Iterator[Trader]:
    """Its owner, who leaves no order behind."""
    found = Trader(url)
    yield found
    for symbol in (SYMBOL, "ETHUSDT"):
        found.ask("DELETE", "openOrders", symbol=symbol)


def last_price(url: str) -> Decimal:
    return Decimal(requests.get(f"{url}/api/v3/ticker/price?symbol={SYMBOL}", timeout=10).json()["price"])


def limit(trader: Trader, side: str = "BUY", factor: str = "0.9", **more: object) -> dict[str, object]:
    """A limit order that rests."""
    price = (last_price(trader.url) * Decimal(factor)).quantize(Decimal("0.01"))
    answer = trader.ask(
        "POST", "order", symbol=SYMBOL, side=side, type="LIMIT", timeInForce="GTC", quantity="0.01", price=price, **more
    )
    assert answer.status_code == 200, answer.text
    found = answer.json()
    assert isinstance(found, dict)
    return found


def test_a_market_order_is_answered_with_its_fills(trader: Trader) -> None:
    before = balances(trader)
    answer = trader.ask("POST", "order", symbol=SYMBOL, side="BUY", type="MARKET", quantity="0.02").json()
    assert (answer["status"], answer["executedQty"], answer["price"]) == ("FILLED", "0.02000000", "0.00000000")
    fills = answer["fills"]
    spent = sum(Decimal(fill["price"]) * Decimal(fill["qty"]) for fill in fills)
    fee = sum(Decimal(fill["commission"]) for fill in fills)
    assert spent == Decimal(answer["cummulativeQuoteQty"])
    assert {fill["commissionAsset"] for fill in fills} == {"BTC"}
    after = balances(trader)
    assert after["USDT"] == before["USDT"] - spent
    assert after["BTC"] == before["BTC"] + Decimal("0.02") - fee
    [trade] = trader.ask("GET", "myTrades", symbol=SYMBOL, orderId=answer["orderId"]).json()
    assert (trade["id"], trade["isBuyer"], trade["isMaker"]) == (fills[0]["tradeId"], True, False)


def balances(trader: Trader) -> dict[str, Decimal]:
    rows = trader.ask("GET", "account").json()["balances"]
    return {row["asset"]: Decimal(row["free"]) + Decimal(row["locked"]) for row in rows}


def test_an_order_rests_is_found_and_cancelled(trader: Trader) -> None:
    placed = limit(trader, newClientOrderId="mine-1")
    assert (placed["status"], placed["clientOrderId"], placed["fills"]) == ("NEW", "mine-1", [])
    by_name = {"symbol": SYMBOL, "origClientOrderId": "mine-1"}
    row = trader.ask("GET", "order", **by_name).json()
    assert row == trader.ask("GET", "order", symbol=SYMBOL, orderId=placed["orderId"]).json()
    assert trader.ask("GET", "openOrders", symbol=SYMBOL).json() == trader.ask("GET", "openOrders").json() == [row]
    cancelled = trader.ask("DELETE", "order", **by_name, newClientOrderId="gone-1").json()
    assert (cancelled["status"], cancelled["origClientOrderId"], cancelled["clientOrderId"]) == (
        "CANCELED",
        "mine-1",
        "gone-1",
    )
    assert trader.told("DELETE", "order", **by_name) == {"code": -2011, "msg": "Unknown order sent."}
    assert trader.ask("GET", "order", **by_name).json()["status"] == "CANCELED"
    assert trader.ask("GET", "allOrders", symbol=SYMBOL, orderId=placed["orderId"]).json()[0]["status"] == "CANCELED"


@pytest.mark.parametrize(
    ("response", "fields"),
    [("ACK", {"transactTime"}), ("RESULT", {"status", "origQty"}), ("FULL", {"status", "fills"})],
)
def test_an_answer_is_as_long_as_asked_for(response: str, fields: set[str], trader: Trader) -> None:
    placed = limit(trader, newOrderRespType=response)
    assert fields <= placed.keys()
    assert ("fills" in placed, "status" in placed) == (response == "FULL", response != "ACK")


def test_a_test_order_is_judged_and_not_placed(trader: Trader) -> None:
    asked = {"symbol": SYMBOL, "side": "BUY", "type": "MARKET"}
    assert trader.ask("POST", "order/test", **asked, quantity="0.01").json() == {}
    rates = trader.ask("POST", "order/test", **asked, quantity="0.01", computeCommissionRates="true").json()
    assert rates["standardCommissionForOrder"] == {"maker": "0.00100000", "taker": "0.00100000"}
    assert trader.told("POST", "order/test", **asked, quantity="0.000001")["msg"] == "Filter failure: LOT_SIZE"
    assert trader.ask("GET", "openOrders").json() == []


def test_nothing_to_ask_for_is_said_in_the_exchanges_words(trader: Trader) -> None:
    assert trader.told("GET", "order", symbol=SYMBOL, orderId=987654321)["code"] == -2013
    assert trader.told("DELETE", "openOrders", symbol=SYMBOL)["code"] == -2011
    assert trader.told("GET", "order", symbol=SYMBOL)["code"] == -1102
    assert trader.told("GET", "openOrders", symbol="NOPEUSDT")["code"] == -1121
    day_ms = 86_400_000
    assert trader.told("GET", "allOrders", symbol=SYMBOL, startTime=1, endTime=2 + day_ms)["code"] == -1127
    assert trader.ask("GET", "myPreventedMatches", symbol=SYMBOL, orderId=987654321).json() == []
    assert trader.told("GET", "myPreventedMatches", symbol=SYMBOL)["code"] == -1102


def test_an_order_of_another_client_id_is_neither_told_nor_cancelled(trader: Trader) -> None:
    named = {"symbol": SYMBOL, "orderId": limit(trader, newClientOrderId="mine")["orderId"]}
    for method in ("GET", "DELETE"):
        assert trader.told(method, "order", **named, origClientOrderId="other")["code"] == -2039
    assert trader.ask("DELETE", "order", **named, origClientOrderId="mine").json()["status"] == "CANCELED"


def test_a_trailing_order_tells_whether_it_trails_yet(trader: Trader) -> None:
    asked = {"symbol": SYMBOL, "side": "SELL", "type": "STOP_LOSS", "quantity": "0.01", "trailingDelta": 100}
    waits = {**asked, "stopPrice": (last_price(trader.url) / 2).quantize(Decimal("0.01"))}
    for parameters, is_trailing in ((asked, True), (waits, False)):
        answer = trader.ask("POST", "order", **parameters, newOrderRespType="FULL").json()
        row = trader.ask("GET", "order", symbol=SYMBOL, orderId=answer["orderId"]).json()
        assert row["trailingTime"] == answer["trailingTime"]
        assert (row["trailingTime"] > 0) == is_trailing
    assert "trailingTime" not in limit(trader)


@pytest.mark.parametrize(
    ("asked", "code"),
    [
        ({"orderId": 1, "startTime": 1}, -1128),
        ({"fromId": 1, "endTime": 1}, -1128),
        ({"orderId": 10**6, "fromId": 1}, 0),
        ({"startTime": 1, "endTime": 2}, 0),
        ({"orderId": 2**63 - 1}, 0),
        ({"orderId": 2**63}, -1108),
    ],
)
def test_trades_are_asked_for_by_id_or_by_time(asked: dict[str, object], code: int, trader: Trader) -> None:
    answer = trader.ask("GET", "myTrades", symbol=SYMBOL, **asked).json()
    assert (answer["code"] if code else answer) == (code or [])


def test_pages_are_the_first_from_a_bound_on_and_the_last_without_one(trader: Trader) -> None:
    ids = [limit(trader)["orderId"] for _ in range(4)]
    rows = trader.ask("GET", "allOrders", symbol=SYMBOL, limit=2).json()
    assert [row["orderId"] for row in rows] == ids[-2:]
    rows = trader.ask("GET", "allOrders", symbol=SYMBOL, limit=2, orderId=ids[0]).json()
    assert [row["orderId"] for row in rows] == ids[:2]


def test_an_order_costs_no_weight_unless_it_is_refused_and_counts_until_it_trades(trader: Trader) -> None:
    def used(answer: requests.Response) -> int:
        return int(answer.headers["X-MBX-USED-WEIGHT-1M"])

    begin = used(trader.ask("GET", "rateLimit/order"))
    asked = {"symbol": SYMBOL, "side": "BUY", "timeInForce": "GTC", "type": "LIMIT", "quantity": "0.01"}
    placed = trader.ask("POST", "order", **asked, price="60000.00")
    assert used(placed) == begin
    resting = int(placed.headers["X-MBX-ORDER-COUNT-1D"])
    assert used(trader.ask("POST", "order", **asked, price="60000.001")) == begin + 1
    taken = trader.ask("POST", "order", symbol=SYMBOL, side="BUY", type="MARKET", quantity="0.01")
    assert int(taken.headers["X-MBX-ORDER-COUNT-1D"]) <= resting + 1
    [_, day] = trader.ask("GET", "rateLimit/order").json()
    assert (day["interval"], day["count"]) == ("DAY", resting)


@pytest.mark.parametrize(
    ("change", "code", "status"),
    [
        ({"key": ""}, -2014, 401),
        ({"key": "no such"}, -2014, 401),
        ({"key": "nobody"}, -2015, 401),
        ({"secret": "wrong"}, -1022, 400),
    ],
)
def test_who_is_no_member_is_turned_away(change: dict[str, str], code: int, status: int, url: str) -> None:
    answer = Trader(url, **change).ask("GET", "account")
    assert (answer.status_code, answer.json()["code"]) == (status, code)


@pytest.mark.parametrize(
    ("parameters", "code"),
    [
        ({"timestamp": 1_700_000_000_000}, -1021),
        ({"timestamp": 9_000_000_000_000}, -1021),
        ({"timestamp": "soon"}, -1100),
        ({"timestamp": "1.7e12"}, -1100),
        ({"timestamp": ""}, -1105),
        ({"recvWindow": ""}, -1105),
        ({"recvWindow": "100000"}, -1131),
        ({"recvWindow": "60001"}, -1131),
        ({"recvWindow": "5000.1234"}, -1100),
        ({"unheard": "of"}, -1104),
    ],
)
def test_a_request_out_of_its_time_or_form_is_refused(parameters: dict[str, object], code: int, trader: Trader) -> None:
    assert trader.told("GET", "account", **parameters)["code"] == code


def test_a_request_without_a_time_is_told_what_is_missing(trader: Trader) -> None:
    answer = trader.send("GET", "account", f"recvWindow=5000&signature={signature('recvWindow=5000')}").json()
    assert (answer["code"], "'timestamp'" in answer["msg"]) == (-1102, True)


def test_who_asks_for_headers_alone_gets_them(trader: Trader) -> None:
    answer = trader.send("HEAD", "account", signed({}))
    assert (answer.status_code, answer.text) == (200, "")


def test_windows_of_a_fraction_and_times_in_microseconds_are_taken(trader: Trader) -> None:
    assert trader.ask("GET", "account", recvWindow="5000.125").status_code == 200
    now_us = requests.get(f"{trader.url}/api/v3/time", timeout=10).json()["serverTime"] * 1000
    assert trader.ask("GET", "account", timestamp=now_us).status_code == 200


def test_the_signature_is_over_query_and_body_as_they_were_sent(trader: Trader) -> None:
    asked = {"symbol": SYMBOL, "side": "BUY", "type": "LIMIT", "timeInForce": "GTC"}
    rest = signed({"quantity": "0.01", "price": "60000.00"})
    rest = rest[: rest.index("&signature=")]
    query = urlencode(asked)
    both = f"{rest}&signature={signature(query + rest)}"
    form = {"Content-Type": "application/x-www-form-urlencoded"}
    assert trader.send("POST", "order", query, both, **form).status_code == 200
    assert (
        trader.send("POST", "order", query, both.replace("price=60000.00", "price=60000.0"), **form).json()["code"]
        == -1022
    )


def test_a_name_in_query_and_body_counts_as_the_query_has_it(trader: Trader) -> None:
    query, body = f"symbol={SYMBOL}", signed({"symbol": "NOPEUSDT"}).partition("&signature=")[0]
    answer = trader.send("GET", "openOrders", query, f"{body}&signature={signature(query + body)}")
    assert answer.status_code == 200, answer.text


def test_a_form_body_cancels_and_an_empty_one_may_say_that_it_is_json(trader: Trader) -> None:
    first, second = limit(trader)["orderId"], limit(trader)["orderId"]
    body = signed({"symbol": SYMBOL, "orderId": first})
    assert trader.send("DELETE", "order", "", body).json()["status"] == "CANCELED"
    query = signed({"symbol": SYMBOL, "orderId": second})
    assert trader.send("DELETE", "order", query, **{"Content-Type": "application/json"}).json()["status"] == "CANCELED"


def test_what_was_encoded_before_it_was_signed_is_read(trader: Trader) -> None:
    query = "symbol=" + quote("\uff11\uff12\uff13") + f"&{signed({}).partition('&signature=')[0]}"
    assert trader.send("GET", "openOrders", f"{query}&signature={signature(query)}").json()["code"] == -1121


@pytest.mark.parametrize("kind", ["Ed25519", "RSA"])
def test_a_key_may_be_half_of_a_pair(kind: str) -> None:
    private = ed25519.Ed25519PrivateKey.generate() if kind == "Ed25519" else rsa.generate_private_key(65537, 2048)
    public = private.public_key().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo)
    exchange = generated()
    with running(exchange, floor=TradingFloor(exchange, [member_of(KEY, "", public, "USDT=5")])) as served:
        trader = Trader(served.url)
        payload = signed({}).partition("&signature=")[0]
        proof = (
            private.sign(payload.encode())
            if isinstance(private, ed25519.Ed25519PrivateKey)
            else private.sign(payload.encode(), padding.PKCS1v15(), hashes.SHA256())
        )
        encoded = quote(base64.b64encode(proof).decode(), safe="")
        assert trader.send("GET", "account", f"{payload}&signature={encoded}").status_code == 200
        for wrong in (encoded[:-8] + "AAAA%3D%3D", "no*base64", "", "0" * 64):
            assert trader.send("GET", "account", f"{payload}&signature={wrong}").json()["code"] in (-1022, -1102)


@pytest.mark.parametrize(
    "path", ["capital/config/getall", "margin/allPairs", "margin/isolated/allPairs", "asset/tradeFee"]
)
def test_other_markets_have_nothing(path: str, url: str) -> None:
    answer = requests.get(f"{url}/sapi/v1/{path}?{signed({})}", timeout=10)
    assert (answer.status_code, answer.json()) == (200, [])


@pytest.mark.parametrize("market", ["fapi", "dapi"])
def test_there_are_no_futures(market: str, url: str) -> None:
    assert requests.get(f"{url}/{market}/v1/exchangeInfo", timeout=10).json()["symbols"] == []


def test_nobody_trades_where_there_is_no_floor() -> None:
    with running(generated()) as served:
        assert Trader(served.url).told("GET", "account")["code"] == -2015
