"""Rules of how much there may be: open orders, parts of an iceberg, amends, a position, a trailing distance."""

from __future__ import annotations

from decimal import Decimal
from typing import NamedTuple

from chalicelib.filters.amounts import plain, plus, product
from chalicelib.filters.proposed import OpenOrderCounts, ProposedOrder, Surroundings


class OpenOrdersRule(NamedTuple):
    """MAX_NUM_ORDERS and its kind: how many orders of a sort may be open, this one included."""

    kind: str
    most: int
    sort: str
    """Which of OpenOrderCounts."""
    everywhere: bool

    def complaint(self, order: ProposedOrder, around: Surroundings) -> str:
        counts = {"orders": order.rests, "algo": order.is_algo, "iceberg": bool(order.iceberg)}
        return self.full(around) if counts.get(self.sort, False) else ""

    def full(self, around: Surroundings) -> str:
        """In words that there is no room for one more, empty where there is."""
        there: OpenOrderCounts = around.anywhere if self.everywhere else around.here
        found: int = getattr(there, self.sort)
        return f"{found} are open, {self.most} may be" if found >= self.most else ""


class AmendsRule(NamedTuple):
    """MAX_NUM_ORDER_AMENDS: how often one order may be amended; nothing to a new one."""

    kind: str
    most: int

    def complaint(self, order: ProposedOrder, around: Surroundings) -> str:
        return ""


class PartsRule(NamedTuple):
    """ICEBERG_PARTS: in how many parts an iceberg order may show itself."""

    kind: str
    most: int

    def complaint(self, order: ProposedOrder, around: Surroundings) -> str:
        if not order.iceberg or order.quantity <= product(order.iceberg, Decimal(self.most)):
            return ""
        return f"{plain(order.quantity)} shown by {plain(order.iceberg)} is in more than {self.most} parts"


class PositionRule(NamedTuple):
    """MAX_POSITION: what is held and bidden for, with a new bid."""

    kind: str
    most: Decimal

    def complaint(self, order: ProposedOrder, around: Surroundings) -> str:
        if not order.is_buy:
            return ""
        position = plus(plus(around.holding, around.bidden), order.quantity)
        return f"a position of {plain(position)} is above {plain(self.most)}" if position > self.most else ""


class TrailingRange(NamedTuple):
    """In units of 0.01 %, both ends included."""

    least: int
    most: int


class TrailingRule(NamedTuple):
    """TRAILING_DELTA: of orders that trail upwards to trigger above (bought stops, sold targets), and of the others."""

    kind: str
    above: TrailingRange
    below: TrailingRange

    def complaint(self, order: ProposedOrder, around: Surroundings) -> str:
        if not order.trailing_delta:
            return ""
        is_stop = order.kind in ("STOP_LOSS", "STOP_LOSS_LIMIT")
        least, most = self.above if is_stop is order.is_buy else self.below
        fits = least <= order.trailing_delta <= most
        return "" if fits else f"a trailing delta of {order.trailing_delta} is not from {least} to {most}"
