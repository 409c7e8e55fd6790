"""Pairs that stop trading, go, or get other filters while orders rest, and maintenance, over HTTP."""

from __future__ import annotations

from collections.abc import Iterator
from decimal import Decimal
from time import sleep

import pytest
import requests

from tests.support.faulty_exchange import RESTING, SYMBOL, TAKING, FaultyExchange, faulty

MINE = {"symbol": SYMBOL, "origClientOrderId": "mine"}
CLOSED = "Market is closed."


@pytest.fixture
def market() -> Iterator[FaultyExchange]:
    """An exchange whose time stands nearly still, on which one order rests."""
    with faulty() as found:
        found.trader.ask("POST", "order", **RESTING, newClientOrderId="mine")
        yield found


def statuses(market: FaultyExchange) -> dict[str, str]:
    rows = requests.get(f"{market.server.url}/api/v3/exchangeInfo", timeout=10).json()["symbols"]
    return {row["symbol"]: row["status"] for row in rows}


@pytest.mark.parametrize(("status", "cancels"), [("HALT", False), ("BREAK", True), ("CANCEL_ONLY", True)])
def test_a_pair_that_stands_still_takes_no_order(status: str, cancels: bool, market: FaultyExchange) -> None:
    market.post("state", symbol=SYMBOL, status=status)
    assert statuses(market) == {SYMBOL: status, "ETHUSDT": "TRADING"}
    assert market.trader.told("POST", "order", **TAKING) == {"code": -1013, "msg": CLOSED}
    answer = market.trader.ask("DELETE", "order", **MINE)
    assert (answer.status_code == 200) == cancels
    assert cancels or answer.json() == {"code": -2011, "msg": CLOSED}
    market.post("state", symbol=SYMBOL, status="TRADING")
    assert market.trader.ask("POST", "order", **TAKING).json()["status"] == "FILLED"
    assert market.open_ids() == ([] if cancels else ["mine"])


def test_what_the_market_does_while_a_pair_stands_still_fills_nothing() -> None:
    with faulty(speed=600.0) as market:
        last = Decimal(
            requests.get(f"{market.server.url}/api/v3/ticker/price?symbol={SYMBOL}", timeout=10).json()["price"]
        )
        market.post("state", symbol=SYMBOL, status="HALT")
        market.post("state", symbol=SYMBOL, status="TRADING")
        for side, price in (("BUY", last - 500), ("SELL", last + 500)):
            market.trader.ask("POST", "order", **{**RESTING, "side": side, "price": price})
        resting = market.open_ids()
        market.post("state", symbol=SYMBOL, status="BREAK")
        begun_ms = market.server.exchange.clock.now_ms()
        while not _has_moved(market, begun_ms, last, 600):
            sleep(0.05)
        assert market.open_ids() == resting != []
        market.post("state", symbol=SYMBOL, status="TRADING")
        while market.open_ids() == resting:
            sleep(0.05)


def _has_moved(market: FaultyExchange, since_ms: int, price: Decimal, by: int) -> bool:
    query = f"symbol={SYMBOL}&interval=1m&startTime={since_ms}"
    rows = requests.get(f"{market.server.url}/api/v3/klines?{query}", timeout=10).json()
    return any(Decimal(row[2]) > price + by or Decimal(row[3]) < price - by for row in rows)


def test_a_standstill_ends_by_itself() -> None:
    with faulty(speed=60.0) as market:
        market.meet("halt", duration="20s")
        assert market.trader.told("POST", "order", **TAKING)["msg"] == CLOSED
        assert statuses(market) == {SYMBOL: "HALT", "ETHUSDT": "TRADING"}
        sleep(0.4)
        assert market.trader.ask("POST", "order", **TAKING).json()["status"] == "FILLED"


def test_a_pair_that_is_delisted_is_not_known_and_its_orders_end(market: FaultyExchange) -> None:
    market.post("state", symbol=SYMBOL, status="DELISTED")
    assert statuses(market) == {"ETHUSDT": "TRADING"}
    assert market.open_ids() == []
    assert market.trader.told("POST", "order", **TAKING)["code"] == -1121
    requests.delete(f"{market.server.url}/sim/state", timeout=10)
    row = market.trader.ask("GET", "order", **MINE).json()
    assert (row["status"], row["expiryReason"]) == ("EXPIRED", "EXCHANGE_CANCELED")


