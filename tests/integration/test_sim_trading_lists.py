"""Order lists on the simulated exchange over REST: what they take, what is refused, what is answered."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from decimal import Decimal
from typing import Any

import pytest
import requests

from tests.sim_server import generated, running
from tests.support.signing import KEY, SECRET, Trader
from trader.sim.trading.floor import TradingFloor
from trader.sim.trading.opening import member_of

SYMBOL = "BTCUSDT"


@pytest.fixture(scope="module")
def url() -> Iterator[str]:
    """An exchange whose time stands nearly still."""
    exchange = generated("BTCUSDT,ETHUSDT", speed=0.001)
    with running(exchange, floor=TradingFloor(exchange, [member_of(KEY, SECRET, None, "USDT=100000,BTC=5")])) as served:
        yield served.url


@pytest.fixture
def trader(url: str) -> Iterator[Trader]:
    """Its owner, who leaves no order behind."""
    found = Trader(url)
    yield found
    undo(found)
    found.ask("DELETE", "openOrders", symbol=SYMBOL)


def at(trader: Trader, factor: str) -> str:
    """So many times the last price, on the tick."""
    told = requests.get(f"{trader.url}/api/v3/ticker/price?symbol={SYMBOL}", timeout=10).json()["price"]
    return str((Decimal(told) * Decimal(factor)).quantize(Decimal("0.01")))


def oco(trader: Trader, **more: object) -> dict[str, Any]:
    """The parameters of a target and a stop."""
    return {
        "symbol": SYMBOL, "side": "SELL", "quantity": "0.02",
        "aboveType": "LIMIT_MAKER", "abovePrice": at(trader, "1.2"),
        "belowType": "STOP_LOSS_LIMIT", "belowStopPrice": at(trader, "0.8"), "belowPrice": at(trader, "0.79"),
        "belowTimeInForce": "GTC", **more,
    }  # fmt: skip


def entry(trader: Trader, factor: str = "0.9", **more: object) -> dict[str, Any]:
    """The parameters of an order that others wait for."""
    return {
        "symbol": SYMBOL, "workingType": "LIMIT", "workingSide": "BUY", "workingTimeInForce": "GTC",
        "workingQuantity": "0.02", "workingPrice": at(trader, factor), "pendingSide": "SELL", **more,
    }  # fmt: skip


def bracket(trader: Trader) -> dict[str, Any]:
    """The parameters of two that follow."""
    return {
        "pendingAboveType": "LIMIT_MAKER", "pendingAbovePrice": at(trader, "1.2"),
        "pendingBelowType": "STOP_LOSS", "pendingBelowStopPrice": at(trader, "0.8"),
    }  # fmt: skip


def placed(trader: Trader, path: str, asked: Mapping[str, object]) -> dict[str, Any]:
    answer = trader.ask("POST", path, **asked)
    assert answer.status_code == 200, answer.text
    found = answer.json()
    assert isinstance(found, dict)
    return found


def test_two_of_which_one_cancels_the_other_are_placed_found_and_cancelled(trader: Trader) -> None:
    asked = oco(trader, listClientOrderId="both", aboveClientOrderId="up", belowClientOrderId="down")
    found = placed(trader, "orderList/oco", asked)
    head = {name: found[name] for name in ("contingencyType", "listStatusType", "listOrderStatus", "listClientOrderId")}
    assert list(head.values()) == ["OCO", "EXEC_STARTED", "EXECUTING", "both"]
    above, below = found["orderReports"]
    assert [each["clientOrderId"] for each in found["orders"]] == ["up", "down"]
    assert (above["status"], above["type"], above["orderListId"]) == ("NEW", "LIMIT_MAKER", found["orderListId"])
    assert (below["stopPrice"], below["workingTime"]) == (asked["belowStopPrice"] + "000000", -1)
    row = trader.ask("GET", "orderList", origClientOrderId="both").json()
    assert row == {name: value for name, value in found.items() if name != "orderReports"}
    assert trader.ask("GET", "orderList", orderListId=found["orderListId"]).json() == row
    assert trader.ask("GET", "openOrderList").json() == [row]
    assert trader.ask("GET", "allOrderList", fromId=found["orderListId"]).json() == [row]
    ended = trader.ask("DELETE", "orderList", symbol=SYMBOL, listClientOrderId="both", newClientOrderId="gone").json()
    assert (ended["listStatusType"], ended["listOrderStatus"]) == ("ALL_DONE", "ALL_DONE")
    assert [(each["status"], each["clientOrderId"]) for each in ended["orderReports"]] == [("CANCELED", "gone")] * 2
    assert trader.ask("GET", "openOrderList").json() == trader.ask("GET", "openOrders").json() == []
    assert trader.told("DELETE", "orderList", symbol=SYMBOL, listClientOrderId="both")["code"] == -2011


def test_cancelling_all_orders_tells_lists_whole(trader: Trader) -> None:
    placed(trader, "orderList/oco", oco(trader))
    alone = {"type": "LIMIT", "timeInForce": "GTC", "side": "BUY", "quantity": "0.01", "price": at(trader, "0.9")}
    trader.ask("POST", "order", symbol=SYMBOL, **alone)
    single, whole = trader.ask("DELETE", "openOrders", symbol=SYMBOL).json()
    assert (single["orderListId"], single["status"]) == (-1, "CANCELED")
    assert (whole["contingencyType"], len(whole["orderReports"])) == ("OCO", 2)


def test_cancelling_one_order_cancels_its_list(trader: Trader) -> None:
    first, second = placed(trader, "orderList/oco", oco(trader))["orders"]
    assert trader.ask("DELETE", "order", symbol=SYMBOL, orderId=first["orderId"]).json()["status"] == "CANCELED"
    assert trader.ask("GET", "order", symbol=SYMBOL, orderId=second["orderId"]).json()["status"] == "CANCELED"


@pytest.mark.parametrize(
    ("path", "quantity", "orders"),
    [("oto", "0.01", 2), ("otoco", "0.01", 3), ("opo", None, 2), ("opoco", None, 3)],
)
def test_those_that_wait_are_placed_and_counted_and_follow_a_filled_entry(
    path: str, quantity: str | None, orders: int, trader: Trader
) -> None:
    follower = {"pendingType": "LIMIT", "pendingPrice": at(trader, "1.2"), "pendingTimeInForce": "GTC"}
    asked = entry(trader, "1.1") | (bracket(trader) if orders == 3 else follower)
    before = int(trader.ask("GET", "rateLimit/order").json()[1]["count"])
    answer = trader.ask("POST", f"orderList/{path}", **asked, **({"pendingQuantity": quantity} if quantity else {}))
    assert answer.status_code == 200, answer.text
    assert int(answer.headers["X-MBX-ORDER-COUNT-1D"]) == before + orders - 1, "the entry has been filled"
    found = answer.json()
    working, *waiting = found["orderReports"]
    assert (found["contingencyType"], working["status"], len(waiting)) == ("OTO", "FILLED", orders - 1)
    assert {each["status"] for each in waiting} == {"PENDING_NEW"}
    assert {each.get("origQty") for each in waiting} == {quantity and f"{quantity}000000"}
    rows = [trader.ask("GET", "order", symbol=SYMBOL, orderId=each["orderId"]).json() for each in waiting]
    assert {(row["status"], row["origQty"]) for row in rows} == {("NEW", "0.01000000" if quantity else "0.02000000")}
    locked = {row["asset"]: row["locked"] for row in trader.ask("GET", "account").json()["balances"]}
    assert locked["BTC"] == rows[0]["origQty"]


def test_a_stop_and_a_limit_of_the_old_kind_are_taken(trader: Trader) -> None:
    asked = {"symbol": SYMBOL, "side": "BUY", "quantity": "0.02", "price": at(trader, "0.8")}
    stop = {"stopPrice": at(trader, "1.2"), "stopLimitPrice": at(trader, "1.21"), "stopLimitTimeInForce": "GTC"}
    found = placed(trader, "order/oco", asked | stop | {"stopClientOrderId": "s", "limitClientOrderId": "l"})
    told = [(each["type"], each["clientOrderId"]) for each in found["orderReports"]]
    assert told == [("STOP_LOSS_LIMIT", "s"), ("LIMIT_MAKER", "l")]
    del stop["stopLimitTimeInForce"]
    assert trader.told("POST", "order/oco", **asked, **stop) == {
        "code": -1102,
        "msg": "Mandatory parameter 'stopLimitTimeInForce' was not sent, was empty/null, or malformed.",
    }


@pytest.mark.parametrize(
    ("change", "code"),
    [
        ({"aboveType": "MARKET"}, -1158),
        ({"belowType": "LIMIT_MAKER"}, -1168),
        ({"side": "BUY"}, -1165),
        ({"side": "BUY", "aboveType": "STOP_LOSS"}, -1196),
        ({"side": "BUY", "aboveType": "TAKE_PROFIT", "belowType": "LIMIT_MAKER"}, -1198),
        ({"aboveType": "STOP_LOSS", "belowType": "LIMIT_MAKER"}, -1166),
        ({"aboveType": "STOP_LOSS"}, -1197),
        ({"belowType": "TAKE_PROFIT_LIMIT"}, -1199),
        ({"belowTimeInForce": "IOC", "belowIcebergQty": "0.01"}, -1160),
        ({"belowTimeInForce": None}, -1102),
        ({"belowStopPrice": None}, -1102),
        ({"aboveStopPrice": "1"}, -1106),
        ({"abovePrice": "1e5"}, -1100),
        ({"abovePrice": "0.123456789"}, -1111),
        ({"quantity": "0.000001"}, -1013),
        ({"quantity": "6"}, -2010),
        ({"belowStopPrice": "200000", "belowPrice": "90000"}, -2010),
        ({"aboveClientOrderId": "same", "belowClientOrderId": "same"}, -2010),
        ({"workingSide": "BUY"}, -1104),
        ({"side": "HOLD"}, -1117),
        ({"newOrderRespType": "LONG"}, -1130),
        ({"symbol": "NOPEUSDT"}, -1121),
    ],
)
def test_a_pair_that_cannot_be_is_refused_by_its_code(change: dict[str, str | None], code: int, trader: Trader) -> None:
    asked = {name: value for name, value in oco(trader, **change).items() if value is not None}
    if asked["aboveType"] != "LIMIT_MAKER":
        del asked["abovePrice"]
        asked["aboveStopPrice"] = at(trader, "1.2")
    assert trader.told("POST", "orderList/oco", **asked)["code"] == code
    assert trader.ask("GET", "openOrders").json() == trader.ask("GET", "openOrderList").json() == []


def test_an_error_names_the_parameter_as_it_was_sent(trader: Trader) -> None:
    told = [
        trader.told("POST", "orderList/oco", **oco(trader, **change))["msg"]
        for change in ({"aboveStopPrice": "1"}, {"abovePrice": "-1"}, {"belowPrice": ""})
    ]
    assert told[0] == "Parameter 'aboveStopPrice' sent when not required."
    assert str(told[1]).startswith("Illegal characters found in parameter 'abovePrice'")
    assert told[2] == "Parameter 'belowPrice' was empty."


@pytest.mark.parametrize(
    ("change", "code"),
    [
        ({"workingSide": "SELL"}, -1222),
        ({"pendingSide": "BUY"}, -1223),
        ({"pendingQuantity": "0.01"}, -1225),
        ({"workingType": "MARKET"}, -1116),
        ({"workingQuantity": None}, -1102),
        ({"pendingAboveType": "MARKET"}, -1158),
    ],
)
def test_a_list_that_sells_what_it_gets_is_refused_by_its_code(
    change: dict[str, str | None], code: int, trader: Trader
) -> None:
    asked = entry(trader) | bracket(trader) | change
    sent = {name: value for name, value in asked.items() if value is not None}
    assert trader.told("POST", "orderList/opoco", **sent)["code"] == code


def test_a_market_order_that_follows_has_a_quantity_unless_it_sells_receipts(trader: Trader) -> None:
    asked = entry(trader) | {"pendingType": "MARKET"}
    assert trader.told("POST", "orderList/oto", **asked)["code"] == -1102
    assert placed(trader, "orderList/opo", asked)["contingencyType"] == "OTO"


def test_lists_and_their_orders_are_limited_by_filters(trader: Trader) -> None:
    for _ in range(5):
        placed(trader, "orderList/oco", oco(trader))
    assert trader.told("POST", "orderList/oco", **oco(trader))["msg"] == "Filter failure: MAX_NUM_ALGO_ORDERS"
    asked = entry(trader, pendingType="MARKET")
    for _ in range(15):
        placed(trader, "orderList/opo", asked)
    assert trader.told("POST", "orderList/opo", **asked) == {
        "code": -2010,
        "msg": "Filter failure: MAX_NUM_ORDER_LISTS",
    }


def test_a_list_is_asked_for_by_id_or_name(trader: Trader) -> None:
    assert trader.told("GET", "orderList")["code"] == -1102
    assert trader.told("DELETE", "orderList", symbol=SYMBOL)["code"] == -1102
    assert trader.told("GET", "orderList", orderListId=987654)["code"] == -2013
    assert trader.told("GET", "allOrderList", fromId=1, startTime=1)["code"] == -1128
    found = placed(trader, "orderList/oco", oco(trader))
    assert trader.told("DELETE", "orderList", symbol="ETHUSDT", orderListId=found["orderListId"])["code"] == -2011


def test_an_order_of_a_list_counts_for_those_after_it(trader: Trader) -> None:
    both = {
        "symbol": SYMBOL, "side": "BUY", "quantity": "0.02",
        "aboveType": "STOP_LOSS", "aboveStopPrice": at(trader, "1.2"),
        "belowType": "TAKE_PROFIT", "belowStopPrice": at(trader, "0.8"),
    }  # fmt: skip
    change(trader, symbol=SYMBOL, filters=[{"filterType": "MAX_NUM_ALGO_ORDERS", "maxNumAlgoOrders": 1}])
    told = trader.told("POST", "orderList/oco", **both)
    assert told == {"code": -2010, "msg": "Filter failure: MAX_NUM_ALGO_ORDERS"}
    change(trader, symbol=SYMBOL, filters=[{"filterType": "MAX_NUM_ALGO_ORDERS", "maxNumAlgoOrders": 2}])
    placed(trader, "orderList/oco", both)


def test_the_exchange_may_limit_lists_and_orders_of_an_account(trader: Trader) -> None:
    change(trader, filters=[{"filterType": "EXCHANGE_MAX_NUM_ORDER_LISTS", "maxNumOrderLists": 1}])
    info = requests.get(f"{trader.url}/api/v3/exchangeInfo", timeout=10).json()
    assert info["exchangeFilters"] == [{"filterType": "EXCHANGE_MAX_NUM_ORDER_LISTS", "maxNumOrderLists": 1}]
    placed(trader, "orderList/oco", oco(trader))
    told = trader.told("POST", "orderList/oco", **{**oco(trader), "symbol": "ETHUSDT"})
    assert told == {"code": -2010, "msg": "Filter failure: EXCHANGE_MAX_NUM_ORDER_LISTS"}
    change(trader, filters=[{"filterType": "EXCHANGE_MAX_NUM_ORDERS", "maxNumOrders": 2}])
    alone = {"symbol": "ETHUSDT", "side": "BUY", "type": "STOP_LOSS", "quantity": "0.1", "stopPrice": "90000"}
    assert trader.told("POST", "order", **alone) == {"code": -2010, "msg": "Filter failure: EXCHANGE_MAX_NUM_ORDERS"}


def change(trader: Trader, **asked: object) -> None:
    answer = requests.post(f"{trader.url}/sim/state", json=asked, timeout=10)
    assert answer.status_code == 200, answer.text


def undo(trader: Trader) -> None:
    requests.delete(f"{trader.url}/sim/state", timeout=10)
