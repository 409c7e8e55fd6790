"""Keltner channels: an average, and some average true ranges above and below it."""

from typing import NamedTuple

from chalicelib.kernel.bar import Bar
from chalicelib.kernel.indicators.atr import ATR_START, AtrState, atr_step, atr_value
from chalicelib.kernel.indicators.ema import EMA_START, EmaState, ema_step, ema_value


class KeltnerState(NamedTuple):
    """The average of closes, and the average true range."""

    middle: EmaState
    atr: AtrState


class Keltner(NamedTuple):
    """Prices."""

    upper: float
    middle: float
    lower: float


KELTNER_START = KeltnerState(middle=EMA_START, atr=ATR_START)


def keltner_step(state: KeltnerState, bar: Bar, period: int, atr_period: int) -> KeltnerState:
    """Fold one bar: EMA of closes and Wilder's ATR, seeded as those (Keltner 1960 in Raschke's form of the 1980s).

    TA-Lib's KC averages the typical price instead of the close.
    """
    return KeltnerState(ema_step(state.middle, bar.close, period), atr_step(state.atr, bar, atr_period))


def keltner_value(state: KeltnerState, period: int, atr_period: int, width: float) -> Keltner:
    """The channel, `width` in average true ranges; the middle NaN before its average is known, the rest before both."""
    reach = width * atr_value(state.atr, atr_period)
    middle = ema_value(state.middle, period)
    return Keltner(middle + reach, middle, middle - reach)
