"""The benchmark's loop in C, written by hand after the rules, gives the engine's trades and equity bit for bit.

So the benchmark compares like with like; and the rules were written down twice, in two languages, with the same result.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
import pytest

from chalicelib.strategy.loader import built_in
from chalicelib.strategy.rule import StrategyRule
from chalicelib.strategy.settings import rule_with
from tests.bench.c_loop import SETTINGS, CLoop, compiler
from tests.bench.markets import generated
from tests.bench.rules import DEFAULTS, EMA_CROSS, EVERYTHING, PEERS
from tests.bench.warm import backtest, same
from tests.kernel_cases import COSTS, NO_LIMITS, parameters, rsi_rule
from tests.shared_data import shared
from trader.backtest.engine import ParameterSet, fastest
from trader.backtest.market import MarketColumns, tape_of
from trader.data.candle_files import read_candle_files
from trader.data.candles import CandleColumns

BARS = 60_000


def cross(**settings: float) -> StrategyRule:
    return rule_with(built_in("ema_cross"), settings)


EAGER = rsi_rule(rsi_period=7, rsi_buy=35.0, rsi_sell=65.0)
CASES: dict[str, ParameterSet] = {
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
    "few closes": parameters(rule=rsi_rule(rsi_period=2, rsi_buy=35.0, rsi_sell=65.0), costs=COSTS),
    "averages": EMA_CROSS,
    "averages, all stops": parameters(
        rule=cross(fast=5, slow=13, stop_atr=1.5),
        costs=COSTS,
        limits=NO_LIMITS._replace(take_profit=0.003, trailing_stop=0.0025, cooldown_bars=5, position_fraction=0.9),
    ),
    "averages, crossed by the fill": parameters(rule=cross(fast=3, slow=5, atr=2, stop_atr=0.1), costs=COSTS),
    "averages, halts": parameters(
        rule=cross(fast=5, slow=13),
        costs=COSTS,
        limits=NO_LIMITS._replace(position_fraction=0.9, daily_loss_limit=0.01, max_drawdown=0.6, flatten=True),
    ),
}
"""Each makes another part of the rules bite."""


Loops = Mapping[str, CLoop]


@pytest.fixture(scope="module")
def loop(tmp_path_factory: pytest.TempPathFactory) -> Loops:
    """By strategy."""
    if compiler() is None:
        pytest.skip("needs a C compiler, absent on this machine")
    return {name: CLoop(tmp_path_factory.mktemp("loop"), BARS, name) for name in SETTINGS}


def compared(loop: Loops, tape: MarketColumns, tried: ParameterSet) -> int:
    """The number of trades; fails on any difference."""
    ours, theirs = backtest(tape, tried, fastest()), loop[tried.rule.strategy.name].play(tape, tried, 10_000.0)
    assert ours[1][:, : theirs.words.shape[1]].tolist() == theirs.words.tolist()  # it counts no positions
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
def test_generated_markets(loop: Loops, case: str) -> None:
    traded = 0
    for seed in range(3):
        candles = generated(BARS, seed)
        traded += compared(loop, tape_of([candles]), CASES[case])
        traded += compared(loop, tape_of([stretched(candles, seed)]), CASES[case])
    assert traded > 100


@pytest.mark.parametrize("case", CASES)
def test_the_real_month(loop: Loops, case: str) -> None:
    path = shared("klines/BTCUSDT_spot_1m_2024-07-26_2024-08-25.parquet")
    (candles,) = read_candle_files(str(path), "BTCUSDT")
    assert compared(loop, tape_of([candles]), CASES[case]) > 50


@pytest.mark.parametrize("minutes", [0, 1, 2, 15])
def test_short_markets(loop: Loops, minutes: int) -> None:
    candles = generated(100)
    columns: list[Any] = [column[:minutes] for column in candles[1:]]
    assert compared(loop, tape_of([CandleColumns(candles.symbol, *columns)]), CASES["few closes"]) <= minutes


def changed(tried: ParameterSet, **parts: Any) -> ParameterSet:
    return tried._replace(params=tried.params._replace(**parts))


@pytest.mark.parametrize(
    "planted",
    [
        lambda tried: changed(tried, costs=COSTS._replace(fee_rate=COSTS.fee_rate * (1.0 + 1e-12))),
        lambda tried: changed(tried, limits=tried.params.limits._replace(trailing_stop=0.015 * (1.0 + 1e-12))),
        lambda tried: tried._replace(rule=rsi_rule(rsi_period=15)),
        lambda tried: changed(tried, limits=tried.params.limits._replace(cooldown_bars=4)),
    ],
    ids=["fee", "stop", "period", "cooldown"],
)
def test_a_planted_difference_is_seen(loop: Loops, planted: Any) -> None:
    tape = tape_of([generated(BARS)])
    assert same(backtest(tape, EVERYTHING, fastest()), loop["rsi_sentiment"].play(tape, EVERYTHING, 10_000.0))
    assert not same(
        backtest(tape, planted(EVERYTHING), fastest()), loop["rsi_sentiment"].play(tape, EVERYTHING, 10_000.0)
    )
