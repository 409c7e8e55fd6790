"""The WebSocket API over real connections: requests, sessions, and user data that nobody has to ask for."""

from __future__ import annotations

import base64
import json
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from decimal import Decimal

import pytest
import requests
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from websockets.exceptions import ConnectionClosed
from websockets.sync.client import connect
from websockets.sync.connection import Connection

from tests.sim_server import Running, generated, running
from tests.support.signing import KEY, SECRET, Trader, signed_by_name
from trader.sim.trading.floor import TradingFloor
from trader.sim.trading.opening import member_of
from trader.sim.trading.subscriptions import MOMENT_S

Message = dict[str, object]
SYMBOL = "BTCUSDT"
MARKET = {"symbol": SYMBOL, "side": "BUY", "type": "MARKET", "quantity": "0.01"}
LIMIT = {"symbol": SYMBOL, "side": "BUY", "type": "LIMIT", "timeInForce": "GTC", "quantity": "0.01"}


@dataclass
class Wire:
    """A connection whose events are kept while answers are waited for."""

    connection: Connection
    url: str
    events: list[Message]

    def tell(self, text: str) -> Message:
        """The answer to a message."""
        self.connection.send(text)
        while "event" in (message := self._receive(5.0)):
            self.events.append(message)
        return message

    def ask(self, method: str, request_id: object = 1, **parameters: object) -> Message:
        return self.tell(json.dumps({"id": request_id, "method": method, "params": parameters}))

    def done(self, method: str, **parameters: object) -> Message:
        """The result of a signed request."""
        answer = self.ask(method, **signed_by_name(parameters))
        assert answer["status"] == 200, answer
        result = answer["result"]
        assert isinstance(result, dict)
        return result

    def failed(self, method: str, **parameters: object) -> int:
        """The code of the error that an unsigned request is answered with."""
        return code(self.ask(method, **parameters))

    def next_events(self, count: int) -> list[Message]:
        """The next so many events of the first subscription."""
        while len(self.events) < count:
            self.events.append(self._receive(5.0))
        taken, self.events = self.events[:count], self.events[count:]
        assert {event["subscriptionId"] for event in taken} == {0}
        return [body(event) for event in taken]

    def _receive(self, timeout_s: float) -> Message:
        message = json.loads(self.connection.recv(timeout=timeout_s))
        assert isinstance(message, dict)
        return message


def code(answer: Message) -> int:
    error = answer["error"]
    assert isinstance(error, dict)
    return int(error["code"])


def body(event: Message) -> Message:
    found = event["event"]
    assert isinstance(found, dict)
    return found


@contextmanager
def served(speed: float, public_key: bytes | None = None) -> Iterator[Running]:
    exchange = generated("BTCUSDT,ETHUSDT", speed=speed)
    member = member_of(KEY, SECRET, public_key, "USDT=100000,BTC=5")
    with running(exchange, floor=TradingFloor(exchange, [member])) as server:
        yield server


@contextmanager
def wired(server: Running, query: str = "") -> Iterator[Wire]:
    with connect(f"{server.streams_url}/ws-api/v3{query}") as connection:
        yield Wire(connection, server.url, [])


@pytest.fixture(scope="module")
def server() -> Iterator[Running]:
    """One whose time stands nearly still."""
    with served(0.001) as found:
        yield found


@pytest.fixture
def wire(server: Running) -> Iterator[Wire]:
    with wired(server) as found:
        yield found
        found.ask("openOrders.cancelAll", **signed_by_name({"symbol": SYMBOL}))


def price(wire: Wire, factor: str) -> str:
    """So many times the last price."""
    result = wire.ask("ticker.price", symbol=SYMBOL)["result"]
    assert isinstance(result, dict)
    return str((Decimal(result["price"]) * Decimal(factor)).quantize(Decimal("0.01")))


@pytest.mark.parametrize("request_id", [7, -(2**60), "a-b", "", None])
def test_an_answer_has_the_id_of_its_request(request_id: object, wire: Wire) -> None:
    answer = wire.ask("time", request_id)
    assert list(answer) == ["id", "status", "result", "rateLimits"]
    assert (answer["id"], answer["status"]) == (request_id, 200)
    assert type(answer["id"]) is type(request_id)


def test_a_method_may_name_its_version_and_have_no_parameters(wire: Wire) -> None:
    assert wire.tell('{"id":1,"method":"v3/ping"}')["result"] == {}


