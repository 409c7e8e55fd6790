"""Placing, cancelling and looking up orders at Binance, one by one and in lists."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TypeVar

from chalicelib.adapters.binance import account_payloads as payloads
from chalicelib.adapters.binance.order_parameters import client_id_text, list_form, order_parameters
from chalicelib.adapters.binance.payloads import as_list, as_object, unexpected
from chalicelib.adapters.binance.signed import Parameters, SignedRequests
from chalicelib.adapters.binance.unheard import Unheard
from chalicelib.exchange_account import PlacedList, PlacedOrder
from chalicelib.wanted_orders import WantedList, WantedOrder

T = TypeVar("T")
ORDER, ORDER_LIST, OPEN_ORDERS = "/api/v3/order", "/api/v3/orderList", "/api/v3/openOrders"


class BinanceOrders:
    """What changes something is sent once: where Unavailable is raised, look it up before anything else is done.

    An order is named by its client id (a text) or the exchange's id (a number). Everything may raise Unavailable,
    Rejected and BadInput, and KeyRefused at which to halt.
    """

    def __init__(self, signed: SignedRequests, unheard: Unheard | None = None) -> None:
        self._signed = signed
        self._unheard = unheard or Unheard()

    def place(self, order: WantedOrder) -> PlacedOrder:
        """The order as the exchange took it, with its fills.

        Raises Unavailable where nobody knows whether it did: `find` it by its client id, again until it is shown or
        surely is not there. Raises Conflict where an order of this client id is open.
        """
        answer = self._signed.place(ORDER, order_parameters(order), orders=1)
        placed = payloads.placed_order(answer, self._unheard)
        if (placed.symbol, placed.client_id) != (order.symbol, order.client_id):
            raise unexpected("answer to an order", f"{order.client_id} of {order.symbol}", placed.client_id)
        return placed

    def test(self, order: WantedOrder) -> None:
        """Has the exchange judge an order without placing it; returns where it would be taken."""
        self._signed.change("POST", f"{ORDER}/test", order_parameters(order))

    def place_list(self, wanted: WantedList) -> PlacedList:
        """The orders as the exchange took them. Raises as `place`; the list is found by its own client id."""
        form = list_form(wanted)
        path = f"{ORDER_LIST}/{form.name}"
        answer = self._signed.place(path, form.parameters, orders=len(wanted.orders))
        placed = payloads.placed_list(answer, self._unheard)
        if placed.client_id != wanted.client_id:
            raise unexpected("answer to an order list", wanted.client_id, placed.client_id)
        return placed

    def cancel(self, symbol: str, order: str | int) -> PlacedOrder:
        """The order as it was when it ended; of a list, it ends the others too. Raises NoSuchOrder where there is no
        such open order: it may have filled meanwhile, so look it up."""
        answer = self._signed.change("DELETE", ORDER, {"symbol": symbol} | _named(order))
        for ended in self._ended(answer):
            if order in (ended.order_id, ended.client_id):
                return ended
        raise unexpected("answer to a cancel", f"order {order} of {symbol}", "another one")

    def cancel_list(self, symbol: str, order_list: str | int) -> PlacedList:
        """Ends all orders of a list. Raises NoSuchOrder."""
        answer = self._signed.change("DELETE", ORDER_LIST, {"symbol": symbol} | _named_list(order_list, "list"))
        return payloads.placed_list(answer, self._unheard)

    def cancel_all(self, symbol: str) -> list[PlacedOrder]:
        """Ends all open orders of a symbol, those of lists too, whoever placed them. Raises NoSuchOrder without any."""
        ended: list[PlacedOrder] = []
        for row in as_list(self._signed.change("DELETE", OPEN_ORDERS, {"symbol": symbol}), "cancelled orders"):
            ended += self._ended(row)
        return ended

    def _ended(self, answer: object) -> Sequence[PlacedOrder]:
        """What a cancel ended: one order, or those of its list."""
        if "orderReports" in as_object(answer, "cancelled order"):
            return payloads.placed_list(answer, self._unheard).orders
        return [payloads.placed_order(answer, self._unheard)]

    def find(self, symbol: str, order: str | int) -> PlacedOrder:
        """The order as it is. Raises NoSuchOrder, which soon after a placement proves nothing."""
        return self._read(ORDER, {"symbol": symbol} | _named(order), 4, payloads.placed_order)

    def find_list(self, order_list: str | int) -> PlacedList:
        """The list as it is, its orders by their ids only. Raises NoSuchOrder."""
        return self._read(ORDER_LIST, _named_list(order_list, "orig"), 4, payloads.placed_list)

    def open_orders(self, symbol: str | None = None) -> Sequence[PlacedOrder]:
        """All open orders of the account, or of a symbol; what was placed just now may not be among them yet."""
        parameters = {} if symbol is None else {"symbol": symbol}
        return self._read(OPEN_ORDERS, parameters, 80 if symbol is None else 6, _orders)

    def all_orders(self, symbol: str, *, from_id: int | None = None, limit: int = 500) -> Sequence[PlacedOrder]:
        """Orders of every state by their ids, oldest first: from an id on, else the latest. `limit` is at most 1000."""
        first = {} if from_id is None else {"orderId": str(from_id)}
        return self._read("/api/v3/allOrders", {"symbol": symbol, **first, "limit": str(limit)}, 20, _orders)

    def _read(self, path: str, parameters: Parameters, weight: int, read: Callable[[object, Unheard], T]) -> T:
        return self._signed.read(path, parameters, weight=weight, read=lambda answer: read(answer, self._unheard))


def _orders(answer: object, unheard: Unheard) -> Sequence[PlacedOrder]:
    return [payloads.placed_order(row, unheard) for row in as_list(answer, "orders")]


def _named(order: str | int) -> dict[str, str]:
    return {"orderId": str(order)} if isinstance(order, int) else {"origClientOrderId": client_id_text(order)}


def _named_list(order_list: str | int, prefix: str) -> dict[str, str]:
    if isinstance(order_list, int):
        return {"orderListId": str(order_list)}
    return {f"{prefix}ClientOrderId": client_id_text(order_list)}
