"""What a backtest was decided by, for a person to look at: values, inputs and levels beside the candles."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from chalicelib.config import Config
from chalicelib.strategy.rule import StrategyRule
from trader.backtest.data import Data
from trader.backtest.engine import Engine, adds, rule_signals_of
from trader.backtest.folding import bars_seen
from trader.backtest.held_levels import HeldLevels, held_levels
from trader.backtest.market import MarketColumns
from trader.backtest.result import BacktestResult
from trader.backtest.seen_values import seen_values
from trader.data.arrays import Floats, Integers


@dataclass(frozen=True, slots=True)
class SeenBars:
    """The bars that a strategy decided by of one symbol, and what it saw at their closes."""

    open_ms: Integers
    """(C,)."""
    rows: Floats
    """(F, C), a row for each of `Seen.names`, NaN while undefined."""


@dataclass(frozen=True, slots=True)
class Seen:
    """What the strategy saw of every symbol, and where the levels of what was held lay."""

    names: tuple[str, ...]
    """Of its values and then of the series that it read."""
    interval_ms: int
    """How long its bars are."""
    bars: tuple[SeenBars, ...]
    levels: tuple[HeldLevels, ...]


def seen_of(data: Data, config: Config, result: BacktestResult, engine: Engine) -> Seen:
    """From the market that the result was had on; no values where signals stood in for the strategy."""
    tried = data.set_of(config)
    signals = data.signals or rule_signals_of(data.tape, [tried.rule], engine, adding=adds([tried]))[0]
    levels = held_levels(data.tape, result.fill_words, result.fill_amounts, signals, tried.params)
    if data.signals is not None:
        return Seen((), data.tape.step_ms, (), tuple(levels))
    rule, tape = tried.rule, data.tape
    read = known_series(rule, tape)
    run = engine.values_pass(rule.strategy)
    seen = []
    for symbol in range(len(data.symbols)):
        bars = bars_seen(tape, symbol, rule, engine.fold_candles)
        known = tape.inputs[list(read.values()), symbol][:, bars.minute]
        seen.append(SeenBars(bars.times, np.concatenate((seen_values(bars, rule, run), known))))
    return Seen((*rule.strategy.form.values._fields, *read), rule.interval_ms, tuple(seen), tuple(levels))


def known_series(rule: StrategyRule, tape: MarketColumns) -> dict[str, int]:
    """The series that the strategy read and of which something was known, with their places in `tape.inputs`."""
    unknown = rule.strategy.inputs({})
    return {
        name: at
        for at, (name, rows) in enumerate(zip(rule.strategy.series, tape.inputs, strict=False))
        if not np.all(np.isnan(rows) | (rows == unknown[at]))
    }
