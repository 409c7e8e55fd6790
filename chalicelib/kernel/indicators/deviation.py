"""Mean and standard deviation over a window: by themselves, as Bollinger bands and as a z-score."""

from math import nan, sqrt
from typing import NamedTuple

from chalicelib.kernel.indicators.windows import Ring, ring, ring_step, ring_value


class DeviationState(NamedTuple):
    """The newest values, how many of the last were the same, sums of their distances from `base` and of the squares.

    The sums are NaN before the ring is full. Those with `begun` are of the values since its first place came up.
    """

    window: Ring
    same: int
    base: float
    total: float
    squares: float
    begun_base: float
    begun_total: float
    begun_squares: float


class Bollinger(NamedTuple):
    """The mean, and so many standard deviations above and below it."""

    upper: float
    middle: float
    lower: float


def deviation_start(period: int) -> DeviationState:
    """Nothing seen. Raises ValueError below 1."""
    return DeviationState(ring(period), 0, nan, nan, nan, 0.0, 0.0, 0.0)


def deviation_step(state: DeviationState, value: float) -> DeviationState:
    """Fold one value. Distances are taken from a value of the window, so that a high price takes no digits from them.

    With every round of the ring they are taken from another one, and summed anew, so that no rounding lasts.
    """
    oldest = state.window.values[state.window.at]
    same = state.same + 1 if value == ring_value(state.window, 0) else 1
    begun_base = value if state.window.at == 0 else state.begun_base
    begun = value - begun_base
    begun_total, begun_squares = state.begun_total + begun, state.begun_squares + begun * begun
    window = ring_step(state.window, value)
    if window.at == 0:
        return DeviationState(window, same, begun_base, begun_total, begun_squares, 0.0, 0.0, 0.0)
    come, gone = value - state.base, oldest - state.base
    total, squares = state.total + come - gone, state.squares + come * come - gone * gone
    return DeviationState(window, same, state.base, total, squares, begun_base, begun_total, begun_squares)


def deviation_value(state: DeviationState) -> float:
    """The population's standard deviation (TA-Lib's STDDEV); NaN before `period` values.

    0 to the bit where all values are the same.
    """
    period = len(state.window.values)
    if state.same >= period:
        return 0.0
    variance = (state.squares - state.total * state.total / period) / period
    return sqrt(variance) if variance > 0.0 else variance * 0.0  # of rounding below 0; NaN stays NaN


def bollinger_value(state: DeviationState, width: float) -> Bollinger:
    """The bands (Bollinger 2001; TA-Lib's BBANDS over an SMA), `width` in standard deviations."""
    middle, reach = mean_value(state), width * deviation_value(state)
    return Bollinger(middle + reach, middle, middle - reach)


def zscore_value(state: DeviationState) -> float:
    """How many standard deviations the newest value lies above the mean; NaN where there is no deviation."""
    deviation = deviation_value(state)
    return (ring_value(state.window, 0) - mean_value(state)) / deviation if deviation > 0.0 else nan


def mean_value(state: DeviationState) -> float:
    """The mean of the window; NaN before `period` values."""
    return state.base + state.total / len(state.window.values)
