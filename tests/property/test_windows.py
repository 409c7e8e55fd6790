"""Windows against what they stand for: the newest values, looked through anew at every one."""

from __future__ import annotations

from math import isnan

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chalicelib.kernel.indicators import (
    highest_step,
    highest_value,
    lowest_step,
    lowest_value,
    queue,
    ring,
    ring_step,
    ring_value,
)

VALUES = st.lists(st.one_of(st.integers(-3, 3).map(float), st.floats(-1e6, 1e6)), max_size=60)
"""Many ties among them."""


@given(values=VALUES, period=st.integers(1, 12))
def test_a_queue_knows_the_highest_and_the_lowest(values: list[float], period: int) -> None:
    highs, lows = queue(period), queue(period)
    for count, value in enumerate(values, 1):
        highs, lows = highest_step(highs, value), lowest_step(lows, value)
        if count < period:
            assert isnan(highest_value(highs))
            assert isnan(lowest_value(lows))
        else:
            assert highest_value(highs) == max(values[count - period : count])
            assert lowest_value(lows) == min(values[count - period : count])


@given(values=VALUES, length=st.integers(1, 12), steps_ago=st.integers(-2, 15))
def test_a_ring_knows_every_value_that_it_is_long_enough_for(values: list[float], length: int, steps_ago: int) -> None:
    window = ring(length)
    for count, value in enumerate(values, 1):
        window = ring_step(window, value)
        if 0 <= steps_ago < min(length, count):
            assert ring_value(window, steps_ago) == values[count - 1 - steps_ago]
        else:
            assert isnan(ring_value(window, steps_ago))


@given(values=VALUES, length=st.integers(1, 12))
def test_a_window_never_grows(values: list[float], length: int) -> None:
    window, highs = ring(length), queue(length)
    for value in values:
        window, highs = ring_step(window, value), highest_step(highs, value)
    assert (len(window.values), len(highs.values)) == (length, 2 * length)


@pytest.mark.parametrize("made", [ring, queue])
def test_a_window_of_nothing_is_refused(made: object) -> None:
    with pytest.raises(ValueError, match="at least one value, not 0"):
        made(0)  # type: ignore[operator]