def test_filters_and_ticks_change_while_an_order_rests(market: FaultyExchange) -> None:
    changed = [{"filterType": "PRICE_FILTER", "tickSize": "0.50"}, {"filterType": "NEVER_SEEN", "limit": 3}]
    market.post("state", symbol=SYMBOL, filters=changed)
    info = requests.get(f"{market.server.url}/api/v3/exchangeInfo?symbol={SYMBOL}", timeout=10).json()
    filters = {each["filterType"]: each for each in info["symbols"][0]["filters"]}
    assert (filters["PRICE_FILTER"]["tickSize"], filters["PRICE_FILTER"]["minPrice"]) == ("0.50", "0.01000000")
    assert filters["NEVER_SEEN"] == {"filterType": "NEVER_SEEN", "limit": 3}
    off_tick = {**RESTING, "price": "60000.01"}
    assert market.trader.told("POST", "order", **off_tick)["msg"] == "Filter failure: PRICE_FILTER"
    assert market.open_ids() == ["mine"]
    assert market.trader.ask("DELETE", "order", **MINE).json()["status"] == "CANCELED"


def test_maintenance_ends_what_rests_and_nobody_is_served_for_a_while(market: FaultyExchange) -> None:
    market.meet("maintenance", duration="300ms")
    answer = market.trader.ask("POST", "order", **RESTING)
    assert (answer.status_code, answer.json()["code"]) == (503, -1016)
    assert market.trader.ask("GET", "account").status_code == 503
    sleep(0.4)
    assert market.open_ids() == []
    row = market.trader.ask("GET", "order", **MINE).json()
    assert (row["status"], row["expiryReason"]) == ("EXPIRED", "EXCHANGE_CANCELED")
    usdt = [each for each in market.trader.ask("GET", "account").json()["balances"] if each["asset"] == "USDT"]
    assert Decimal(usdt[0]["locked"]) == 0


@pytest.mark.parametrize(
    ("asked", "says"),
    [
        ({"status": "HALT"}, "symbol '': give one of BTCUSDT, ETHUSDT, or none and filters alone"),
        ({"symbol": 1, "filters": []}, "symbol 1: give one of BTCUSDT, ETHUSDT"),
        ({"symbol": SYMBOL, "status": "GONE"}, "status 'GONE': give one of TRADING"),
        ({"symbol": SYMBOL, "status": "HALT", "duration": "2"}, "duration '2'"),
        ({"symbol": SYMBOL, "filters": {}}, "filters: give a list"),
        ({"symbol": SYMBOL, "filters": [{"tickSize": "1"}]}, "has no filterType"),
        ({"symbol": SYMBOL, "filters": [{"filterType": "LOT_SIZE", "stepSize": "x"}]}, "LOT_SIZE.stepSize 'x'"),
        ({"symbol": SYMBOL, "priceRange": {"up": "1"}}, "priceRange: give an object of bidLimitMultUp"),
        ({"symbol": SYMBOL, "priceRange": {"bidLimitMultUp": 1}}, "priceRange: bidLimitMultUp 1"),
        ({"symbol": SYMBOL, "state": "HALT"}, "'state' is no field here"),
        ({"symbol": SYMBOL, "canTrade": False}, "'symbol' is no field here; there are key, canTrade"),
        ({"canTrade": 0}, "canTrade 0: give true or false"),
        ({"key": {"trades": False}}, "key: give an object of ipRestrict"),
        ({"key": {"ipRestrict": 1}}, "key: ipRestrict 1 is no true or false"),
        ({"key": {"createTime": True}}, "key: createTime True is no time in milliseconds"),
    ],
)
def test_a_change_asked_for_wrongly_gets_one_line(asked: dict[str, object], says: str, market: FaultyExchange) -> None:
    answer = requests.post(f"{market.server.url}/sim/state", json=asked, timeout=10)
    assert answer.status_code == 400
    assert says in answer.json()["error"]
    told = requests.get(f"{market.server.url}/sim/state", timeout=10).json()
    assert told == {
        "status": {SYMBOL: "TRADING", "ETHUSDT": "TRADING"},
        "filters": {},
        "priceRange": {},
        "key": {},
        "canTrade": True,
    }


