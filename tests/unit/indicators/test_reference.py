"""Every indicator gives what TA-Lib gives, or where that has none what its published definition says, to 1e-9."""

from __future__ import annotations

import numpy as np
import pytest

from tests.unit.indicators.agreement import NEAR, disagreement
from tests.unit.indicators.candles import REAL, generated, real
from tests.unit.indicators.cases import CASES
from tests.unit.indicators.running import compiled
from trader.data.candles import CandleColumns

PRICES = (100.0, 0.00217, 97_531.0, 10_000.0)
"""Of the last every price is whole, so that some lie exactly on a level."""


def disagreements(name: str, candles: CandleColumns) -> list[str]:
    case = CASES[name]
    both = zip(compiled(case, candles), case.reference(candles), strict=True)
    return [words for ours, theirs in both if (words := disagreement(ours, np.asarray(theirs, dtype=np.float64)))]


@pytest.mark.parametrize("name", CASES)
def test_it_agrees_on_made_candles(name: str) -> None:
    for seed, price in enumerate(PRICES):
        assert disagreements(name, generated(3_000, seed, price)) == []


@pytest.mark.parametrize("name", CASES)
def test_it_agrees_on_real_candles(name: str) -> None:
    for file in REAL or ["absent.parquet"]:
        for candles in real(file):
            assert disagreements(name, candles) == [], (file, candles.open_ms[0])


@pytest.mark.parametrize("name", CASES)
def test_candles_like_these_tell_indicators_apart(name: str) -> None:
    """Planted: a value half as far from the reference again, and one that is known a bar late."""
    for column in compiled(CASES[name], generated(3_000, 0)):
        known = ~np.isnan(column)
        assert known.any()
        assert not np.all(column[known] == column[-1])
        moved, late = column.copy(), column.copy()
        moved[-1] += 1.5 * NEAR * max(abs(moved[-1]), float(np.mean(np.abs(column[known]))))
        late[np.argmax(known)] = np.nan
        assert disagreement(column, column) == ""
        assert disagreement(moved, column).startswith("row 2999: ")
        assert disagreement(late, column).startswith(f"row {np.argmax(known)}: nan")
