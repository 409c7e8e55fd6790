"""The straight line through the newest values."""

from math import nan
from typing import NamedTuple

from chalicelib.kernel.indicators.windows import Ring, ring, ring_step


class SlopeState(NamedTuple):
    """The newest values, the sum of their distances from `base`, and of each times the number of those before it.

    The sums are NaN before the ring is full. Those with `begun` are of the values since its first place came up.
    """

    window: Ring
    base: float
    total: float
    weighted: float
    begun_base: float
    begun_total: float
    begun_weighted: float


def slope_start(period: int) -> SlopeState:
    """Nothing seen. Raises ValueError below 2: a line has two points."""
    if period < 2:
        raise ValueError(f"a line goes through at least two values, not {period}")
    return SlopeState(ring(period), nan, nan, nan, 0.0, 0.0, 0.0)


def slope_step(state: SlopeState, value: float) -> SlopeState:
    """Fold one value. Distances are taken from a value of the window, and summed anew with every round of the ring."""
    place = state.window.at
    oldest = state.window.values[place]
    begun_base = value if place == 0 else state.begun_base
    begun = value - begun_base
    begun_total, begun_weighted = state.begun_total + begun, state.begun_weighted + begun * place
    window = ring_step(state.window, value)
    if window.at == 0:
        return SlopeState(window, begun_base, begun_total, begun_weighted, 0.0, 0.0, 0.0)
    come, gone = value - state.base, oldest - state.base
    weighted = state.weighted - (state.total - gone) + come * (len(window.values) - 1)
    total = state.total - gone + come
    return SlopeState(window, state.base, total, weighted, begun_base, begun_total, begun_weighted)


def slope_value(state: SlopeState) -> float:
    """How much the line of least squares rises a bar (TA-Lib's LINEARREG_SLOPE); NaN before `period` values."""
    period = len(state.window.values)
    middle, spread = (period - 1) / 2.0, period * (period * period - 1.0) / 12.0
    return (state.weighted - middle * state.total) / spread
