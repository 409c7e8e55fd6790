"""User data: who hears of what, without any connection."""

from __future__ import annotations

from decimal import Decimal
from time import sleep

import pytest

from tests.sim_server import generated
from trader.sim.query import ApiError, Query
from trader.sim.trading import user_data
from trader.sim.trading.amend_endpoints import AMEND_ENDPOINTS
from trader.sim.trading.amending import amend
from trader.sim.trading.floor import TradingFloor
from trader.sim.trading.opening import member_of
from trader.sim.trading.order import OrderRequest
from trader.sim.trading.order_list import OrderListRequest
from trader.sim.trading.signed_request import refuse_unproven
from trader.sim.trading.subscriptions import MOMENT_S, Subscriptions

DOCUMENTED = {
    "symbol": "BTCUSDT", "side": "SELL", "type": "LIMIT", "timeInForce": "GTC", "quantity": "0.01000000",
    "price": "52000.00", "newOrderRespType": "ACK", "recvWindow": "100", "timestamp": "1645423376532",
    "apiKey": "vmPUZE6mv9SD5VNHk4HlWFsOr6aKE2zvsw0MuIgwCIPy6utIco14y7Ju91duEh8A",
    "signature": "cc15477742bd704c29492d96c7ead9414dfd8e0ec4a00f947bb5bb454ddbd08a",
}  # fmt: skip
DOCUMENTED_SECRET = "NhqPtmdSJYdKjVHjA7PZj4Mge3R5YNiP1e3UZjInClVN65XAbvqqM6A7H5fATj0j"


def test_the_documented_example_is_proven_by_its_signature_and_no_other_is() -> None:
    member = member_of("K", DOCUMENTED_SECRET, None, "USDT=1")
    refuse_unproven(DOCUMENTED, member)
    with pytest.raises(ApiError, match="Signature"):
        refuse_unproven({**DOCUMENTED, "price": "52000.0"}, member)


def opened() -> tuple[TradingFloor, list[str]]:
    member = member_of("K", "S", None, "USDT=1000")
    floor = TradingFloor(generated(speed=0.001), [member, member_of("L", "S", None, "USDT=1000")])
    return floor, []


def test_a_deposit_is_told_with_what_there_is_then() -> None:
    floor, woken = opened()
    account, other = floor.members.of("K").account, floor.members.of("L").account
    feed, others = (floor.user_data.listen(each, lambda: woken.append("woken")) for each in (account, other))
    floor.deposit(account, "USDT", Decimal("2.5"))
    update, position = feed.events
    assert (update["e"], update["a"], update["d"]) == ("balanceUpdate", "USDT", "2.50000000")
    assert position["B"] == [{"a": "USDT", "f": "1002.50000000", "l": "0.00000000"}]
    assert (woken, len(others.events)) == (["woken"], 0)


def test_nobody_is_told_who_has_gone() -> None:
    floor, _ = opened()
    account = floor.members.of("K").account
    subscriptions = Subscriptions(floor)
    subscriptions.begin(account, of_session=False)
    subscriptions.close()
    feed = floor.user_data.listen(account, lambda: None)
    floor.place(account, OrderRequest("BTCUSDT", "BUY", "MARKET", quantity=Decimal("0.005")))
    assert [event["e"] for event in feed.events] == ["executionReport", "outboundAccountPosition"] * 2
    subscriptions.answered()
    assert not any(each.feed.events for each in subscriptions._by_id.values())


def test_nothing_follows_the_end_of_a_subscription() -> None:
    floor, _ = opened()
    account = floor.members.of("K").account
    subscriptions = Subscriptions(floor)
    subscriptions.begin(account, of_session=True)
    subscriptions.answered()
    subscriptions.end_those_of_the_session()
    floor.deposit(account, "BTC", Decimal(1))
    sleep(MOMENT_S)
    assert [event["e"] for _, event in subscriptions.due()] == ["eventStreamTerminated"]
    assert not subscriptions.are_any


def test_events_wait_until_the_answer_has_gone_out() -> None:
    floor, _ = opened()
    subscriptions = Subscriptions(floor)
    subscriptions.begin(floor.members.of("K").account, of_session=False)
    floor.deposit(floor.members.of("K").account, "BTC", Decimal(1))
    assert list(subscriptions.due()) == []
    assert subscriptions.are_any


