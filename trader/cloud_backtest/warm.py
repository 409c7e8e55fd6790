"""`python -m trader.cloud_backtest.warm`: have numba compile everything that a run calls, while an image is built."""

from __future__ import annotations

import numpy as np

from chalicelib.config import Config, config_of
from chalicelib.config.keys import SETTINGS
from chalicelib.kernel.lots import ANY
from chalicelib.strategy.chosen import strategy_of
from chalicelib.strategy.loader import built_in_names
from chalicelib.strategy.settings import LARGEST
from trader.backtest.data import Data
from trader.backtest.engine import BATCH, Engine, fastest
from trader.backtest.market import tape_of
from trader.backtest.seen import seen_of
from trader.cloud_backtest.market import StoredMarket
from trader.data.candles import CandleColumns, gaps
from trader.tuning.axes import Choices
from trader.tuning.judge import judged
from trader.tuning.sets import full_grid, keys_of
from trader.tuning.spans import Span
from trader.tuning.sweep import Study

MINUTES = 240
LONGER = "15m"
"""Bars of any length are folded by the same code."""
WIDTH = 0.5
"""How far a setting is moved: within the limits of every built-in strategy."""


def warm() -> str:
    """Run some sets of each built-in strategy over generated markets; the name of the engine that did."""
    engine = fastest()
    for name in built_in_names():
        _warm_strategy(config_of({}, "", [f"strategy.name={name}"]), engine)
    _warm_strategy(config_of({}, "", [f"strategy.interval={LONGER}"]), engine)
    return engine.name


def _warm_strategy(config: Config, engine: Engine) -> None:
    for count in (1, 2):
        candles = [_wave(f"WARM{number}", number) for number in range(count)]
        symbols = tuple(each.symbol for each in candles)
        data = Data(symbols, tape_of(candles), tuple(map(gaps, candles)), (ANY,) * count)
        market = StoredMarket(data)
        before, after = Span(0, MINUTES // 2), Span(MINUTES // 2, MINUTES)
        axes = batch_of_rules(config)
        keys = keys_of(config, axes)
        sets, _ = full_grid(keys, axes)
        study = Study(market, keys, engine)
        study.sweep(sets, before, lambda sets: None)
        best = judged(study, sets[0], after, study.cash)
        seen_of(best.data, keys.settings(sets[0]), best.result, engine)


def batch_of_rules(config: Config) -> tuple[Choices, ...]:
    """As many rules as one pass over the bars takes, and one more: they differ in what only `decide` reads.

    None for a strategy of whose settings `decide` reads no fraction but those that its bars follow from too.
    """
    strategy = strategy_of(config)
    for name, default in strategy.form.settings._field_defaults.items():
        if name not in strategy.observed_settings and isinstance(default, float):
            _, highest = strategy.form.limits.get(name, (0.0, LARGEST))
            step = WIDTH / BATCH if default + WIDTH <= highest else -WIDTH / BATCH
            return (Choices(f"{SETTINGS}{name}", tuple(default + number * step for number in range(BATCH + 1))),)
    return ()


def _wave(symbol: str, phase: int) -> CandleColumns:
    """Up and down, so that the rule enters and leaves."""
    times = np.arange(MINUTES, dtype=np.int64) * 60_000
    close = 100.0 + 10.0 * np.sin(np.arange(MINUTES) / 7.0 + phase)
    open_ = np.concatenate(([close[0]], close[:-1]))
    high, low = np.maximum(open_, close), np.minimum(open_, close)
    return CandleColumns(symbol, times, open_, high, low, close, np.ones(MINUTES))


if __name__ == "__main__":
    print(f"compiled for {warm()}")  # noqa: T201