def test_limits_are_shown_unless_request_or_address_say_not_to(server: Running, wire: Wire) -> None:
    assert "rateLimits" not in wire.ask("time", returnRateLimits=False)
    with wired(server, "?returnRateLimits=false") as quiet:
        assert "rateLimits" not in quiet.ask("time")
        assert "rateLimits" not in quiet.ask("nope")
        assert "rateLimits" in quiet.ask("time", returnRateLimits=True)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("", -1135),
        ("nonsense", -1135),
        ("[" * 100_000, -1135),
        ("[]", -1135),
        ('{"id":1}', -1135),
        ('{"id":1,"method":3}', -1135),
        ('{"id":1.5,"method":"ping"}', -1135),
        ('{"id":{},"method":"ping"}', -1135),
        ('{"id":true,"method":"ping"}', -1135),
        ('{"id":1,"method":"ping","params":[1]}', -1135),
        ('{"id":1,"method":"ping","params":{"x":NaN}}', -1135),
        ('{"id":1,"method":"ping","params":{"x":1}}', -1101),
        ('{"id":1,"method":"ping","params":{"returnRateLimits":1}}', -1130),
        ('{"id":1,"method":"order.destroy"}', -1020),
        ('{"id":1,"method":"klines","params":{"symbol":"BTCUSDT"}}', -1102),
        ('{"id":1,"method":"account.status"}', -1102),
        ('{"id":1,"method":"account.status","params":{"apiKey":"nobody"}}', -2015),
    ],
)
def test_what_cannot_be_asked_is_answered_and_the_connection_goes_on(text: str, expected: int, wire: Wire) -> None:
    answer = wire.tell(text)
    assert (code(answer), answer["status"]) == (expected, 401 if expected == -2015 else 400)
    assert wire.ask("ping")["status"] == 200


def test_markets_are_those_of_rest(wire: Wire) -> None:
    info = wire.ask("exchangeInfo", symbols=["BTCUSDT", "ETHUSDT"])["result"]
    assert isinstance(info, dict)
    assert [each["symbol"] for each in info["symbols"]] == ["BTCUSDT", "ETHUSDT"]
    rows = wire.ask("klines", symbol=SYMBOL, interval="1m", limit=3)["result"]
    assert isinstance(rows, list)
    assert len(rows) == 3


def test_an_order_is_placed_found_and_cancelled_as_over_rest(wire: Wire) -> None:
    trader = Trader(wire.url)
    placed = wire.done("order.place", **LIMIT, price=price(wire, "0.9"), newClientOrderId="over-ws")
    by_id = {"symbol": SYMBOL, "orderId": placed["orderId"]}
    assert wire.done("order.status", **by_id) == trader.ask("GET", "order", **by_id).json()
    [row] = trader.ask("GET", "openOrders").json()
    assert row["clientOrderId"] == "over-ws"
    assert wire.done("order.cancel", symbol=SYMBOL, origClientOrderId="over-ws")["status"] == "CANCELED"
    assert code(wire.ask("order.cancel", **signed_by_name(by_id))) == -2011
    assert wire.done("order.test", **MARKET) == {}
    assert wire.done("account.status") == trader.ask("GET", "account").json()
    assert wire.done("account.commission", symbol=SYMBOL)["symbol"] == SYMBOL
    for method, more in (
        ("openOrders.status", {}),
        ("allOrders", {"symbol": SYMBOL}),
        ("myTrades", {"symbol": SYMBOL}),
        ("myAllocations", {"symbol": SYMBOL}),
    ):
        assert isinstance(wire.ask(method, **signed_by_name(more))["result"], list)


