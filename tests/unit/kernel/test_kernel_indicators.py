"""Indicators against the reference vectors, which say how they were made."""

from collections.abc import Iterable
from math import isnan, nan

import pytest
from pyarrow import parquet

from chalicelib.kernel.indicators import BAND_PERIOD, FRESH, Snapshot, observe
from tests.shared_data import shared

FILES = ("BTCUSDT_spot_1m_2024-07-26_2024-08-25", "UNITTESTBTC_1m_2017-11_gappy")
REFERENCE_COLUMNS = ("rsi14", "ema50_sma_seed", "ema200_sma_seed", "bb_upper", "bb_middle", "bb_lower")
ROWS = 10_000


def snapshots(closes: Iterable[float], rsi_period: int = 14) -> list[Snapshot]:
    state = FRESH
    seen = []
    for close in closes:
        state, snapshot = observe(state, close, rsi_period)
        seen.append(snapshot)
    return seen


@pytest.mark.parametrize("name", FILES)
def test_the_first_rows_agree_with_the_reference_vectors(name: str) -> None:
    table = parquet.read_table(shared(f"klines/{name}.indicators.parquet")).slice(0, ROWS)
    expected = zip(*(table.column(column).to_numpy().tolist() for column in REFERENCE_COLUMNS), strict=True)
    for ours, theirs in zip(snapshots(table.column("close").to_numpy().tolist()), expected, strict=True):
        for value, reference in zip(ours, theirs, strict=True):
            assert abs(value - reference) <= 1e-9 * abs(reference) or (isnan(value) and isnan(reference))


def test_values_begin_with_their_seed() -> None:
    seen = snapshots([float(i) for i in range(200)])
    first = [next(row for row, s in enumerate(seen) if not isnan(s[column])) for column in range(len(Snapshot._fields))]
    assert first == [14, 49, 199, 19, 19, 19]


def test_rsi_of_a_flat_a_rising_and_a_falling_market() -> None:
    assert snapshots([5.0] * 40)[-1].rsi == 50.0
    assert snapshots([1.0 + i for i in range(40)])[-1].rsi == 100.0
    assert snapshots([100.0 - i for i in range(40)])[-1].rsi == 0.0


def test_the_bands_of_a_flat_market_lie_on_the_price() -> None:
    assert snapshots([5.0] * BAND_PERIOD)[-1][3:] == (5.0, 5.0, 5.0)
    assert all(isnan(value) for value in snapshots([5.0] * (BAND_PERIOD - 1))[-1][3:])


def test_the_rsi_period_is_a_parameter() -> None:
    closes = [1.0, 2.0, 1.5, 1.75]
    assert [s.rsi for s in snapshots(closes, 3)[:3]] == pytest.approx([nan, nan, nan], nan_ok=True)
    assert snapshots(closes, 3)[-1].rsi == pytest.approx(100.0 * 1.25 / 1.75)
