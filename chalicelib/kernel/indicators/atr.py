"""The average true range."""

from math import nan
from typing import NamedTuple

from chalicelib.kernel.bar import Bar


class AtrState(NamedTuple):
    """True ranges seen so far, the last close, and the average (their sum until `period` were seen)."""

    ranges: int
    close: float
    value: float


ATR_START = AtrState(ranges=0, close=nan, value=0.0)


def atr_step(state: AtrState, bar: Bar, period: int) -> AtrState:
    """Fold one bar. Wilder's average true range, seeded by the mean of the first `period` (Wilder 1978; TA-Lib).

    The first bar has no true range: the close before it is not known.
    """
    if state.close != state.close:
        return AtrState(0, bar.close, 0.0)
    true_range = max(bar.high, state.close) - min(bar.low, state.close)
    ranges = state.ranges + 1
    if ranges < period:
        return AtrState(ranges, bar.close, state.value + true_range)
    if ranges == period:
        return AtrState(ranges, bar.close, (state.value + true_range) / period)
    return AtrState(ranges, bar.close, (state.value * (period - 1) + true_range) / period)


def atr_value(state: AtrState, period: int) -> float:
    """The average true range, in the price's currency; NaN before `period` true ranges."""
    return state.value if state.ranges >= period else nan