def test_an_order_tells_what_is_counted_and_costs_nothing_unless_refused(wire: Wire) -> None:
    def counts(answer: Message) -> dict[str, int]:
        limits = answer["rateLimits"]
        assert isinstance(limits, list)
        return {f"{each['rateLimitType']}-{each['interval']}": each["count"] for each in limits}

    before = counts(wire.ask("ping"))
    placed = counts(wire.ask("order.place", **signed_by_name({**LIMIT, "price": price(wire, "0.9")})))
    assert placed.keys() == {"ORDERS-SECOND", "ORDERS-DAY", "REQUEST_WEIGHT-MINUTE"}
    assert placed["REQUEST_WEIGHT-MINUTE"] == before["REQUEST_WEIGHT-MINUTE"] + 2
    refused = counts(wire.ask("order.place", **signed_by_name({**MARKET, "quantity": "100"})))
    assert refused["REQUEST_WEIGHT-MINUTE"] == placed["REQUEST_WEIGHT-MINUTE"] + 1
    assert refused["ORDERS-DAY"] == placed["ORDERS-DAY"]
    status = counts(wire.ask("session.status"))
    assert status["REQUEST_WEIGHT-MINUTE"] == refused["REQUEST_WEIGHT-MINUTE"] + 2
    rows = wire.ask("account.rateLimits.orders", **signed_by_name({}))["result"]
    assert isinstance(rows, list)
    assert rows[1]["count"] == placed["ORDERS-DAY"]


def test_numbers_count_as_they_are_written(wire: Wire) -> None:
    assert wire.done("order.place", **{**MARKET, "quantity": 0.01})["status"] == "FILLED"
    tiny = signed_by_name({**MARKET, "quantity": 1e-05})
    assert code(wire.ask("order.place", **tiny)) == -1100
    assert code(wire.ask("order.place", **{**tiny, "quantity": "0.00001"})) == -1022
    assert (
        code(wire.tell(json.dumps({"id": 1, "method": "order.place", "params": tiny}).replace("1e-05", "1E-5")))
        == -1022
    )


@pytest.mark.parametrize(
    ("change", "expected"),
    [
        ({"signature": "00"}, -1022),
        ({"signature": None}, -1102),
        ({"apiKey": "no such"}, -2014),
        ({"side": "SELL"}, -1022),
    ],
)
def test_who_does_not_prove_a_request_is_turned_away(change: Message, expected: int, wire: Wire) -> None:
    assert code(wire.ask("order.place", **(signed_by_name(MARKET) | change))) == expected


def test_a_request_out_of_its_time_is_refused(wire: Wire) -> None:
    assert code(wire.ask("order.place", **signed_by_name({**MARKET, "timestamp": 1_700_000_000_000}))) == -1021


def subscribed(wire: Wire) -> None:
    assert wire.done("userDataStream.subscribe.signature") == {"subscriptionId": 0}


def test_a_market_order_is_told_step_by_step(wire: Wire) -> None:
    subscribed(wire)
    Trader(wire.url).ask("POST", "order", **MARKET, newClientOrderId="told")
    new, locked, trade, after = wire.next_events(4)
    assert [event["e"] for event in (new, locked, trade, after)] == ["executionReport", "outboundAccountPosition"] * 2
    assert (new["x"], new["X"], new["w"], new["t"], new["N"], new["n"]) == ("NEW", "NEW", True, -1, None, "0")
    assert (trade["x"], trade["X"], trade["w"], trade["m"]) == ("TRADE", "FILLED", False, False)
    assert (trade["l"], trade["z"], trade["N"], trade["n"]) == ("0.01000000", "0.01000000", "BTC", "0.00001000")
    assert (trade["c"], trade["C"], trade["i"]) == ("told", "", new["i"])
    assert trade["Y"] == trade["Z"] != new["Z"]
    assert int(str(trade["I"])) == int(str(new["I"])) + 1
    balances = wire.done("account.status", omitZeroBalances="true")["balances"]
    assert after["B"] == [{"a": row["asset"], "f": row["free"], "l": row["locked"]} for row in rows_of(balances)]
    documented = set("eEscSofqpPFgCxXrilzLnNTtIwmMOZYQWV")
    assert new.keys() == trade.keys() == documented


def rows_of(balances: object) -> list[dict[str, str]]:
    assert isinstance(balances, list)
    return balances


def test_a_cancel_is_told_with_both_ids_and_a_stop_is_not_on_the_book(wire: Wire) -> None:
    subscribed(wire)
    low = {"price": price(wire, "0.89"), "stopPrice": price(wire, "0.9")}
    stop = {**LIMIT, "side": "SELL", "type": "STOP_LOSS_LIMIT", **low, "newClientOrderId": "stop", "strategyId": 7}
    wire.done("order.place", **stop)
    wire.done("order.cancel", symbol=SYMBOL, origClientOrderId="stop", newClientOrderId="why")
    new, _, cancelled, position = wire.next_events(4)
    assert (new["c"], new["C"], new["w"], new["P"], new["j"]) == ("stop", "", False, low["stopPrice"] + "000000", 7)
    assert "W" not in new
    assert (cancelled["c"], cancelled["C"], cancelled["x"], cancelled["X"]) == ("why", "stop", "CANCELED", "CANCELED")
    assert {row["a"]: row["l"] for row in rows_of(position["B"])} == {"BTC": "0.00000000", "USDT": "0.00000000"}


