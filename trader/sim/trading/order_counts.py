"""How many orders an account has placed that nothing has filled yet, against the exchange's limits."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from time import monotonic

from trader.sim.query import ApiError
from trader.sim.trading.reports import ExecutionReport


@dataclass(frozen=True, slots=True)
class OrderLimit:
    """So many orders in a window of so many seconds; `interval` as exchangeInfo names it."""

    interval: str
    interval_number: int
    seconds: int
    limit: int

    @property
    def header(self) -> str:
        return f"X-MBX-ORDER-COUNT-{self.interval_number}{self.interval[0]}"

    def row(self) -> dict[str, object]:
        """As exchangeInfo tells it."""
        return {
            "rateLimitType": "ORDERS", "interval": self.interval, "intervalNum": self.interval_number,
            "limit": self.limit,
        }  # fmt: skip


ORDER_LIMITS = (OrderLimit("SECOND", 10, 10, 100), OrderLimit("DAY", 1, 86_400, 200_000))


class OrderCounts:
    """One account's orders in each window of real time, as a speed-up of the market gives nobody more orders.

    An order that trades is taken off again: what counts is what lies about unfilled.
    """

    def __init__(self, now_s: Callable[[], float] = monotonic) -> None:
        self._now_s = now_s
        self._windows = dict.fromkeys(ORDER_LIMITS, -1)
        self._counts = dict.fromkeys(ORDER_LIMITS, 0)

    def book(self, orders: int) -> None:
        """Count orders that were accepted."""
        self._roll()
        for limit in ORDER_LIMITS:
            self._counts[limit] += orders

    @contextmanager
    def booked(self, orders: int) -> Iterator[None]:
        """Count orders before they may trade, and not at all where they are refused. Raises ApiError above a limit."""
        self.refuse_above(orders)
        self.book(orders)
        try:
            yield
        except ApiError:
            self._take_off(orders)
            raise

    def refuse_above(self, orders: int) -> None:
        """Raises ApiError where so many more would be too many."""
        self._roll()
        for limit in ORDER_LIMITS:
            if self._counts[limit] + orders > limit.limit:
                span = f"{limit.interval_number} {limit.interval}"
                raise ApiError(-1015, f"Too many new orders; current limit is {limit.limit} orders per {span}.", 429)

    def forgive(self, report: ExecutionReport) -> None:
        """A Listener: an order's first trade takes it off."""
        if report.execution == "TRADE" and len(report.order.trades) == 1:
            self._take_off(1)

    def use_up(self) -> None:
        """Count all that the shortest window allows."""
        self._roll()
        self._counts[ORDER_LIMITS[0]] = ORDER_LIMITS[0].limit

    def headers(self) -> dict[str, str]:
        return {limit.header: str(self._counts[limit]) for limit in ORDER_LIMITS}

    def rows(self) -> list[dict[str, object]]:
        """GET /api/v3/rateLimit/order."""
        self._roll()
        return [{**limit.row(), "count": self._counts[limit]} for limit in ORDER_LIMITS]

    def _take_off(self, orders: int) -> None:
        for limit in ORDER_LIMITS:
            self._counts[limit] = max(0, self._counts[limit] - orders)

    def _roll(self) -> None:
        for limit in ORDER_LIMITS:
            window = int(self._now_s() // limit.seconds)
            if self._windows[limit] != window:
                self._windows[limit], self._counts[limit] = window, 0
