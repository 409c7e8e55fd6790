"""The benchmark's loop in C, written by hand after the rules, gives the engine's trades and equity bit for bit.

So the benchmark compares like with like; and the rules were written down twice, in two languages, with the same result.
"""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from chalicelib.kernel.step import Params
from tests.bench.c_loop import CLoop, compiler
from tests.bench.markets import generated
from tests.bench.rules import DEFAULTS, EVERYTHING, PEERS
from tests.bench.warm import backtest, same
from tests.kernel_cases import COSTS, NO_LIMITS, RULE, parameters
from tests.shared_data import shared
from trader.backtest.engine import fastest
from trader.backtest.market import MarketColumns, tape_of
from trader.data.candle_files import read_candle_files
from trader.data.candles import CandleColumns

BARS = 60_000
EAGER = RULE._replace(rsi_period=7, rsi_buy=35.0, rsi_sell=65.0)
CASES: dict[str, Params] = {
    "defaults": DEFAULTS,
    "everything": EVERYTHING,
    "all in": PEERS,
    "no limits": parameters(rule=EAGER, costs=COSTS),
    "cut to the cash": parameters(
        rule=EAGER, costs=COSTS, limits=NO_LIMITS._replace(position_fraction=1.0), lot_steps=(0.013,)
    ),
    "tight stops": parameters(
        rule=EAGER,
        costs=COSTS,
        limits=NO_LIMITS._replace(stop_loss=0.002, take_profit=0.003, trailing_stop=0.0015, cooldown_bars=5),
    ),
    "halts, frozen": parameters(
        rule=EAGER, costs=COSTS, limits=NO_LIMITS._replace(position_fraction=0.9, daily_loss_limit=0.01)
    ),
    "halts, flattened": parameters(
        rule=EAGER,
        costs=COSTS,
        limits=NO_LIMITS._replace(position_fraction=0.9, daily_loss_limit=0.01, max_drawdown=0.6, flatten=True),
    ),
    "small orders": parameters(
        rule=EAGER, limits=NO_LIMITS._replace(min_notional=900.0, max_notional=1_200.0, max_exposure=0.3)
    ),
    "few closes": parameters(rule=EAGER._replace(rsi_period=2), costs=COSTS),
}
"""Each makes another part of the rules bite."""


@pytest.fixture(scope="module")
def loop(tmp_path_factory: pytest.TempPathFactory) -> CLoop:
    if compiler() is None:
        pytest.skip("needs a C compiler, absent on this machine")
    return CLoop(tmp_path_factory.mktemp("loop"), BARS)


def compared(loop: CLoop, tape: MarketColumns, params: Params) -> int:
    """The number of trades; fails on any difference."""
    ours, theirs = backtest(tape, params, fastest()), loop.play(tape, params, 10_000.0)
    assert ours[1].tolist() == theirs.words.tolist()
    assert same(ours, theirs)
    return len(theirs.words)


def stretched(candles: CandleColumns, seed: int) -> CandleColumns:
    """The same candles with minutes left out, jumps between some and a market that moves three times as far."""
    draw = np.random.default_rng(seed)
    jumps = np.exp(np.cumsum(np.where(draw.random(len(candles.close)) < 0.002, draw.normal(0.0, 0.01, BARS), 0.0)))
    prices = [(column / 40_000.0) ** 3 * 500.0 * jumps for column in candles[2:6]]
    times = candles.open_ms + 60_000 * np.cumsum(draw.integers(0, 60, BARS) == 0)
    return CandleColumns(candles.symbol, times, prices[0], prices[1], prices[2], prices[3], candles.volume)


@pytest.mark.parametrize("case", CASES)
def test_generated_markets(loop: CLoop, case: str) -> None:
    traded = 0
    for seed in range(3):
        candles = generated(BARS, seed)
        traded += compared(loop, tape_of([candles]), CASES[case])
        traded += compared(loop, tape_of([stretched(candles, seed)]), CASES[case])
    assert traded > 100


@pytest.mark.parametrize("case", CASES)
def test_the_real_month(loop: CLoop, case: str) -> None:
    path = shared("klines/BTCUSDT_spot_1m_2024-07-26_2024-08-25.parquet")
    (candles,) = read_candle_files(str(path), "BTCUSDT")
    assert compared(loop, tape_of([candles]), CASES[case]) > 50


@pytest.mark.parametrize("minutes", [0, 1, 2, 15])
def test_short_markets(loop: CLoop, minutes: int) -> None:
    candles = generated(100)
    columns: list[Any] = [column[:minutes] for column in candles[1:]]
    assert compared(loop, tape_of([CandleColumns(candles.symbol, *columns)]), CASES["few closes"]) <= minutes


@pytest.mark.parametrize(
    "planted",
    [
        lambda params: params._replace(costs=params.costs._replace(fee_rate=params.costs.fee_rate * (1.0 + 1e-12))),
        lambda params: params._replace(limits=params.limits._replace(trailing_stop=0.015 * (1.0 + 1e-12))),
        lambda params: params._replace(rule=params.rule._replace(rsi_period=15)),
        lambda params: params._replace(limits=params.limits._replace(cooldown_bars=4)),
    ],
    ids=["fee", "stop", "period", "cooldown"],
)
def test_a_planted_difference_is_seen(loop: CLoop, planted: Any) -> None:
    tape = tape_of([generated(BARS)])
    assert same(backtest(tape, EVERYTHING, fastest()), loop.play(tape, EVERYTHING, 10_000.0))
    assert not same(backtest(tape, planted(EVERYTHING), fastest()), loop.play(tape, EVERYTHING, 10_000.0))