def test_what_rests_is_told_when_it_fills_although_nobody_asks() -> None:
    with served(600.0) as server, wired(server) as wire:
        subscribed(wire)
        wire.done("order.place", **LIMIT, price=price(wire, "0.998"))
        new, _, trade, _ = wire.next_events(4)
    assert (new["x"], trade["x"], trade["m"]) == ("NEW", "TRADE", True)
    assert int(str(trade["T"])) > int(str(new["T"]))


def test_a_moment_passes_between_the_answer_to_a_subscription_and_its_first_event(server: Running) -> None:
    with wired(server) as wire:
        subscribed(wire)
        answered_s = time.monotonic()
        Trader(server.url).ask("POST", "order", **MARKET)
        wire.next_events(1)
        assert time.monotonic() - answered_s > MOMENT_S * 0.8


def test_an_account_is_subscribed_to_once_and_until_it_is_ended(wire: Wire) -> None:
    assert wire.failed("userDataStream.unsubscribe") == -2036
    assert wire.failed("userDataStream.subscribe") == -1002
    subscribed(wire)
    assert code(wire.ask("userDataStream.subscribe.signature", **signed_by_name({}))) == -2035
    assert wire.ask("session.subscriptions")["result"] == [{"subscriptionId": 0}]
    assert wire.failed("userDataStream.unsubscribe", subscriptionId=5) == -2036
    assert wire.ask("userDataStream.unsubscribe", subscriptionId=0)["result"] == {}
    assert wire.ask("session.subscriptions")["result"] == []
    [last] = wire.next_events(1)
    assert last["e"] == "eventStreamTerminated"
    wire.done("order.place", **MARKET)
    time.sleep(2 * MOMENT_S)
    assert wire.ask("ping")["result"] == {}
    assert wire.events == []
    assert wire.done("userDataStream.subscribe.signature") == {"subscriptionId": 1}


def ed25519_signer(private: Ed25519PrivateKey) -> Callable[..., Message]:
    def sign(**parameters: object) -> Message:
        stamped = {**parameters, "apiKey": KEY, "timestamp": time.time_ns() // 1_000_000}
        payload = "&".join(f"{name}={value}" for name, value in sorted(stamped.items()))
        return {**stamped, "signature": base64.b64encode(private.sign(payload.encode())).decode()}

    return sign


def test_who_is_logged_on_signs_nothing_more() -> None:
    private = Ed25519PrivateKey.generate()
    sign = ed25519_signer(private)
    public = private.public_key().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo)
    with served(0.001, public) as server, wired(server) as wire:
        assert status_of(wire, "session.status") == (None, None, False)
        assert wire.failed("account.status", timestamp=now_ms()) == -1102
        key, since_ms, _ = status_of(wire, "session.logon", **sign())
        assert (key, since_ms is None) == (KEY, False)
        assert wire.ask("order.place", **MARKET, timestamp=now_ms())["status"] == 200
        assert wire.failed("order.place", **MARKET) == -1102
        assert wire.failed("order.place", **MARKET, timestamp=now_ms(), apiKey=KEY) == -1102
        assert wire.ask("userDataStream.subscribe")["result"] == {"subscriptionId": 0}
        assert status_of(wire, "session.status") == (KEY, since_ms, True)
        assert status_of(wire, "session.logout") == (None, None, False)
        assert wire.next_events(1)[0]["e"] == "eventStreamTerminated"
        assert wire.failed("account.status", timestamp=now_ms()) == -1102
        assert wire.ask("userDataStream.subscribe.signature", **sign())["result"] == {"subscriptionId": 1}
        assert status_of(wire, "session.logout") == (None, None, True)


def now_ms() -> int:
    return time.time_ns() // 1_000_000