def test_what_would_trade_too_far_from_the_reference_price_expires(market: FaultyExchange) -> None:
    rules = {"bidLimitMultUp": "0.9", "askLimitMultDown": "0.9"}
    market.post("state", symbol=SYMBOL, priceRange=rules)
    told = market.trader.ask("POST", "order", **TAKING).json()
    assert (told["status"], told["executedQty"]) == ("EXPIRED", "0.00000000")
    assert told["expiryReason"] == "EXECUTION_RULE_PRICE_RANGE_EXCEEDED"
    assert market.trader.ask("POST", "order", **{**TAKING, "side": "SELL"}).json()["status"] == "FILLED"
    assert market.open_ids() == ["mine"], "what rests within the range is left alone"
    url = f"{market.server.url}/api/v3"
    rows = requests.get(f"{url}/executionRules", timeout=10).json()["symbolRules"]
    told_rule = {"symbol": SYMBOL, "rules": [{"ruleType": "PRICE_RANGE", **rules}]}
    assert rows == [told_rule, {"symbol": "ETHUSDT", "rules": []}]
    assert requests.get(f"{url}/executionRules?symbol={SYMBOL}", timeout=10).json() == {"symbolRules": [told_rule]}
    average = requests.get(f"{url}/avgPrice?symbol={SYMBOL}", timeout=10).json()["price"]
    assert requests.get(f"{url}/referencePrice?symbol={SYMBOL}", timeout=10).json()["referencePrice"] == average


def test_one_order_may_be_too_far_from_the_reference_price(market: FaultyExchange) -> None:
    market.meet("price_range")
    told = market.trader.ask("POST", "order", **TAKING).json()
    assert (told["status"], told["expiryReason"]) == ("EXPIRED", "EXECUTION_RULE_PRICE_RANGE_EXCEEDED")
    assert market.trader.ask("POST", "order", **TAKING).json()["status"] == "FILLED"


def test_an_account_is_shown_the_filters_as_they_are_now(market: FaultyExchange) -> None:
    answer = market.trader.ask("GET", "myFilters", symbol=SYMBOL)
    info = requests.get(f"{market.server.url}/api/v3/exchangeInfo?symbol={SYMBOL}", timeout=10).json()
    assert answer.json() == {"exchangeFilters": [], "symbolFilters": info["symbols"][0]["filters"], "assetFilters": []}
    added = {"filterType": "MAX_POSITION", "maxPosition": "1.00000000"}
    whole = {"filterType": "EXCHANGE_MAX_NUM_ORDERS", "maxNumOrders": 5}
    market.post("state", symbol=SYMBOL, filters=[added])
    market.post("state", filters=[whole])
    found = market.trader.ask("GET", "myFilters", symbol=SYMBOL).json()
    assert (found["symbolFilters"][-1], found["exchangeFilters"]) == (added, [whole])


RIGHTS = "../../sapi/v1/account/apiRestrictions"


def test_a_key_is_told_what_it_may_do_and_held_to_it(market: FaultyExchange) -> None:
    told = market.trader.ask("GET", RIGHTS).json()
    assert (told["ipRestrict"], told["enableSpotAndMarginTrading"], told["enableWithdrawals"]) == (True, True, False)
    assert "tradingAuthorityExpirationTime" not in told
    soon_ms = market.server.exchange.clock.now_ms() + 3_600_000
    market.post("state", key={"enableWithdrawals": True, "tradingAuthorityExpirationTime": soon_ms})
    assert market.trader.ask("GET", RIGHTS).json()["enableWithdrawals"] is True
    assert market.trader.ask("POST", "order", **TAKING).status_code == 200
    for changed in ({"tradingAuthorityExpirationTime": 1}, {"enableSpotAndMarginTrading": False}):
        market.post("state", key=changed)
        for method, asked in (("POST", TAKING), ("DELETE", MINE)):
            assert market.trader.told(method, "order", **asked)["code"] == -2015
        assert market.trader.ask("GET", "account").status_code == 200
        requests.delete(f"{market.server.url}/sim/state", timeout=10)
    assert market.open_ids() == ["mine"]
    assert market.trader.ask("POST", "order", **TAKING).status_code == 200


def test_an_account_that_may_not_trade_may_cancel(market: FaultyExchange) -> None:
    assert market.trader.ask("GET", "account").json()["canTrade"] is True
    market.post("state", canTrade=False)
    assert market.trader.ask("GET", "account").json()["canTrade"] is False
    words = "This action is disabled on this account."
    assert market.trader.told("POST", "order", **TAKING) == {"code": -2010, "msg": words}
    assert market.trader.ask("DELETE", "order", **MINE).status_code == 200
