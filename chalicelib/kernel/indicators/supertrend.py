"""Supertrend: a level that follows the price at some average true ranges and changes sides where a close crosses it."""

from math import nan
from typing import NamedTuple

from chalicelib.kernel.bar import Bar
from chalicelib.kernel.indicators.atr import ATR_START, AtrState, atr_step, atr_value

RISING = 1.0
FALLING = -1.0


class SupertrendState(NamedTuple):
    """The average true range, the last close, both levels (NaN before the first), and which way the trend goes."""

    atr: AtrState
    close: float
    upper: float
    lower: float
    trend: float


class Supertrend(NamedTuple):
    """The level, below the price of a rising trend and above that of a falling one, and the trend: 1.0 or -1.0."""

    level: float
    trend: float


SUPERTREND_START = SupertrendState(atr=ATR_START, close=nan, upper=nan, lower=nan, trend=RISING)


def supertrend_step(state: SupertrendState, bar: Bar, period: int, width: float) -> SupertrendState:
    """Fold one bar, `width` in average true ranges (Seban 2009; TA-Lib SUPERTREND). The first trend rises, as there.

    A level moves towards the price alone, until a close has crossed it.
    """
    atr = atr_step(state.atr, bar, period)
    reach = width * atr_value(atr, period)
    if reach != reach:
        return SupertrendState(atr, bar.close, nan, nan, state.trend)
    middle = (bar.high + bar.low) / 2.0
    upper, lower = middle + reach, middle - reach
    if upper >= state.upper >= state.close:
        upper = state.upper
    if lower <= state.lower <= state.close:
        lower = state.lower
    trend = state.trend
    if trend == RISING and bar.close < lower:
        trend = FALLING
    elif trend == FALLING and bar.close > upper:
        trend = RISING
    return SupertrendState(atr, bar.close, upper, lower, trend)


def supertrend_value(state: SupertrendState) -> Supertrend:
    """Level and trend; NaN before `period` true ranges."""
    if state.upper != state.upper:
        return Supertrend(nan, nan)
    return Supertrend(state.lower if state.trend == RISING else state.upper, state.trend)