def status_of(wire: Wire, method: str, **parameters: object) -> tuple[object, object, object]:
    result = wire.ask(method, **parameters)["result"]
    assert isinstance(result, dict)
    assert result.keys() == {
        "apiKey", "authorizedSince", "connectedSince", "returnRateLimits", "serverTime", "userDataStream",
    }  # fmt: skip
    return result["apiKey"], result["authorizedSince"], result["userDataStream"]


def test_a_secret_does_not_log_on(wire: Wire) -> None:
    assert code(wire.ask("session.logon", **signed_by_name({}))) == -4056


def test_who_asks_too_much_is_refused_banned_and_cut_off() -> None:
    answers: list[Message] = []
    with served(0.001) as server, wired(server, "?returnRateLimits=false") as wire:
        with pytest.raises(ConnectionClosed):
            ask_on(wire, answers)
        assert Trader(server.url).ask("GET", "account").status_code == 418
    refused = [answer for answer in answers if answer["status"] == 429]
    assert (len(refused), answers[-1]["status"], code(answers[-1])) == (10, 418, -1003)
    error = answers[-1]["error"]
    assert isinstance(error, dict)
    assert error["data"]["retryAfter"] > now_ms()


def ask_on(wire: Wire, answers: list[Message]) -> None:
    while len(answers) < 200:
        answers.append(wire.ask("openOrders.status", **signed_by_name({})))


def test_an_address_that_says_nothing_clear_is_not_let_in(server: Running) -> None:
    with pytest.raises(Exception, match="403"), wired(server, "?returnRateLimits=maybe"):
        pass


def test_messages_meet_faults() -> None:
    exchange = generated(faults="duplicate=1")
    member = member_of(KEY, SECRET, None, "USDT=100000")
    with running(exchange, floor=TradingFloor(exchange, [member])) as server, wired(server) as wire:
        assert wire.ask("ping") == wire._receive(5.0)


def test_a_list_lives_and_ends_over_the_wire(wire: Wire) -> None:
    subscribed(wire)
    asked = {
        "symbol": SYMBOL, "side": "SELL", "quantity": "0.01", "listClientOrderId": "both",
        "aboveType": "LIMIT_MAKER", "abovePrice": price(wire, "1.2"),
        "belowType": "STOP_LOSS", "belowStopPrice": price(wire, "0.8"),
    }  # fmt: skip
    found = wire.done("orderList.place.oco", **asked)
    events = wire.next_events(5)
    assert [event["e"] for event in events] == [
        "listStatus", "executionReport", "outboundAccountPosition", "executionReport", "outboundAccountPosition",
    ]  # fmt: skip
    begun = events[0]
    assert {name: begun[name] for name in "sgclLrC"} == {
        "s": SYMBOL, "g": found["orderListId"], "c": "OCO", "l": "EXEC_STARTED", "L": "EXECUTING", "r": "NONE",
        "C": "both",
    }  # fmt: skip
    told = begun["O"]
    assert isinstance(told, list)
    assert [each["i"] for each in told] == [event["i"] for event in events if event["e"] == "executionReport"]
    row = wire.done("orderList.status", origClientOrderId="both")
    assert wire.ask("openOrderLists.status", **signed_by_name({}))["result"] == [row]
    assert wire.done("orderList.cancel", symbol=SYMBOL, listClientOrderId="both")["listOrderStatus"] == "ALL_DONE"
    ended = wire.next_events(5)[-1]
    assert (ended["e"], ended["g"], ended["l"], ended["L"]) == (
        "listStatus", found["orderListId"], "ALL_DONE", "ALL_DONE",
    )  # fmt: skip
    rows = wire.ask("allOrderLists", **signed_by_name({"fromId": found["orderListId"]}))["result"]
    assert rows == [{**row, "listStatusType": "ALL_DONE", "listOrderStatus": "ALL_DONE"}]


def test_a_half_done_replacement_is_told_over_the_wire(wire: Wire) -> None:
    old = wire.done("order.place", **LIMIT, price=price(wire, "0.9"))
    new = {**LIMIT, "price": price(wire, "0.91"), "quantity": "90", "cancelReplaceMode": "STOP_ON_FAILURE"}
    answer = wire.ask("order.cancelReplace", **signed_by_name({**new, "cancelOrderId": old["orderId"]}))
    assert (answer["status"], code(answer)) == (409, -2021)
    error = answer["error"]
    assert isinstance(error, dict)
    assert [error["data"][half] for half in ("cancelResult", "newOrderResult")] == ["SUCCESS", "FAILURE"]


