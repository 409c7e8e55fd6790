"""Orders made smaller on the simulated exchange: in place, alone and in lists, and refused."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from decimal import Decimal
from typing import Any

import pytest
import requests

from tests.sim_server import generated, running
from tests.support.faulty_exchange import RESTING, SYMBOL, FaultyExchange, faulty
from tests.support.signing import KEY, SECRET, Trader
from trader.sim.trading.floor import TradingFloor
from trader.sim.trading.liquidity import FullLiquidity
from trader.sim.trading.opening import member_of

SMALLER = {"symbol": SYMBOL, "origClientOrderId": "old", "newQty": "0.004"}
STOP_BELOW = {
    "belowType": "STOP_LOSS_LIMIT",
    "belowStopPrice": "60000",
    "belowPrice": "59000",
    "belowTimeInForce": "GTC",
}


@pytest.fixture(scope="module")
def served() -> Iterator[FaultyExchange]:
    with faulty() as found:
        yield found


@pytest.fixture
def market(served: FaultyExchange) -> Iterator[FaultyExchange]:
    """An exchange on which one order of 600 USDT rests."""
    served.trader.ask("POST", "order", **RESTING, newClientOrderId="old")
    yield served
    for where in ("faults", "state"):
        requests.delete(f"{served.server.url}/sim/{where}", timeout=10)
    served.trader.ask("DELETE", "openOrders", symbol=SYMBOL)


def amended(market: FaultyExchange, **asked: object) -> dict[str, Any]:
    answer = market.trader.ask("PUT", "order/amend/keepPriority", **asked)
    assert answer.status_code == 200, answer.text
    found = answer.json()
    assert isinstance(found, dict)
    return found


def locked(market: FaultyExchange, asset: str) -> str:
    balances = market.trader.ask("GET", "account").json()["balances"]
    return next(str(each["locked"]) for each in balances if each["asset"] == asset)


def row(market: FaultyExchange, client_id: str) -> dict[str, Any]:
    found = market.trader.ask("GET", "order", symbol=SYMBOL, origClientOrderId=client_id).json()
    assert isinstance(found, dict)
    return found


def test_an_order_keeps_its_id_and_locks_less(market: FaultyExchange) -> None:
    order_id = row(market, "old")["orderId"]
    told = amended(market, **SMALLER, newClientOrderId="new")
    assert told.keys() == {"transactTime", "executionId", "amendedOrder"}
    assert told["amendedOrder"] == {
        "symbol": SYMBOL, "orderId": order_id, "orderListId": -1, "origClientOrderId": "old", "clientOrderId": "new",
        "price": "60000.00000000", "qty": "0.00400000", "executedQty": "0.00000000", "preventedQty": "0.00000000",
        "quoteOrderQty": "0.00000000", "cumulativeQuoteQty": "0.00000000", "status": "NEW", "timeInForce": "GTC",
        "type": "LIMIT", "side": "BUY", "workingTime": row(market, "new")["workingTime"],
        "selfTradePreventionMode": "EXPIRE_MAKER",
    }  # fmt: skip
    assert (row(market, "new")["origQty"], locked(market, "USDT")) == ("0.00400000", "240.00000000")
    assert market.open_ids() == ["new"], "the old client id is free"
    market.trader.ask("DELETE", "order", symbol=SYMBOL, orderId=order_id)
    assert locked(market, "USDT") == "0.00000000"


def test_every_amendment_is_remembered(market: FaultyExchange) -> None:
    first = amended(market, **SMALLER, newClientOrderId="old")
    second = amended(market, **{**SMALLER, "newQty": "0.003"})
    assert second["amendedOrder"]["clientOrderId"] not in ("", "old")
    order_id = second["amendedOrder"]["orderId"]
    rows = market.trader.ask("GET", "order/amendments", symbol=SYMBOL, orderId=order_id).json()
    assert [(each["executionId"], each["origQty"], each["newQty"]) for each in rows] == [
        (first["executionId"], "0.01000000", "0.00400000"),
        (second["executionId"], "0.00400000", "0.00300000"),
    ]
    assert [(each["origClientOrderId"], each["newClientOrderId"]) for each in rows] == [
        ("old", "old"),
        ("old", second["amendedOrder"]["clientOrderId"]),
    ]
    asked = {"symbol": SYMBOL, "orderId": order_id, "fromExecutionId": second["executionId"]}
    assert market.trader.ask("GET", "order/amendments", **asked).json() == rows[1:]
    unknown = market.trader.ask("GET", "order/amendments", symbol=SYMBOL, orderId=999_999).json()
    assert unknown["code"] == -2013


@pytest.mark.parametrize(
    ("changed", "code", "message"),
    [
        ({"newQty": "0.02"}, -2038, "Order amend (quantity increase) is not supported."),
        ({"newQty": "0.01"}, -2038, "The requested action would change no state; rejecting"),
        ({"origClientOrderId": "nobody"}, -2038, "Unknown order sent."),
        ({"newClientOrderId": "other"}, -2038, "Duplicate order sent."),
        ({"newQty": "0.0040001"}, -1013, "Filter failure: LOT_SIZE"),
        ({"newQty": "0.00002"}, -1013, "Filter failure: NOTIONAL"),
        ({"newQty": "0"}, -1013, "Invalid quantity."),
    ],
)
def test_what_is_refused_changes_nothing(
    changed: dict[str, str], code: int, message: str, market: FaultyExchange
) -> None:
    market.trader.ask("POST", "order", **RESTING, newClientOrderId="other")
    before = row(market, "old")
    answer = market.trader.ask("PUT", "order/amend/keepPriority", **{**SMALLER, **changed})
    assert (answer.status_code, answer.json()) == (400, {"code": code, "msg": message})
    assert (row(market, "old"), locked(market, "USDT")) == (before, "1200.00000000")


def test_an_order_may_be_amended_so_often(market: FaultyExchange) -> None:
    filters = [{"filterType": "MAX_NUM_ORDER_AMENDS", "maxNumOrderAmends": 1}]
    market.post("state", symbol=SYMBOL, filters=filters)
    amended(market, **SMALLER, newClientOrderId="old")
    answer = market.trader.ask("PUT", "order/amend/keepPriority", **{**SMALLER, "newQty": "0.003"})
    assert answer.json() == {"code": -2038, "msg": "Filter failure: MAX_NUM_ORDER_AMENDS"}


def test_nothing_is_amended_in_a_halt(market: FaultyExchange) -> None:
    market.post("state", symbol=SYMBOL, status="HALT")
    answer = market.trader.ask("PUT", "order/amend/keepPriority", **SMALLER)
    assert answer.json() == {"code": -1013, "msg": "Market is closed."}


def test_an_amendment_costs_its_weight_and_no_order(market: FaultyExchange) -> None:
    before = market.trader.ask("GET", "rateLimit/order")
    answer = market.trader.ask("PUT", "order/amend/keepPriority", **SMALLER)
    assert answer.status_code == 200
    assert int(answer.headers["X-MBX-USED-WEIGHT-1M"]) == int(before.headers["X-MBX-USED-WEIGHT-1M"]) + 4
    after = market.trader.ask("GET", "rateLimit/order").json()
    assert after[1]["count"] == before.json()[1]["count"]


def test_of_two_that_cancel_each_other_both_become_smaller(market: FaultyExchange) -> None:
    asked = {"symbol": SYMBOL, "side": "SELL", "quantity": "0.01", "aboveType": "LIMIT_MAKER", "abovePrice": "300000"}
    ids = {"aboveClientOrderId": "above", "belowClientOrderId": "below"}
    listed = market.trader.ask("POST", "orderList/oco", **asked, **STOP_BELOW, **ids).json()
    assert locked(market, "BTC") == "0.01000000"
    told = amended(market, **{**SMALLER, "origClientOrderId": "below"}, newClientOrderId="renamed")
    status = told["listStatus"]
    assert (status["orderListId"], status["contingencyType"]) == (listed["orderListId"], "OCO")
    assert [each["clientOrderId"] for each in status["orders"]] == ["above", "renamed"]
    assert [row(market, name)["origQty"] for name in ("above", "renamed")] == ["0.00400000"] * 2
    assert locked(market, "BTC") == "0.00400000"


def test_of_two_of_which_the_second_is_dearer_no_more_stays_locked_than_that_one_costs(market: FaultyExchange) -> None:
    asked = {"symbol": SYMBOL, "side": "BUY", "quantity": "0.01", "belowType": "LIMIT_MAKER", "belowPrice": "60000"}
    above = {"aboveType": "STOP_LOSS_LIMIT", "aboveStopPrice": "300000", "abovePrice": "59000"}
    names = {"aboveTimeInForce": "GTC", "aboveClientOrderId": "above"}
    market.trader.ask("POST", "orderList/oco", **asked, **above, **names)
    assert locked(market, "USDT") == "1200.00000000"
    amended(market, **{**SMALLER, "origClientOrderId": "above"})
    assert locked(market, "USDT") == "840.00000000"


def test_of_a_list_in_phases_one_order_becomes_smaller_alone(market: FaultyExchange) -> None:
    working = {"workingType": "LIMIT", "workingSide": "BUY", "workingPrice": "50000", "workingQuantity": "0.01"}
    pending = {"pendingType": "LIMIT_MAKER", "pendingSide": "SELL", "pendingPrice": "300000", "pendingQuantity": "0.01"}
    ids = {"workingTimeInForce": "GTC", "workingClientOrderId": "working", "pendingClientOrderId": "pending"}
    market.trader.ask("POST", "orderList/oto", symbol=SYMBOL, **working, **pending, **ids)
    amended(market, **{**SMALLER, "origClientOrderId": "pending"}, newClientOrderId="pending")
    assert (row(market, "working")["origQty"], row(market, "pending")["origQty"]) == ("0.01000000", "0.00400000")
    amended(market, **{**SMALLER, "origClientOrderId": "working", "newQty": "0.005"}, newClientOrderId="working")
    assert locked(market, "USDT") == "850.00000000"


def test_an_iceberg_shows_no_more_than_there_is(market: FaultyExchange) -> None:
    market.trader.ask("POST", "order", **RESTING, icebergQty="0.005", newClientOrderId="ice")
    told = amended(market, **{**SMALLER, "origClientOrderId": "ice"})
    assert told["amendedOrder"]["icebergQty"] == "0.00400000"


def test_of_what_is_filled_in_part_only_the_rest_can_go() -> None:
    exchange = replace(generated(speed=0.001), liquidity=FullLiquidity())
    with running(exchange, floor=TradingFloor(exchange, [member_of(KEY, SECRET, None, "USDT=100000000")])) as server:
        trader = Trader(server.url)
        best = requests.get(f"{server.url}/api/v3/ticker/bookTicker?symbol={SYMBOL}", timeout=10).json()
        price, filled = Decimal(best["askPrice"]), Decimal(best["askQty"])
        asked = {**RESTING, "price": price, "quantity": filled + Decimal("0.5"), "newClientOrderId": "old"}
        assert trader.ask("POST", "order", **asked).json()["status"] == "PARTIALLY_FILLED"
        refused = trader.ask("PUT", "order/amend/keepPriority", **{**SMALLER, "newQty": filled})
        assert refused.json()["code"] == -2038
        smaller = {**SMALLER, "newQty": filled + Decimal("0.2")}
        told = trader.ask("PUT", "order/amend/keepPriority", **smaller).json()["amendedOrder"]
        assert (told["status"], Decimal(told["executedQty"])) == ("PARTIALLY_FILLED", filled)
        balances = trader.ask("GET", "account").json()["balances"]
        assert {Decimal(each["locked"]) for each in balances if each["asset"] == "USDT"} == {price * Decimal("0.2")}


def test_exchange_info_says_that_orders_may_be_amended(market: FaultyExchange) -> None:
    info = requests.get(f"{market.server.url}/api/v3/exchangeInfo?symbol={SYMBOL}", timeout=10).json()["symbols"][0]
    assert info["amendAllowed"] is True
    assert {"filterType": "MAX_NUM_ORDER_AMENDS", "maxNumOrderAmends": 10} in info["filters"]
