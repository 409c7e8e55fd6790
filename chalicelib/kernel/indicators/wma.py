"""The linearly weighted moving average."""

from math import nan
from typing import NamedTuple

from chalicelib.kernel.indicators.windows import Ring, ring, ring_step


class WmaState(NamedTuple):
    """The newest values, their sum, and the sum of each times its place, the oldest once; NaN before the ring is full.

    Then both sums of those since the first place of the ring came up.
    """

    window: Ring
    total: float
    weighted: float
    begun: float
    begun_weighted: float


def wma_start(period: int) -> WmaState:
    """Nothing seen. Raises ValueError below 1."""
    return WmaState(ring(period), nan, nan, 0.0, 0.0)


def wma_step(state: WmaState, value: float) -> WmaState:
    """Fold one value: every other one weighs one less. The first average is that of the first `period` (TA-Lib).

    The sums are made anew with every round of the ring, so that no rounding lasts.
    """
    period, place = len(state.window.values), state.window.at
    oldest = state.window.values[place]
    window = ring_step(state.window, value)
    begun, begun_weighted = state.begun + value, state.begun_weighted + value * (place + 1)
    is_round = window.at == 0
    return WmaState(
        window,
        begun if is_round else state.total - oldest + value,
        begun_weighted if is_round else state.weighted - state.total + value * period,
        0.0 if is_round else begun,
        0.0 if is_round else begun_weighted,
    )


def wma_value(state: WmaState) -> float:
    """The average, of which the newest value has `period` parts and the oldest one; NaN before `period` values.

    >>> wma_value(wma_step(wma_step(wma_start(2), 1.0), 4.0))
    3.0
    """
    period = len(state.window.values)
    return state.weighted / (period * (period + 1) / 2.0)
