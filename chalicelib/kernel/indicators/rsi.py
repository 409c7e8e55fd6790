"""The relative strength index."""

from math import nan
from typing import NamedTuple


class RsiState(NamedTuple):
    """Changes seen so far, the last close, and the two averages (sums until `period` changes were seen)."""

    changes: int
    close: float
    gain: float
    loss: float


RSI_START = RsiState(changes=0, close=nan, gain=0.0, loss=0.0)


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
