"""Order lists in the shapes of Binance's answers."""

from __future__ import annotations

from collections.abc import Sequence

from trader.sim.trading import payloads
from trader.sim.trading.order import SpotOrder
from trader.sim.trading.order_list import OrderList

NOT_KNOWN_YET = "0.00000000"


def list_row(found: OrderList) -> dict[str, object]:
    """A list as queries answer it."""
    return _head(found, is_open=found.is_open)


def placed_list(found: OrderList, orders: Sequence[SpotOrder], response: str) -> dict[str, object]:
    """The answer to a new list; its orders are told as ACK, RESULT or FULL."""
    reports = [payloads.placed(order, response) for order in orders]
    return {**_head(found, is_open=True), "orderReports": [_without_unknown_quantity(report) for report in reports]}


def cancelled_list(found: OrderList) -> dict[str, object]:
    """The answer to a cancel: the list, and those of its orders that the cancel ended."""
    ended = [order for order in found.orders if order.status == "CANCELED"]
    reports = [_without_unknown_quantity(payloads.cancelled(order)) for order in ended]
    return {**_head(found, is_open=False), "orderReports": reports}


def orders_of(found: OrderList) -> list[dict[str, object]]:
    """The names of a list's orders."""
    return [
        {"symbol": found.request.symbol, "orderId": order.order_id, "clientOrderId": order.client_id}
        for order in found.orders
    ]


def _head(found: OrderList, *, is_open: bool) -> dict[str, object]:
    return {
        "orderListId": found.list_id, "contingencyType": found.request.contingency,
        "listStatusType": "EXEC_STARTED" if is_open else "ALL_DONE",
        "listOrderStatus": "EXECUTING" if is_open else "ALL_DONE", "listClientOrderId": found.client_id,
        "transactionTime": found.time_ms, "symbol": found.request.symbol,
        "orders": orders_of(found),
    }  # fmt: skip


def _without_unknown_quantity(report: dict[str, object]) -> dict[str, object]:
    """Binance leaves out the quantity of an order that sells what is yet to be received."""
    return {name: value for name, value in report.items() if name != "origQty" or value != NOT_KNOWN_YET}
