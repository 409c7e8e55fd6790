"""The open orders of one symbol, and how far they have been met by the market's way."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass, field
from decimal import Decimal

from chalicelib.domain import Candle
from trader.sim.tape import MarketPath
from trader.sim.trading.account import SpotAccount
from trader.sim.trading.order import SpotOrder
from trader.sim.trading.path import PathLeg
from trader.sim.trading.trailing import trail


@dataclass(slots=True)
class Book:
    """What rests on one symbol. `reached_ms` and `last` are where its way has been followed to."""

    tape: MarketPath
    reached_ms: int
    last: Decimal
    resting: dict[int, tuple[SpotAccount, SpotOrder]] = field(default_factory=dict)

    @property
    def tick(self) -> Decimal:
        """The step of its prices."""
        return Decimal(1).scaleb(-self.tape.listing.price_decimals)

    def is_left_alone_by(self, candle: Candle) -> bool:
        """Whether nothing that rests lies within the candle or between it and the last price."""
        low, high = min(Decimal(candle.low), self.last), max(Decimal(candle.high), self.last)
        return all(
            not order.request.trailing_delta and (order.level > high if order.waits_above else order.level < low)
            for _, order in self.resting.values()
        )

    def first_met(self, leg: PathLeg, met: Collection[int]) -> tuple[SpotAccount, SpotOrder, Decimal] | None:
        """The order that a leg comes to first, and at which price; the oldest of those at one, none met already."""
        found: tuple[Decimal, int, Decimal] | None = None
        for order_id, (_, order) in self.resting.items():
            if order_id not in met and (order.is_met_by(leg.start) or order.is_met_by(leg.end)):
                price = _price_met(order, leg)
                way = (abs(price - leg.start), order_id, price)
                found = way if found is None else min(found, way)
        return None if found is None else (*self.resting[found[1]], found[2])

    def trail(self, price: Decimal) -> None:
        """Move every stop that follows the market after this price."""
        for _, order in self.resting.values():
            if order.request.trailing_delta and not order.is_working:
                trail(order, price, self.tick)


def _price_met(order: SpotOrder, leg: PathLeg) -> Decimal:
    """Where on the leg the order is met: beyond its level where the price jumped."""
    if order.is_met_by(leg.start):
        return leg.start
    return leg.end if leg.jumps else order.level
