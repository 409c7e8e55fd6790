"""One kernel, two speeds: compiled by numba it gives the same bits as in plain Python."""

from __future__ import annotations

from dataclasses import replace
from fractions import Fraction
from math import sqrt
from typing import Any

import numpy as np
import pytest

from chalicelib.kernel.run import Columns
from chalicelib.strategies.rsi_sentiment import BAND_PERIOD
from chalicelib.strategy.loader import built_in
from chalicelib.strategy.settings import rule_with
from tests.kernel_cases import CASH, COSTS, NO_LIMITS, parameters, random_columns, rsi_rule
from tests.parity.compiled import Floats, compiled_bands
from tests.property.test_backtest_walk import tape_over
from trader.backtest.engine import PLAIN, Engine, ParameterSet, fastest, run_one

EAGER = rsi_rule(rsi_period=5, rsi_buy=40.0, rsi_sell=60.0)
CROSS = rule_with(built_in("ema_cross"), {"fast": 3, "slow": 8, "atr": 5, "stop_atr": 1.5})
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
    "levels of its own": parameters(3, rule=CROSS, limits=GUARDED._replace(stop_loss=0.0), costs=COSTS),
    "bars of five minutes": parameters(3, rule=replace(EAGER, interval_ms=300_000), limits=GUARDED, costs=COSTS),
    "drawdown": parameters(3, rule=EAGER, limits=GUARDED._replace(max_drawdown=0.03, flatten=False), costs=COSTS),
    "all in": parameters(3, rule=EAGER, limits=NO_LIMITS._replace(position_fraction=1.0), costs=COSTS),
}


def played(engine: Engine, market: Columns, tried: ParameterSet) -> tuple[Any, ...]:
    """All that a run comes to, floats to the last bit."""
    run = run_one(tape_over(market), tried, CASH, engine=engine)
    walked = run.walked
    parts = [(*slot.position[:-1], *slot.position.terms, *slot.order[:-1], *slot.order.terms) for slot in walked.slots]
    left = [[float(value) for value in (*part, *slot[2:])] for part, slot in zip(parts, walked.slots, strict=True)]
    account = [float(value) for value in walked.account]
    return repr(account), repr(left), walked.words.tolist(), walked.amounts.tobytes(), run.equity.tobytes()


def of_symbols(tried: ParameterSet, symbols: int) -> ParameterSet:
    return tried._replace(params=tried.params._replace(lot_steps=LOTS[:symbols]))


@pytest.mark.parametrize("name", PARAMETERS)
@pytest.mark.parametrize(("symbols", "heard"), [(1, False), (3, False), (3, True)])
def test_compiled_and_plain_runs_agree_to_the_bit(name: str, symbols: int, heard: bool) -> None:
    assert fastest().name == "numba"
    tried = of_symbols(PARAMETERS[name], symbols)
    traded = 0
    for seed in range(6):
        market = random_columns(seed, 300, symbols, missing=0.05, heard=heard)
        compiled, plain = (played(engine, market, tried) for engine in (fastest(), PLAIN))
        assert compiled == plain
        traded += len(plain[2])
    assert traded > 10


def test_the_comparison_sees_the_smallest_difference() -> None:
    """Planted: a fee that is off by a millionth of a millionth of itself."""
    market, tried = random_columns(1, 300, 1, heard=False), of_symbols(PARAMETERS["every limit"], 1)
    dearer = COSTS._replace(fee_rate=COSTS.fee_rate * (1.0 + 1e-12))
    off = tried._replace(params=tried.params._replace(costs=dearer))
    compiled, plain = played(fastest(), market, tried), played(PLAIN, market, off)
    assert compiled[0] != plain[0]
    assert compiled[-1] != plain[-1]


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
