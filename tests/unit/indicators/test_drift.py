"""No indicator wears off: after millions of bars it is what the newest of them alone make it."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
import pytest
import talib

from chalicelib.kernel.bar import Bar
from tests.support.effort import repeats
from tests.unit.indicators.agreement import disagreement
from tests.unit.indicators.candles import falling, last
from tests.unit.indicators.case import Case
from tests.unit.indicators.cases import CASES
from tests.unit.indicators.running import compiled

BARS = repeats(300_000, 5_000_000)
COMPARED = 100
"""Values at the end."""


def worn(case: Case, bars: int) -> list[str]:
    """How the last values differ from those of somebody who saw the newest bars alone."""
    candles, found = falling(bars, 3), []
    newest = last(candles, case.memory + COMPARED if case.memory else 0)
    for ours, theirs in zip(compiled(case, candles), case.reference(newest), strict=True):
        end = np.asarray(theirs, dtype=np.float64)[-COMPARED:]
        assert not np.isnan(end).any()
        found.append(disagreement(ours[-COMPARED:], end))
    return [words for words in found if words]


@pytest.mark.parametrize("name", CASES)
def test_it_is_as_exact_after_millions_of_bars(name: str) -> None:
    assert worn(CASES[name], BARS) == []


class Pair(NamedTuple):
    """A sum of two closes by what comes and goes, and those two."""

    total: float
    newer: float
    older: float


def running_sum(state: Pair, bar: Bar) -> tuple[Pair, tuple[float, ...]]:
    total = state.total + bar.close - state.older
    return Pair(total, bar.close, state.newer), (total / 2.0,)


def test_a_sum_that_closes_are_added_to_and_taken_from_would_be_noticed() -> None:
    """Planted: what rounding left of the great prices stays in it."""
    case = Case(lambda: Pair(0.0, 0.0, 0.0), running_sum, lambda candles: [talib.SMA(candles.close, 2)], memory=2)
    assert worn(case, BARS)
