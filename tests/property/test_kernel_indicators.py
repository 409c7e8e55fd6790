"""Indicators stay where they belong, whatever the prices."""

from __future__ import annotations

from math import fsum, isnan, sqrt

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from chalicelib.kernel.bar import Bar
from chalicelib.kernel.indicators import ATR_START, atr_step, atr_value
from chalicelib.strategies.rsi_sentiment import BAND_PERIOD, Settings, Values, observe, start
from tests.support.effort import examples

CLOSES = st.lists(st.floats(1e-8, 1e8), min_size=1, max_size=260)
ROUNDING = 1e-12


def values_of(closes: list[float], rsi_period: int = 14) -> list[Values]:
    given = Settings(rsi_period)
    state = start(given)
    seen = []
    for close in closes:
        state, values = observe(state, Bar(0, close, close, close, close, 1.0), given)
        seen.append(values)
    return seen


@given(closes=CLOSES, rsi_period=st.integers(1, 30))
@settings(max_examples=examples(100))
def test_rsi_lies_between_0_and_100_from_its_period_on(closes: list[float], rsi_period: int) -> None:
    for row, values in enumerate(values_of(closes, rsi_period)):
        assert isnan(values.rsi) if row < rsi_period else 0.0 <= values.rsi <= 100.0


@given(closes=CLOSES)
@settings(max_examples=examples(100))
def test_averages_lie_between_the_lowest_and_the_highest_close(closes: list[float]) -> None:
    for row, values in enumerate(values_of(closes)):
        low, high = min(closes[: row + 1]) * (1.0 - ROUNDING), max(closes[: row + 1]) * (1.0 + ROUNDING)
        for value in (values.ema_50, values.ema_200, values.bb_middle):
            assert isnan(value) or low <= value <= high


@given(closes=CLOSES)
@settings(max_examples=examples(100))
def test_the_bands_are_the_mean_and_deviation_of_the_last_20_closes(closes: list[float]) -> None:
    for row, values in enumerate(values_of(closes)):
        window = closes[max(row + 1 - BAND_PERIOD, 0) : row + 1]
        if len(window) < BAND_PERIOD:
            assert all(isnan(value) for value in values[3:])
            continue
        mean = fsum(window) / BAND_PERIOD
        width = 2.0 * sqrt(fsum((close - mean) ** 2 for close in window) / BAND_PERIOD)
        exact = (mean + width, mean, mean - width)
        assert values[3:] == pytest.approx(exact, rel=1e-12, abs=max(window) * 1e-12)


@given(closes=CLOSES)
@settings(max_examples=examples(100))
def test_a_mirrored_market_has_the_mirrored_rsi(closes: list[float]) -> None:
    for up, down in zip(values_of(closes), values_of([-close for close in closes]), strict=True):
        assert isnan(up.rsi) or up.rsi + down.rsi == pytest.approx(100.0)


@given(closes=CLOSES, wide=st.floats(1.0, 2.0), period=st.integers(1, 30))
@settings(max_examples=examples(100))
def test_the_average_true_range_lies_among_the_true_ranges(closes: list[float], wide: float, period: int) -> None:
    state, ranges = ATR_START, [0.0][:0]
    for row, close in enumerate(closes):
        bar = Bar(0, close, close * wide, close / wide, close, 1.0)
        state = atr_step(state, bar, period)
        if row > 0:
            ranges.append(max(bar.high, closes[row - 1]) - min(bar.low, closes[row - 1]))
        value = atr_value(state, period)
        if row < period:
            assert isnan(value)
        else:
            assert min(ranges) * (1.0 - ROUNDING) <= value <= max(ranges) * (1.0 + ROUNDING)
