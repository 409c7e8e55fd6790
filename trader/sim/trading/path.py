"""The way of a price through time, as pieces that rise or fall: what resting orders are met by."""

from __future__ import annotations

from collections.abc import Iterator
from decimal import Decimal
from typing import NamedTuple

from chalicelib.domain import MINUTE_MS, Candle
from trader.sim.listing import Listing
from trader.sim.payloads import text
from trader.sim.view import so_far

CORNERS_MS = (0, MINUTE_MS // 3, 2 * MINUTE_MS // 3)
"""When a running candle is at its open and at its two extremes, as `view.so_far` draws it."""


class PathLeg(NamedTuple):
    """A piece of the way, without a turn; both times are the same where the price jumped."""

    start_ms: int
    end_ms: int
    start: Decimal
    end: Decimal

    @property
    def jumps(self) -> bool:
        return self.start_ms == self.end_ms

    def time_at(self, price: Decimal) -> int:
        """When the price was met, in milliseconds."""
        if self.jumps or self.start == self.end:
            return self.end_ms
        return self.start_ms + int((self.end_ms - self.start_ms) * (price - self.start) / (self.end - self.start))

    def since(self, price: Decimal) -> PathLeg:
        """What is left of it from there on."""
        return PathLeg(self.time_at(price), self.end_ms, price, self.end)


def legs(candle: Candle, listing: Listing, after_ms: int, until_ms: int, last: Decimal) -> Iterator[PathLeg]:
    """The way within a candle's minute after a time, where the price was `last`, to another, included."""
    begin_ms, end_ms = max(after_ms, candle.open_ms), min(until_ms, candle.close_ms)
    if begin_ms == candle.open_ms:
        opened = Decimal(text(candle.open))
        if opened != last:
            yield PathLeg(begin_ms, begin_ms, last, opened)
        last = opened
    for turn_ms in (*(candle.open_ms + corner for corner in CORNERS_MS), end_ms):
        if begin_ms < turn_ms <= end_ms:
            price = price_at(candle, turn_ms, listing)
            yield PathLeg(begin_ms, turn_ms, last, price)
            begin_ms, last = turn_ms, price


def whole_leg(candle: Candle, listing: Listing, end_ms: int) -> PathLeg | None:
    """The third of a candle's minute that ends at that time, None where none does."""
    turns = (*(candle.open_ms + corner for corner in CORNERS_MS), candle.close_ms)
    if end_ms not in turns[1:]:
        return None
    start_ms = turns[turns.index(end_ms) - 1]
    return PathLeg(start_ms, end_ms, price_at(candle, start_ms, listing), price_at(candle, end_ms, listing))


def price_at(candle: Candle, time_ms: int, listing: Listing) -> Decimal:
    """The last price at a time within the candle's minute; at its last millisecond the close."""
    if time_ms >= candle.close_ms:
        return Decimal(text(candle.close))
    return Decimal(text(so_far(candle, time_ms - candle.open_ms, listing).close))
