"""The rate of change."""

from math import nan

from chalicelib.kernel.indicators.windows import Ring, ring, ring_step, ring_value


def roc_start(period: int) -> Ring:
    """Nothing seen. Raises ValueError below 1."""
    if period < 1:
        raise ValueError(f"a change is over at least one bar, not {period}")
    return ring(period + 1)


def roc_step(state: Ring, value: float) -> Ring:
    """Fold one value."""
    return ring_step(state, value)


def roc_value(state: Ring) -> float:
    """The change since `period` values ago in per cent (TA-Lib's ROC); NaN before, and where that value was 0."""
    before = state.values[state.at]
    return (ring_value(state, 0) / before - 1.0) * 100.0 if before != 0.0 else nan