def test_the_cancel_of_one_order_of_a_list_is_answered_with_the_list(wire: Wire) -> None:
    asked = {
        "symbol": SYMBOL, "side": "SELL", "quantity": "0.01",
        "aboveType": "LIMIT_MAKER", "abovePrice": price(wire, "1.2"),
        "belowType": "STOP_LOSS", "belowStopPrice": price(wire, "0.8"),
    }  # fmt: skip
    found = wire.done("orderList.place.oco", **asked)
    orders = found["orders"]
    assert isinstance(orders, list)
    ended = wire.done("order.cancel", symbol=SYMBOL, orderId=orders[0]["orderId"])
    assert (ended["orderListId"], ended["listOrderStatus"]) == (found["orderListId"], "ALL_DONE")
    assert ended["orders"] == orders


def test_user_data_may_be_lost_while_its_connection_lives(server: Running, wire: Wire) -> None:
    subscribed(wire)
    asked = {"kind": "deaf", "duration": "300ms"}
    assert requests.post(f"{server.url}/sim/faults", json=asked, timeout=10).status_code == 200
    time.sleep(2 * MOMENT_S)
    wire.done("order.place", **MARKET)
    time.sleep(0.4)
    assert wire.ask("ping")["result"] == {}
    assert wire.events == [], "the order is never told of"
    wire.done("order.place", **MARKET)
    assert [event["e"] for event in wire.next_events(4)] == ["executionReport", "outboundAccountPosition"] * 2


def meet(server: Running, kind: str, **more: object) -> None:
    asked = {"kind": kind, "endpoint": "POST /api/v3/order", **more}
    assert requests.post(f"{server.url}/sim/faults", json=asked, timeout=10).status_code == 200


@pytest.mark.parametrize(
    ("kind", "status", "is_done"),
    [
        ("error", 500, False),
        ("error_after", 500, True),
        ("429", 429, False),
        ("timeout_before", 504, False),
        ("timeout_after", 504, True),
        ("counts", 429, False),
        ("maintenance", 503, False),
    ],
)
def test_orders_meet_the_faults_of_rest(kind: str, status: int, is_done: bool) -> None:
    with served(0.001) as server, wired(server) as wire:
        lasts = {"duration": "100ms"} if kind.startswith("timeout") or kind == "maintenance" else {}
        meet(server, kind, **lasts)
        asked = {**LIMIT, "price": price(wire, "0.9"), "newClientOrderId": "mine"}
        answer = wire.ask("order.place", 7, **signed_by_name(asked))
        assert (answer["id"], int(str(answer["status"])) // 100) == (7, status // 100)
        assert code(answer) < 0
        time.sleep(0.15)
        rows = wire.ask("openOrders.status", **signed_by_name({"symbol": SYMBOL}))["result"]
        assert bool(rows) == is_done
        assert wire.done("order.place", **{**asked, "newClientOrderId": "next"}) if kind != "counts" else True


def test_a_request_is_done_later_or_twice_or_in_words_that_nobody_knows() -> None:
    with served(0.001) as server, wired(server) as wire:
        asked = {**LIMIT, "price": price(wire, "0.9"), "newClientOrderId": "mine"}
        meet(server, "late", duration="200ms")
        assert wire.ask("order.place", **signed_by_name(asked))["status"] == 504
        assert wire.ask("openOrders.status", **signed_by_name({"symbol": SYMBOL}))["result"] == []
        time.sleep(0.3)
        assert wire.done("order.status", symbol=SYMBOL, origClientOrderId="mine")["status"] == "NEW"
        meet(server, "twice")
        assert code(wire.ask("order.place", **signed_by_name({**asked, "newClientOrderId": "again"}))) == -2010
        meet(server, "enum_status")
        assert wire.done("order.place", **{**asked, "newClientOrderId": "strange"})["status"] == "UNHEARD_OF"


def test_an_address_may_be_banned_over_the_wire() -> None:
    with served(0.001) as server, wired(server) as wire:
        meet(server, "ban")
        asked = signed_by_name({**LIMIT, "price": price(wire, "0.9")})
        assert wire.ask("order.place", **asked)["status"] == 418
        with pytest.raises(ConnectionClosed):
            wire.ask("ping")
