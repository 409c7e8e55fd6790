"""One kernel, two speeds: compiled by numba it gives the same bits as in plain Python."""

from __future__ import annotations

from fractions import Fraction
from math import sqrt
from typing import cast

import numpy as np
import pytest

from chalicelib.kernel.indicators import BAND_PERIOD
from chalicelib.kernel.run import Columns
from chalicelib.kernel.step import Params
from tests.kernel_cases import CASH, COSTS, NO_LIMITS, RULE, parameters, random_columns
from tests.parity.compiled import Floats, compiled_bands, compiled_play, play

EAGER = RULE._replace(rsi_period=5, rsi_buy=40.0, rsi_sell=60.0)
GUARDED = NO_LIMITS._replace(
    stop_loss=0.006,
    take_profit=0.008,
    trailing_stop=0.007,
    position_fraction=0.45,
    min_notional=10.0,
    max_notional=3_000.0,
    daily_loss_limit=0.01,
    max_exposure=0.9,
    max_open_positions=2,
    cooldown_bars=2,
    flatten=True,
)
LOTS = (0.001, 0.0, 0.37)
PARAMETERS = {
    "no limits": parameters(3, rule=EAGER, costs=COSTS),
    "every limit": parameters(3, rule=EAGER, limits=GUARDED, costs=COSTS),
    "sentiment": parameters(3, rule=EAGER._replace(use_sentiment=True), limits=GUARDED, costs=COSTS),
    "drawdown": parameters(3, rule=EAGER, limits=GUARDED._replace(max_drawdown=0.03, flatten=False), costs=COSTS),
    "all in": parameters(3, rule=EAGER, limits=NO_LIMITS._replace(position_fraction=1.0), costs=COSTS),
}


def as_arrays(columns: Columns) -> Columns:
    times = np.array(columns.times, dtype=np.int64)
    open_, high, low, close, volume, sentiment = (np.array(rows) for rows in columns[1:])
    return Columns(times, open_, high, low, close, volume, sentiment)


def with_arrays(params: Params) -> Params:
    """Lot steps as an array, which is read alike: numba compiles once, not anew for every number of symbols."""
    return params._replace(lot_steps=cast(tuple[float, ...], np.array(params.lot_steps)))


@pytest.mark.parametrize("name", PARAMETERS)
@pytest.mark.parametrize("symbols", [1, 3])
def test_compiled_and_plain_runs_agree_to_the_bit(name: str, symbols: int) -> None:
    params = PARAMETERS[name]._replace(lot_steps=LOTS[:symbols])
    arrays = with_arrays(params)
    traded = 0
    for seed in range(6):
        market = random_columns(seed, 300, symbols, missing=0.05)
        state, fills, marks = compiled_play()(CASH, symbols, as_arrays(market), arrays)
        plain_state, plain_fills, plain_marks = play(CASH, symbols, market, params)
        assert repr(state) == repr(plain_state)  # repr: floats to the last bit, and NaN is itself
        assert repr(fills) == repr(plain_fills)
        assert marks.tobytes() == plain_marks.tobytes()
        traded += len(fills)
    assert traded > 10


def test_the_comparison_sees_the_smallest_difference() -> None:
    """Planted: a fee that is off by a millionth of a millionth of itself."""
    market, params = random_columns(1, 300, 1), PARAMETERS["every limit"]._replace(lot_steps=LOTS[:1])
    off = params._replace(costs=COSTS._replace(fee_rate=COSTS.fee_rate * (1.0 + 1e-12)))
    arrays = with_arrays(params)
    state, _, marks = compiled_play()(CASH, 1, as_arrays(market), arrays)
    plain_state, _, plain_marks = play(CASH, 1, market, off)
    assert repr(state) != repr(plain_state)
    assert marks.tobytes() != plain_marks.tobytes()


def running_sum_middles(closes: Floats) -> Floats:
    """The planted defect: a mean over running sums, which keep every rounding error."""
    sums = np.cumsum(closes)
    return (sums[BAND_PERIOD:] - sums[:-BAND_PERIOD]) / BAND_PERIOD


def exact_bands(closes: Floats, row: int) -> tuple[float, float, float]:
    window = [Fraction(close) for close in closes[row + 1 - BAND_PERIOD : row + 1].tolist()]
    mean = sum(window) / BAND_PERIOD
    width = 2.0 * sqrt(sum((close - mean) ** 2 for close in window) / BAND_PERIOD)
    return float(mean) + width, float(mean), float(mean) - width


def test_bollinger_does_not_drift_over_two_million_closes() -> None:
    draw = np.random.default_rng(7)
    closes = 100.0 + draw.normal(0.0, 0.01, 2_000_000)
    closes[1_000:2_000] *= 1e9  # what a running sum never forgets
    bands = compiled_bands()(closes)
    rows = [BAND_PERIOD - 1, 2_100, *range(100_000, 2_000_000, 100_003), len(closes) - 1]
    for row in rows:
        assert bands[row].tolist() == pytest.approx(exact_bands(closes, row), rel=1e-13)
    drifted = running_sum_middles(closes)[-1]
    assert drifted != pytest.approx(exact_bands(closes, len(closes) - 1)[1], rel=1e-9)
