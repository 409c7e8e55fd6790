"""Indicators stay where they belong, whatever the prices."""

from __future__ import annotations

from math import fsum, isnan, sqrt

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from chalicelib.kernel.indicators import BAND_PERIOD, FRESH, Snapshot, observe
from tests.support.effort import examples

CLOSES = st.lists(st.floats(1e-8, 1e8), min_size=1, max_size=260)
ROUNDING = 1e-12


def snapshots(closes: list[float], rsi_period: int = 14) -> list[Snapshot]:
    state = FRESH
    seen = []
    for close in closes:
        state, snapshot = observe(state, close, rsi_period)
        seen.append(snapshot)
    return seen


@given(closes=CLOSES, rsi_period=st.integers(1, 30))
@settings(max_examples=examples(100), deadline=None)
def test_rsi_lies_between_0_and_100_from_its_period_on(closes: list[float], rsi_period: int) -> None:
    for row, snapshot in enumerate(snapshots(closes, rsi_period)):
        assert isnan(snapshot.rsi) if row < rsi_period else 0.0 <= snapshot.rsi <= 100.0


@given(closes=CLOSES)
@settings(max_examples=examples(100), deadline=None)
def test_averages_lie_between_the_lowest_and_the_highest_close(closes: list[float]) -> None:
    for row, snapshot in enumerate(snapshots(closes)):
        low, high = min(closes[: row + 1]) * (1.0 - ROUNDING), max(closes[: row + 1]) * (1.0 + ROUNDING)
        for value in (snapshot.ema_50, snapshot.ema_200, snapshot.bb_middle):
            assert isnan(value) or low <= value <= high


@given(closes=CLOSES)
@settings(max_examples=examples(100), deadline=None)
def test_the_bands_are_the_mean_and_deviation_of_the_last_20_closes(closes: list[float]) -> None:
    for row, snapshot in enumerate(snapshots(closes)):
        window = closes[max(row + 1 - BAND_PERIOD, 0) : row + 1]
        if len(window) < BAND_PERIOD:
            assert all(isnan(value) for value in snapshot[3:])
            continue
        mean = fsum(window) / BAND_PERIOD
        width = 2.0 * sqrt(fsum((close - mean) ** 2 for close in window) / BAND_PERIOD)
        exact = (mean + width, mean, mean - width)
        assert snapshot[3:] == pytest.approx(exact, rel=1e-12, abs=max(window) * 1e-12)


@given(closes=CLOSES)
@settings(max_examples=examples(100), deadline=None)
def test_a_mirrored_market_has_the_mirrored_rsi(closes: list[float]) -> None:
    for up, down in zip(snapshots(closes), snapshots([-close for close in closes]), strict=True):
        assert isnan(up.rsi) or up.rsi + down.rsi == pytest.approx(100.0)
