"""What no reference says of windows: markets that stand still, and windows of no use."""

from __future__ import annotations

from collections.abc import Callable
from math import isnan

import pytest

from chalicelib.kernel.indicators import (
    bollinger_value,
    deviation_start,
    deviation_step,
    deviation_value,
    roc_start,
    roc_step,
    roc_value,
    slope_start,
    zscore_value,
)


@pytest.mark.parametrize("before", [[], [0.29, 763.7, 55.29, 2.31, 76.09, 926.51]])
def test_a_market_that_stands_still_has_no_deviation_to_the_bit(before: list[float]) -> None:
    """Whatever the sums still hold of what it was before."""
    state = deviation_start(4)
    for value in [*before, 0.3, 0.3, 0.3, 0.3]:
        state = deviation_step(state, value)
    assert deviation_value(state) == 0.0
    assert isnan(zscore_value(state))
    upper, middle, lower = bollinger_value(state, 2.0)
    assert upper == middle == lower == pytest.approx(0.3, rel=1e-9)


def test_a_change_from_nothing_is_none() -> None:
    state = roc_step(roc_step(roc_start(1), 0.0), 5.0)
    assert isnan(roc_value(state))


@pytest.mark.parametrize(
    ("start", "period", "least"),
    [(slope_start, 1, "two values, not 1"), (roc_start, 0, "one bar, not 0"), (deviation_start, 0, "one value, not 0")],
)
def test_a_window_that_is_too_short_is_refused(start: Callable[[int], object], period: int, least: str) -> None:
    with pytest.raises(ValueError, match=f"at least {least}"):
        start(period)
