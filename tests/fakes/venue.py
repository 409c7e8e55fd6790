"""A venue with a memory, as an exchange has one: an order that was placed exists whatever the answer was."""

from __future__ import annotations

from chalicelib.domain import Order
from chalicelib.errors import Rejected, Unavailable
from chalicelib.kernel.account import NO_FILL, Fill, Slot
from chalicelib.kernel.bar import Bar
from chalicelib.ports import Executor


class VenueWithMemory:
    """Fills like paper, but only what was placed; the same client id placed twice is two orders, as on Binance."""

    def __init__(self, paper: Executor) -> None:
        self._paper = paper
        self.placed: list[Order] = []
        self.withdrawn: list[Order] = []
        self.filled: list[Order] = []
        self.silent = 0
        """How many of the next lookups and cancels get no answer."""
        self.answers_lost = 0
        """How many of the next answers get lost after the order was placed."""
        self.loses = 0
        """How many of the next orders never arrive, without a word."""
        self.refuses = 0
        """How many of the next orders are refused."""

    def send(self, order: Order) -> None:
        if self.refuses:
            self.refuses -= 1
            raise Rejected("Account has insufficient balance for requested action.")
        if self.loses:
            self.loses -= 1
            return
        self.placed.append(order)
        if self.answers_lost:
            self.answers_lost -= 1
            raise Unavailable("no answer in time: the outcome is unknown")

    def cancel(self, order: Order) -> bool:
        if self.silent:
            self.silent -= 1
            raise Unavailable("no answer")
        if order in self.filled:
            return False
        if order in self.placed and order not in self.withdrawn:
            self.withdrawn.append(order)
        return True

    def order_fill(self, order: Order, bar: Bar, cash: float) -> Fill:
        if self.silent:
            self.silent -= 1
            raise Unavailable("no answer")
        if order not in self.placed or order in self.withdrawn:
            return NO_FILL
        self.filled.append(order)
        return self._paper.order_fill(order, bar, cash)

    def still_working(self, pending: tuple[Order, ...]) -> list[Order]:
        """Orders that could still fill though nobody waits for them: lost."""
        done = {order.client_id for order in (*self.filled, *self.withdrawn, *pending)}
        return [order for order in self.placed if order.client_id not in done]

    def exit_fill(self, symbol: str, slot: Slot, bar: Bar) -> Fill:
        return self._paper.exit_fill(symbol, slot, bar)

    def placed_twice(self) -> set[str]:
        """Client ids of which there is more than one order: money spent twice."""
        ids = [order.client_id for order in self.placed]
        return {client_id for client_id in ids if ids.count(client_id) > 1}
