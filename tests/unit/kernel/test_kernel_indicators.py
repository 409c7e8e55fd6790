"""Indicators against the reference vectors, which say how they were made."""

from collections.abc import Iterable
from math import isnan, nan

import pytest
from pyarrow import parquet

from chalicelib.kernel.bar import Bar
from chalicelib.strategies.rsi_sentiment import BAND_PERIOD, Settings, Values, observe, start
from tests.shared_data import shared

FILES = ("BTCUSDT_spot_1m_2024-07-26_2024-08-25", "UNITTESTBTC_1m_2017-11_gappy")
REFERENCE_COLUMNS = ("rsi14", "ema50_sma_seed", "ema200_sma_seed", "bb_upper", "bb_middle", "bb_lower")
ROWS = 10_000


def values_after(closes: Iterable[float], rsi_period: int = 14) -> list[Values]:
    settings = Settings(rsi_period=rsi_period)
    state = start(settings)
    seen = []
    for close in closes:
        state, values = observe(state, Bar(0, close, close, close, close, 1.0), settings)
        seen.append(values)
    return seen


@pytest.mark.parametrize("name", FILES)
def test_the_first_rows_agree_with_the_reference_vectors(name: str) -> None:
    table = parquet.read_table(shared(f"klines/{name}.indicators.parquet")).slice(0, ROWS)
    expected = zip(*(table.column(column).to_numpy().tolist() for column in REFERENCE_COLUMNS), strict=True)
    for ours, theirs in zip(values_after(table.column("close").to_numpy().tolist()), expected, strict=True):
        for value, reference in zip(ours, theirs, strict=True):
            assert abs(value - reference) <= 1e-9 * abs(reference) or (isnan(value) and isnan(reference))


def test_values_begin_with_their_seed() -> None:
    seen = values_after([float(i) for i in range(200)])
    first = [next(row for row, s in enumerate(seen) if not isnan(s[column])) for column in range(len(Values._fields))]
    assert first == [14, 49, 199, 19, 19, 19]


def test_rsi_of_a_flat_a_rising_and_a_falling_market() -> None:
    assert values_after([5.0] * 40)[-1].rsi == 50.0
    assert values_after([1.0 + i for i in range(40)])[-1].rsi == 100.0
    assert values_after([100.0 - i for i in range(40)])[-1].rsi == 0.0


def test_the_bands_of_a_flat_market_lie_on_the_price() -> None:
    assert values_after([5.0] * BAND_PERIOD)[-1][3:] == (5.0, 5.0, 5.0)
    assert all(isnan(value) for value in values_after([5.0] * (BAND_PERIOD - 1))[-1][3:])


def test_the_rsi_period_is_a_parameter() -> None:
    closes = [1.0, 2.0, 1.5, 1.75]
    assert [s.rsi for s in values_after(closes, 3)[:3]] == pytest.approx([nan, nan, nan], nan_ok=True)
    assert values_after(closes, 3)[-1].rsi == pytest.approx(100.0 * 1.25 / 1.75)
