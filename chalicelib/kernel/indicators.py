"""RSI, EMA, ATR and Bollinger bands, one bar at a time, constant work per bar.

Of each: a state, where it starts, a step, a value. Numbers never change under their name: an indicator that is mended
gets a new one.
"""

from math import nan, sqrt
from typing import NamedTuple

from chalicelib.kernel.bar import Bar


class RsiState(NamedTuple):
    """Changes seen so far, the last close, and the two averages (sums until `period` changes were seen)."""

    changes: int
    close: float
    gain: float
    loss: float


class EmaState(NamedTuple):
    """Closes seen so far and the average (their sum until `period` closes were seen)."""

    closes: int
    value: float


class AtrState(NamedTuple):
    """True ranges seen so far, the last close, and the average (their sum until `period` were seen)."""

    ranges: int
    close: float
    value: float


RSI_START = RsiState(changes=0, close=nan, gain=0.0, loss=0.0)
EMA_START = EmaState(closes=0, value=0.0)
ATR_START = AtrState(ranges=0, close=nan, value=0.0)


def rsi_step(state: RsiState, close: float, period: int) -> RsiState:
    """Fold one close. Wilder's averages, seeded by the mean of the first `period` changes (Wilder 1978; TA-Lib)."""
    if state.close != state.close:  # the first close has no change
        return RsiState(0, close, 0.0, 0.0)
    change = close - state.close
    up = change if change > 0.0 else 0.0
    down = -change if change < 0.0 else 0.0
    changes = state.changes + 1
    if changes < period:
        return RsiState(changes, close, state.gain + up, state.loss + down)
    if changes == period:
        return RsiState(changes, close, (state.gain + up) / period, (state.loss + down) / period)
    gain = (state.gain * (period - 1) + up) / period
    loss = (state.loss * (period - 1) + down) / period
    return RsiState(changes, close, gain, loss)


def rsi_value(state: RsiState, period: int) -> float:
    """RSI in 0..100; NaN before `period` changes, 50 where both averages are 0 (a flat market)."""
    if state.changes < period:
        return nan
    both = state.gain + state.loss
    if both == 0.0:
        return 50.0
    return 100.0 * (state.gain / both)


def ema_step(state: EmaState, close: float, period: int) -> EmaState:
    """Fold one close. alpha = 2 / (period + 1), seeded by the SMA of the first `period` closes (as TA-Lib)."""
    closes = state.closes + 1
    if closes < period:
        return EmaState(closes, state.value + close)
    if closes == period:
        return EmaState(closes, (state.value + close) / period)
    return EmaState(closes, state.value + (close - state.value) * (2.0 / (period + 1)))


def ema_value(state: EmaState, period: int) -> float:
    """The average; NaN before `period` closes.

    >>> ema_value(ema_step(ema_step(EmaState(0, 0.0), 1.0, 2), 3.0, 2), 2)
    2.0
    """
    return state.value if state.closes >= period else nan


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


def bands(window: tuple[float, ...], width: float) -> tuple[float, float, float]:
    """Bollinger (upper, middle, lower): SMA and population standard deviation of the window, NaN while it has gaps.

    `width` is in standard deviations. Both passes run over the window anew, so no rounding error accumulates however
    long the market.
    """
    total = 0.0
    for close in window:
        total += close
    middle = total / len(window)
    squares = 0.0
    for close in window:
        squares += (close - middle) * (close - middle)
    reach = width * sqrt(squares / len(window))  # a sum of squares: never negative
    return middle + reach, middle, middle - reach
