"""The figures of a backtest, worked out by hand."""

from __future__ import annotations

from math import isnan, sqrt

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from chalicelib.kernel.lots import ANY
from tests.kernel_cases import RULE
from trader.backtest.data import Data
from trader.backtest.market import prepared
from trader.backtest.metrics import (
    DEFINITIONS,
    buy_and_hold_return,
    curve_figures,
    daily_returns,
    exposure,
    metrics_of,
    sharpe,
    sortino,
    trade_figures,
    without_short_rates,
)
from trader.backtest.result import BacktestResult
from trader.backtest.statistics import curve_of
from trader.data.candles import Gaps

MINUTE_MS, HOUR_MS, DAY_MS = 60_000, 3_600_000, 86_400_000


def amounts(*profits: float) -> np.ndarray[tuple[int, ...], np.dtype[np.float64]]:
    rows = np.zeros((len(profits), 7))
    rows[:, 5] = profits
    return rows


def test_sharpe_and_sortino_of_three_days() -> None:
    returns = np.array([0.01, -0.02, 0.03])
    mean, spread = 0.02 / 3, sqrt(((0.01 - 0.02 / 3) ** 2 + (0.02 + 0.02 / 3) ** 2 + (0.03 - 0.02 / 3) ** 2) / 2)
    assert sharpe(returns) == pytest.approx(mean / spread * sqrt(365))
    assert sortino(returns) == pytest.approx(mean / sqrt(0.02**2 / 3) * sqrt(365))


@pytest.mark.parametrize("returns", [[], [0.01], [0.01, 0.01]])
def test_ratios_that_have_no_spread_are_undefined(returns: list[float]) -> None:
    assert isnan(sharpe(np.array(returns)))
    assert isnan(sortino(np.array(returns)))


def test_profits_of_trades() -> None:
    found = trade_figures(amounts(30.0, -10.0, -5.0, 0.0))
    assert found == {"trades": 4, "win_rate": 0.25, "profit_factor": 2.0, "expectancy": 3.75}
    assert trade_figures(amounts()) == {"trades": 0, "win_rate": 0.0, "profit_factor": None, "expectancy": None}
    assert trade_figures(amounts(1.0))["profit_factor"] is None


def test_exposure_counts_minutes_at_whose_close_something_is_held() -> None:
    times = np.arange(10, dtype=np.int64) * MINUTE_MS
    trades = [[0, 1, 3, 1], [1, 2, 5, 1], [0, 7, 7, 1]]  # minutes 1-2, 2-4, and one that ends in its entry bar
    words = np.array([[symbol, entry * MINUTE_MS, end * MINUTE_MS, why] for symbol, entry, end, why in trades])
    assert exposure(times, words) == 0.4


def test_buy_and_hold_is_the_mean_over_the_symbols() -> None:
    times = np.arange(3, dtype=np.int64) * MINUTE_MS
    close = np.array([[10.0, 11.0, 12.0], [np.nan, 100.0, 90.0]])
    data = Data(("A", "B"), prepared(times, [close] * 5), (Gaps(0, 0), Gaps(0, 0)), (ANY, ANY))
    assert buy_and_hold_return(data) == pytest.approx((0.2 - 0.1) / 2)


def test_a_curve_over_three_days() -> None:
    times = np.array([0, 1, 1_440, 1_441, 2_880], dtype=np.int64) * MINUTE_MS
    equity = np.array([100.0, 110.0, 121.0, 99.0, 108.9])
    deepest, days = curve_of(100.0, times, equity)
    assert deepest == pytest.approx((121.0 - 99.0) / 121.0)
    assert days.tolist() == [110.0, 99.0, 108.9]
    found = curve_figures(100.0, times, deepest, days, MINUTE_MS)
    assert found["total_return"] == pytest.approx(0.089)
    assert found["sharpe"] == pytest.approx(sharpe(np.array([0.1, -0.1, 0.1])))


def test_daily_returns_begin_with_the_cash() -> None:
    days = np.array([0, DAY_MS], dtype=np.int64)
    assert daily_returns(100.0, days, np.array([110.0, 99.0])).tolist() == pytest.approx([0.1, -0.1])


def test_a_week_of_a_stock_has_the_same_ratios_however_long_its_bars_are() -> None:
    """Thursday, Friday and Monday: +10 %, -10 %, +10 %, and two days without a bar."""
    marks = np.array([110.0, 99.0, 108.9])
    ends = np.array([0, 1, 4], dtype=np.int64) * DAY_MS
    in_days = curve_figures(100.0, ends, 0.1, marks, DAY_MS)
    assert in_days["sharpe"] == pytest.approx(0.02 / (0.03 - 0.002) ** 0.5 * 2.0 * 365**0.5)
    assert in_days["sortino"] == pytest.approx(0.02 / 0.002**0.5 * 365**0.5)
    assert in_days["volatility"] == pytest.approx((0.028 / 4 * 365) ** 0.5)
    assert in_days["cagr"] == pytest.approx(1.089 ** (365 / 5) - 1.0)
    hours = (ends[:, None] + np.arange(24) * HOUR_MS).ravel()
    in_hours = curve_figures(100.0, hours, 0.1, marks, HOUR_MS)
    assert in_hours == pytest.approx(in_days)


def test_a_span_is_as_long_as_its_bars() -> None:
    times = np.arange(30, dtype=np.int64) * DAY_MS
    assert without_short_rates({"cagr": 0.5}, times, DAY_MS) == {"cagr": 0.5}
    assert without_short_rates({"cagr": 0.5}, times, HOUR_MS) == {"cagr": None}


@given(st.lists(st.floats(1.0, 1e6), min_size=1, max_size=60), st.integers(0, 2_000))
def test_the_largest_drawdown_is_that_of_all_pairs(marks: list[float], first: int) -> None:
    times = (np.arange(len(marks), dtype=np.int64) * 97 + first) * MINUTE_MS
    deepest, days = curve_of(marks[0], times, np.array(marks))
    falls = [(high - low) / high for at, high in enumerate(marks) for low in marks[at:]]
    assert deepest == pytest.approx(max(falls))
    assert len(days) == len(np.unique(times // DAY_MS))
    assert days[-1] == marks[-1]


def test_every_figure_has_a_definition_and_the_other_way_round() -> None:
    times = np.arange(3, dtype=np.int64) * MINUTE_MS
    data = Data(("A",), prepared(times, [np.full((1, 3), 5.0)] * 5), (Gaps(0, 0),), (ANY,))
    nothing = np.empty((0, 5), dtype=np.int64), np.empty((0, 7))
    result = BacktestResult(RULE, ("A",), 100.0, times, np.full(3, 100.0), nothing[0], np.empty((0, 3)), *nothing)
    found = metrics_of(data, result, 0.5)
    assert set(found) == set(DEFINITIONS)
    assert (found["trades"], found["max_drawdown"], found["sharpe"], found["exposure"]) == (0, 0.0, None, 0.0)
