"""The simple moving average."""

from math import nan
from typing import NamedTuple

from chalicelib.kernel.indicators.windows import Ring, ring, ring_step


class SmaState(NamedTuple):
    """The newest values and their sum, NaN before the ring is full; the sum of those since its first place came up."""

    window: Ring
    total: float
    begun: float


def sma_start(period: int) -> SmaState:
    """Nothing seen. Raises ValueError below 1."""
    return SmaState(ring(period), nan, 0.0)


def sma_step(state: SmaState, value: float) -> SmaState:
    """Fold one value: it comes into the sum, the oldest goes. The mean of the first `period` is the first (TA-Lib).

    What rounding leaves in the sum lasts one round of the ring: then the sum that began with the round takes its place.
    """
    oldest = state.window.values[state.window.at]
    window = ring_step(state.window, value)
    begun = state.begun + value
    is_round = window.at == 0
    return SmaState(window, begun if is_round else state.total - oldest + value, 0.0 if is_round else begun)


def sma_value(state: SmaState) -> float:
    """The average; NaN before `period` values.

    >>> sma_value(sma_step(sma_step(sma_step(sma_start(2), 1.0), 2.0), 4.0))
    3.0
    """
    return state.total / len(state.window.values)
