"""The Donchian channel."""

from typing import NamedTuple

from chalicelib.kernel.bar import Bar
from chalicelib.kernel.indicators.windows import (
    Queue,
    highest_step,
    highest_value,
    lowest_step,
    lowest_value,
    queue,
)


class DonchianState(NamedTuple):
    """The highs and the lows that may yet be the highest and the lowest."""

    highs: Queue
    lows: Queue


class Donchian(NamedTuple):
    """The highest high, the lowest low and what is halfway between."""

    upper: float
    middle: float
    lower: float


def donchian_start(period: int) -> DonchianState:
    """Nothing seen. Raises ValueError below 1."""
    return DonchianState(queue(period), queue(period))


def donchian_step(state: DonchianState, bar: Bar) -> DonchianState:
    """Fold one bar."""
    return DonchianState(highest_step(state.highs, bar.high), lowest_step(state.lows, bar.low))


def donchian_value(state: DonchianState) -> Donchian:
    """The channel of the newest `period` bars, this one included (Donchian 1960; TA-Lib's MAX and MIN); NaN before.

    No close ever leaves it: who waits for a breakout compares with the channel of the bar before.
    """
    upper, lower = highest_value(state.highs), lowest_value(state.lows)
    return Donchian(upper, (upper + lower) / 2.0, lower)
