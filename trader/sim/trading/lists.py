"""What happens to an order of a list when another one of it trades, triggers or ends."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Sequence
from dataclasses import replace
from decimal import Decimal
from itertools import count
from typing import TypeAlias

from trader.sim.query import ApiError
from trader.sim.trading.account import SpotAccount
from trader.sim.trading.amounts import ZERO, floored
from trader.sim.trading.engine import UNKNOWN_ORDER, MatchingEngine
from trader.sim.trading.fills import needed
from trader.sim.trading.order import Expiry, SpotOrder, SpotTrade
from trader.sim.trading.order_list import OrderList, OrderListRequest
from trader.sim.trading.receipts import receipt
from trader.sim.trading.reports import ExecutionReport

Judge: TypeAlias = Callable[[SpotOrder, int], None]
"""Raises ApiError for an order that the exchange would not take by itself at a time."""
ListListener: TypeAlias = Callable[[OrderList, int], None]
"""Hears a list and when it came to be as it is, in milliseconds."""
KEPT_LISTS = 2_000
"""Lists that are remembered once they are done."""
WRONG_WAY_ROUND = ApiError(-2010, "The relationship of the prices for the orders is not correct.")


class OrderLists:
    """Implements ListSteward: all lists of all accounts."""

    def __init__(self, engine: MatchingEngine, judge: Judge) -> None:
        self._engine = engine
        self._judge = judge
        self._ids = count(1)
        self._by_id: dict[int, OrderList] = {}
        self._open: dict[int, OrderList] = {}
        self._done: deque[int] = deque()
        self.listeners: list[ListListener] = []
        """Each hears of a list when it begins and when it is done."""
        engine.steward = self

    def place(self, account: SpotAccount, request: OrderListRequest) -> tuple[OrderList, Sequence[SpotOrder]]:
        """The list, and its orders as its answer tells them: those that wait have not followed yet.

        Its orders have been judged. Raises ApiError, with nothing changed.
        """
        now_ms = self._engine.advance()
        if any(request.client_id == other.client_id for other in self.open_of(account)):
            raise ApiError(-2010, "Duplicate order sent.")
        found = self._accepted(account, request, now_ms)
        self._by_id[found.list_id] = self._open[found.list_id] = found
        self._tell(found, now_ms)
        waiting = [replace(order, trades=[]) for order in found.pending]
        for order in found.pending:
            self._engine.tell(account, order, "NEW", now_ms)
        self._start(found.first, account, now_ms)
        return found, (*found.first, *waiting)

    def cancel(self, found: OrderList, cancel_id: str) -> None:
        """End all that is open of a list. Raises UNKNOWN_ORDER for one that is done by now."""
        self._engine.advance()
        if not found.is_open:
            raise UNKNOWN_ORDER
        self._engine.cancel(found.account, next(order for order in found.orders if order.is_open), cancel_id)

    def find(self, account: SpotAccount, list_id: int | None, client_id: str | None) -> OrderList | None:
        """The list of this id, or the newest with this client id; both must fit where both are given."""
        fitting = (
            found
            for found in reversed(self.of(account))
            if list_id in (None, found.list_id) and client_id in (None, found.client_id)
        )
        return next(fitting, None)

    def of(self, account: SpotAccount) -> list[OrderList]:
        """All that are remembered, the oldest first."""
        return [found for found in self._by_id.values() if found.account.uid == account.uid]

    def open_of(self, account: SpotAccount) -> list[OrderList]:
        """The oldest first."""
        return [found for found in self._open.values() if found.account.uid == account.uid]

    def before_trade(self, account: SpotAccount, order: SpotOrder, now_ms: int) -> None:
        rivals = self._by_id[order.list_id].rivals
        if any(order is rival for rival in rivals):
            self._expire([rival for rival in rivals if rival is not order], account, "OCO_TRIGGER", now_ms)

    def traded(self, account: SpotAccount, order: SpotOrder, trade: SpotTrade) -> None:
        found = self._by_id[order.list_id]
        if order is found.working:
            self._keep(found, trade)

    def heard(self, report: ExecutionReport) -> None:
        found = self._by_id[report.order.list_id]
        if report.order is found.working and report.order.status == "FILLED":
            self._follow(found, report.time_ms)
        elif not report.order.is_open and report.trade is None and report.order.expiry != "OCO_TRIGGER":
            self._end_with(found, report)
        if not found.is_open and self._open.pop(found.list_id, None) is not None:
            self._remember_done(found)
            self._tell(found, report.time_ms)

    def _tell(self, found: OrderList, time_ms: int) -> None:
        for listener in self.listeners:
            listener(found, time_ms)

    def _accepted(self, account: SpotAccount, request: OrderListRequest, now_ms: int) -> OrderList:
        list_id = next(self._ids)
        try:
            orders = [self._engine.registered(account, leg, now_ms, list_id) for leg in request.legs]
            found = OrderList(list_id, request.client_id or f"sim-list-{list_id}", request, account, orders, now_ms)
            self._admit(found.first, account, now_ms)
        except ApiError:
            for order in [order for order in account.open_orders() if order.list_id == list_id]:
                self._engine.withdraw(account, order)
            raise
        return found

    def _admit(self, orders: Sequence[SpotOrder], account: SpotAccount, now_ms: int) -> None:
        """Lock what they need: of two of which one cancels the other the dearer one is paid. Raises ApiError."""
        if len(orders) > 1:
            above, below = orders
            _refuse_wrong_way_round(above, below, self._engine.price_reached(above.request.symbol))
        shared = ZERO
        for order in orders:
            self._engine.admit(account, order, now_ms, shared)
            shared += order.locked

    def _start(self, orders: Sequence[SpotOrder], account: SpotAccount, now_ms: int) -> None:
        for order in orders:
            if order.is_open:
                self._engine.start(account, order, now_ms)

    def _keep(self, found: OrderList, trade: SpotTrade) -> None:
        """Lock of what the working order got what those that wait for it will give away."""
        order, account = found.pending[0], found.account
        asset = self._engine.given_by(order)
        got = receipt(found.orders[0], order, trade, asset, account.balance(asset).free, found.request.sells_receipts)
        if not found.request.sells_receipts:
            price = self._engine.price_reached(order.request.symbol)
            got = min(got, max(ZERO, needed(order, price) - order.locked))
        account.lock(order, asset, order.locked + got)

    def _follow(self, found: OrderList, now_ms: int) -> None:
        """The working order is filled: those that waited for it go out, or end where they may not."""
        if found.request.sells_receipts:
            lots = floored(found.pending[0].locked, self._engine.lot_step(found.pending[0].request))
            for order in found.pending:
                order.quantity = lots
        try:
            for order in found.pending:
                self._judge(order, now_ms)
            self._admit(found.pending, found.account, now_ms)
        except ApiError:
            self._expire(found.pending, found.account, "REJECTED", now_ms)
            return
        self._start(found.pending, found.account, now_ms)

    def _end_with(self, found: OrderList, report: ExecutionReport) -> None:
        """What is still open of a list ends with one of its orders, and as it did."""
        ended = report.order
        if report.execution != "CANCELED":
            why = "OTO_PHASE_ONE_EXPIRED" if ended is found.working else ended.expiry
            self._expire(found.orders, found.account, why, report.time_ms)
            return
        for order in found.orders:
            if order.is_open:  # the end of one may have ended those after it
                order.cancel_id = ended.cancel_id
                self._engine.end(found.account, order, "CANCELED", "CANCELED", report.time_ms)

    def _expire(self, orders: Sequence[SpotOrder], account: SpotAccount, why: Expiry, now_ms: int) -> None:
        for order in orders:
            if order.is_open:
                self._engine.expire(account, order, why, now_ms)

    def _remember_done(self, found: OrderList) -> None:
        self._done.append(found.list_id)
        if len(self._done) > KEPT_LISTS:
            del self._by_id[self._done.popleft()]


def _refuse_wrong_way_round(above: SpotOrder, below: SpotOrder, last: Decimal) -> None:
    """The market has to be between them, as far as they have levels from the beginning."""
    upper, lower = (order.stop_price or order.request.price for order in (above, below))
    if (upper and upper <= last) or lower >= last:
        raise WRONG_WAY_ROUND
