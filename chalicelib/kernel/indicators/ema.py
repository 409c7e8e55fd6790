"""The exponential moving average."""

from math import nan
from typing import NamedTuple


class EmaState(NamedTuple):
    """Closes seen so far and the average (their sum until `period` closes were seen)."""

    closes: int
    value: float


EMA_START = EmaState(closes=0, value=0.0)


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