def test_an_order_that_expires_says_why() -> None:
    floor, _ = opened()
    account = floor.members.of("K").account
    feed = floor.user_data.listen(account, lambda: None)
    price = floor.engine.last_price("BTCUSDT") * Decimal("0.5")
    request = OrderRequest(
        "BTCUSDT", "BUY", "LIMIT", quantity=Decimal("0.01"), price=price.quantize(Decimal(1)), time_in_force="IOC"
    )
    floor.place(account, request)
    told = [event for event in feed.events if event["e"] == "executionReport"]
    assert [(event["x"], event.get("eR")) for event in told] == [
        ("NEW", None),
        ("EXPIRED", "UNFILLED_IOC_QUANTITY_EXPIRED"),
    ]


def test_a_trailing_order_says_how_far_and_since_when() -> None:
    floor, _ = opened()
    account = floor.members.of("K").account
    account.deposit({"BTC": Decimal(1)})
    feed = floor.user_data.listen(account, lambda: None)
    order = floor.place(
        account, OrderRequest("BTCUSDT", "SELL", "STOP_LOSS", quantity=Decimal("0.01"), trailing_delta=150)
    )
    floor.engine.cancel(account, order)
    first, last = feed.events[0], feed.events[2]
    assert (first["d"], last["d"], last["D"]) == (150, 150, order.time_ms)


def test_who_reads_nothing_is_ended_and_keeps_no_memory(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(user_data, "MOST_UNREAD", 5)
    floor, woken = opened()
    account = floor.members.of("K").account
    feed = floor.user_data.listen(account, lambda: woken.append("woken"))
    for _ in range(4):
        floor.deposit(account, "USDT", Decimal(1))
    assert [event["e"] for event in feed.events] == ["eventStreamTerminated"]
    assert feed.has_ended
    assert len(woken) == 3


def test_an_amended_order_is_told_with_both_ids() -> None:
    floor, _ = opened()
    account = floor.members.of("K").account
    request = OrderRequest("BTCUSDT", "BUY", "LIMIT", "old", quantity=Decimal("0.01"), price=Decimal(60_000))
    order = floor.place(account, request)
    feed = floor.user_data.listen(account, lambda: None)
    done = amend(floor, account, order, Decimal("0.004"), "new")
    report, position = feed.events
    assert (report["x"], report["X"], report["c"], report["C"]) == ("REPLACED", "NEW", "new", "old")
    assert (report["q"], report["I"]) == ("0.00400000", done.execution_id)
    assert {"a": "USDT", "f": "760.00000000", "l": "240.00000000"} in position["B"]  # type: ignore[operator]


def test_a_list_is_told_where_one_of_its_orders_has_another_id() -> None:
    floor, _ = opened()
    account = floor.members.of("K").account
    legs = [
        OrderRequest("BTCUSDT", "BUY", "LIMIT", name, quantity=Decimal("0.005"), price=Decimal(price))
        for name, price in (("first", 60_000), ("second", 50_000))
    ]
    floor.place_list(account, OrderListRequest("list", tuple(legs), has_phases=True))
    feed = floor.user_data.listen(account, lambda: None)
    endpoint = next(each for each in AMEND_ENDPOINTS if each.method == "PUT")
    asked = [("symbol", "BTCUSDT"), ("origClientOrderId", "first"), ("newQty", "0.004")]
    endpoint.answer(floor, account, Query(asked, endpoint.parameters))
    told = feed.events[-1]
    assert (told["e"], told["l"], told["L"], told["C"]) == ("listStatus", "UPDATED", "EXECUTING", "list")
    feed.events.clear()
    asked = [
        ("symbol", "BTCUSDT"),
        ("origClientOrderId", "second"),
        ("newQty", "0.004"),
        ("newClientOrderId", "second"),
    ]
    endpoint.answer(floor, account, Query(asked, endpoint.parameters))
    assert [event["e"] for event in feed.events] == ["executionReport", "outboundAccountPosition"]
