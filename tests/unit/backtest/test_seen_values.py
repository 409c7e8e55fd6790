"""The values of a chart are those that the strategy itself sees, close for close, in both engines."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from chalicelib.config import load_config
from chalicelib.kernel.bar import Bar
from chalicelib.kernel.lots import ANY
from chalicelib.strategy.chosen import rule_of, strategy_of
from tests.support.markets import wave
from trader.backtest.data import Data
from trader.backtest.engine import PLAIN, Engine, fastest, rule_signals_of, run_one
from trader.backtest.folding import bars_seen
from trader.backtest.held_levels import held_levels
from trader.backtest.market import tape_of, with_inputs
from trader.backtest.result import result_of
from trader.backtest.seen import seen_of
from trader.backtest.seen_values import seen_values

TAPE = tape_of([wave("BTCUSDT", 900, 1, frozenset(range(300, 330))), wave("ETHUSDT", 900, 2)])


@pytest.mark.parametrize("name", ["rsi_sentiment", "ema_cross", "donchian_breakout"])
@pytest.mark.parametrize("engine", [PLAIN, fastest()], ids=["plain", "compiled"])
@pytest.mark.parametrize("interval", ["1m", "3m"])
def test_values_are_what_observe_returns_at_each_close(engine: Engine, name: str, interval: str) -> None:
    rule = rule_of(load_config(None, [f"strategy.name={name}", f"strategy.interval={interval}"]))
    run = engine.values_pass(rule.strategy)
    for symbol in range(2):
        bars = bars_seen(TAPE, symbol, rule, engine.fold_candles)
        found = seen_values(bars, rule, run)
        state = rule.start()
        for at, (time_ms, prices) in enumerate(zip(bars.times.tolist(), bars.prices.T.tolist(), strict=True)):
            state, values = rule.observe(state, Bar(time_ms, *prices))
            assert repr(found[:, at].tolist()) == repr(list(map(float, values)))
        assert not np.isnan(found[:, -1]).any()


GIVEN = ["strategy.name=dca", "strategy.settings.every=30", "risk.max_entries=3", "agent.symbols=BTCUSDT,ETHUSDT"]


def data() -> Data:
    return Data(("BTCUSDT", "ETHUSDT"), TAPE, (), (ANY, ANY))


def test_levels_know_of_entries_that_were_added() -> None:
    config = load_config(None, [*GIVEN, "risk.stop_loss=0.02"])
    tried = data().set_of(config)
    result = result_of(data(), run_one(TAPE, tried, 10_000.0, engine=PLAIN), 10_000.0, PLAIN)
    seen = seen_of(data(), config, result, PLAIN)
    signals = rule_signals_of(TAPE, [tried.rule], PLAIN, adding=True)[0]
    expected = held_levels(TAPE, result.fill_words, result.fill_amounts, signals, tried.params)
    assert repr(seen.levels) == repr(tuple(expected))
    assert any(len(levels.minutes) > 2 for levels in expected)


def test_longer_bars_and_series_stand_at_the_bars_own_times() -> None:
    config = load_config(None, ["strategy.interval=15m", "agent.symbols=BTCUSDT,ETHUSDT"])
    known = np.arange(2.0 * len(TAPE.times)).reshape(2, -1)
    given = replace(data(), tape=with_inputs(TAPE, strategy_of(config), {"sentiment": known}))
    tried = given.set_of(config)
    result = result_of(given, run_one(given.tape, tried, 10_000.0, engine=PLAIN), 10_000.0, PLAIN)
    seen = seen_of(given, config, result, PLAIN)
    assert (seen.interval_ms, seen.names[-1]) == (900_000, "sentiment")
    for symbol, bars in enumerate(seen.bars):
        assert (bars.open_ms % 900_000 == 0).all()
        assert (np.diff(bars.open_ms) > 0).all()
        minutes = bars_seen(given.tape, symbol, tried.rule).minute
        assert bars.rows[-1].tolist() == known[symbol, minutes].tolist()
