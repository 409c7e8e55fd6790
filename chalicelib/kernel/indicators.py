"""RSI, EMA and Bollinger bands, one close at a time, constant work per close.

To add an indicator: its state, its step, a field in `Indicators` and in `Snapshot`, a line in `observe`. Nothing else
needs to change; stores and records follow the fields.
"""

from math import nan, sqrt
from typing import NamedTuple

EMA_FAST_PERIOD = 50
EMA_SLOW_PERIOD = 200
BAND_PERIOD = 20
BAND_WIDTH = 2.0


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


class Indicators(NamedTuple):
    rsi: RsiState
    ema_fast: EmaState
    ema_slow: EmaState
    window: tuple[float, ...]
    """The last 20 closes, oldest first, NaN where there were none yet."""


class Snapshot(NamedTuple):
    """Indicator values after a close; NaN while undefined."""

    rsi: float
    ema_50: float
    ema_200: float
    bb_upper: float
    bb_middle: float
    bb_lower: float


UNDEFINED = Snapshot(nan, nan, nan, nan, nan, nan)
FRESH = Indicators(
    rsi=RsiState(changes=0, close=nan, gain=0.0, loss=0.0),
    ema_fast=EmaState(closes=0, value=0.0),
    ema_slow=EmaState(closes=0, value=0.0),
    window=(nan,) * BAND_PERIOD,
)


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


def bands(window: tuple[float, ...]) -> tuple[float, float, float]:
    """Bollinger (upper, middle, lower): SMA and population standard deviation of the window, NaN while it has gaps.

    Both passes run over the window anew, so no rounding error accumulates however long the market.
    """
    total = 0.0
    for close in window:
        total += close
    middle = total / BAND_PERIOD
    squares = 0.0
    for close in window:
        squares += (close - middle) * (close - middle)
    width = BAND_WIDTH * sqrt(squares / BAND_PERIOD)  # a sum of squares: never negative
    return middle + width, middle, middle - width


def observe(state: Indicators, close: float, rsi_period: int) -> tuple[Indicators, Snapshot]:
    """Fold one close into every indicator and read them all."""
    rsi = rsi_step(state.rsi, close, rsi_period)
    ema_fast = ema_step(state.ema_fast, close, EMA_FAST_PERIOD)
    ema_slow = ema_step(state.ema_slow, close, EMA_SLOW_PERIOD)
    window = (*state.window[1:], close)
    upper, middle, lower = bands(window)
    snapshot = Snapshot(
        rsi_value(rsi, rsi_period),
        ema_value(ema_fast, EMA_FAST_PERIOD),
        ema_value(ema_slow, EMA_SLOW_PERIOD),
        upper,
        middle,
        lower,
    )
    return Indicators(rsi, ema_fast, ema_slow, window), snapshot
