"""Answers as the exchange's documentation shows them and as they were recorded."""

from __future__ import annotations

import json
from decimal import Decimal

import pytest

from chalicelib.adapters.binance.account_payloads import own_trade, placed_order
from chalicelib.adapters.binance.account_rows import account_state, unfilled_counts
from chalicelib.adapters.binance.unheard import Unheard
from chalicelib.errors import Unavailable
from chalicelib.exchange_account import UnfilledCount
from tests.shared_data import shared

ROW: dict[str, object] = {
    "symbol": "LTCBTC", "orderId": 1, "orderListId": -1, "clientOrderId": "myOrder1", "price": "0.1", "origQty": "1.0",
    "executedQty": "0.0", "cummulativeQuoteQty": "0.0", "status": "NEW", "timeInForce": "GTC", "type": "LIMIT",
    "side": "BUY", "stopPrice": "0.0", "time": 1499827319559, "updateTime": 1499827319560, "isWorking": True,
}  # fmt: skip


@pytest.mark.parametrize(
    "file",
    [
        "docshape_new_order_full_response",
        "docshape_cancel_order_response",
        "docshape_order_response",
        "docshape_open_orders_response",
        "docshape_all_orders_response",
        "docshape_account_trades_response",
        "recorded_query_filled_market_order",
    ],
)
def test_what_the_exchange_shows_is_understood_to_the_last_field(file: str) -> None:
    told: list[str] = []
    answer = json.loads(shared(f"binance/payloads/{file}.json").read_text("utf-8"))
    for row in answer if isinstance(answer, list) else [answer]:
        if "trades" in file:
            assert own_trade(row, Unheard(told.append)).fill.fee == Decimal("10.1")
        else:
            assert placed_order(row, Unheard(told.append)).is_understood
    assert told == []


def test_an_account_is_read_by_asset() -> None:
    answer = json.loads(shared("binance/payloads/docshape_account_response.json").read_text("utf-8"))
    state = account_state(answer)
    assert (state.can_trade, state.permissions) == (True, ("SPOT",))
    assert state.balances["LTC"].free == Decimal("4763368.68006011")


def test_an_order_is_read_exactly() -> None:
    order = placed_order(ROW | {"stopPrice": "0.30", "orderListId": 7, "expiryReason": "NONE"}, Unheard())
    assert (order.price, order.stop_price, order.quantity) == (Decimal("0.1"), Decimal("0.3"), Decimal(1))
    assert (order.time_ms, order.updated_ms, order.list_id) == (1499827319559, 1499827319560, 7)


def test_only_an_order_of_a_list_that_never_traded_may_lack_a_quantity() -> None:
    without = {name: value for name, value in ROW.items() if name != "origQty"}
    for status in ("PENDING_NEW", "CANCELED", "EXPIRED"):
        assert placed_order(without | {"status": status, "orderListId": 3}, Unheard()).quantity == 0
    for change in ({"status": "FILLED", "orderListId": 3}, {"status": "PENDING_NEW"}):
        with pytest.raises(Unavailable, match="origQty"):
            placed_order(without | change, Unheard())


def test_what_a_very_old_order_came_to_is_unknown() -> None:
    assert placed_order(ROW | {"cummulativeQuoteQty": "-1.00000000"}, Unheard()).quote_executed is None


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("price", "1e-05"),
        ("price", "-1"),
        ("price", "Infinity"),
        ("price", "\u0661"),
        ("price", 1.5),
        ("price", "1" * 21),
        ("price", None),
        ("executedQty", "1.1"),
        ("orderId", "1"),
        ("orderId", True),
        ("orderListId", -2),
        ("symbol", ""),
        ("clientOrderId", None),
        ("time", "now"),
        ("updateTime", -1),
        ("fills", {}),
    ],
)
def test_what_is_odd_is_not_guessed_at(field: str, value: object) -> None:
    with pytest.raises(Unavailable, match=r"expected .*, found "):
        placed_order(ROW | {field: value}, Unheard())


@pytest.mark.parametrize("answer", [None, [], "order", 5, {"symbol": "BTCUSDT"}])
def test_what_is_no_order_is_not_guessed_at(answer: object) -> None:
    with pytest.raises(Unavailable):
        placed_order(answer, Unheard())


def test_other_limits_than_those_of_orders_are_passed_over() -> None:
    row = {"rateLimitType": "ORDERS", "interval": "SECOND", "intervalNum": 10, "limit": 100, "count": 4}
    assert unfilled_counts([row | {"rateLimitType": "CONNECTIONS"}, row]) == [UnfilledCount("10S", 4, 100)]


def test_of_words_that_never_end_so_many_are_told() -> None:
    told: list[str] = []
    unheard = Unheard(told.append)
    for number in range(2_000):
        unheard.word("status of an order", f"S{number}")
    assert len(told) == 1_000
