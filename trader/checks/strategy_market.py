"""The market that a strategy is tried over: candle files, or one that is generated."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType

import numpy as np

from chalicelib.config import Config, params
from chalicelib.domain import MINUTE_MS
from chalicelib.kernel.lots import ANY
from chalicelib.strategy.rule import StrategyRule
from trader.backtest.engine import ParameterSet
from trader.backtest.market import MarketColumns, tape_of, with_inputs
from trader.backtest.sentiment_columns import closes_of
from trader.backtest.series_columns import series_columns
from trader.backtest.steps import candles_word
from trader.checks.market import CheckedMarket
from trader.data.arrays import Floats
from trader.data.candles import CandleColumns
from trader.data.series_file import SeriesFile
from trader.sim.bars import generated_bars

GENERATED_SYMBOL = "BTCUSDT"
GENERATED_MINUTES = 10 * 1_440
NO_FILES: Mapping[str, SeriesFile] = MappingProxyType({})
MOOD_BARS = 45
"""How long a made up sentiment stays what it is."""


@dataclass(frozen=True, slots=True)
class Ground:
    """A market and what it is called."""

    symbols: tuple[str, ...]
    tape: MarketColumns
    words: str


def ground_of(candles: list[CandleColumns] | None, step_ms: int = MINUTE_MS) -> Ground:
    """The market of these candles, a generated one for None."""
    files = [generated()] if candles is None else candles
    tape = tape_of(files, step_ms)
    symbols = tuple(each.symbol for each in files)
    source = f"{'generated ' if candles is None else ''}{candles_word(step_ms)}"
    return Ground(symbols, tape, f"{len(tape.times):,} {source} of {', '.join(symbols)}")


def generated() -> CandleColumns:
    """Some days of minutes from a seed."""
    times, *prices = zip(*generated_bars(GENERATED_MINUTES, GENERATED_SYMBOL), strict=True)
    return CandleColumns(GENERATED_SYMBOL, np.array(times, np.int64), *(np.array(each, np.float64) for each in prices))


def made_up(close: Floats, seed: int) -> Floats:
    """Values in -1..1 that change now and then, so that a strategy that reads them is tried with all kinds of them."""
    moods = np.random.default_rng(seed).uniform(-1.0, 1.0, (len(close), close.shape[1] // MOOD_BARS + 1))
    return np.ascontiguousarray(np.repeat(moods, MOOD_BARS, axis=1)[:, : close.shape[1]])


def checked_market(
    ground: Ground, rule: StrategyRule, config: Config, files: Mapping[str, SeriesFile] = NO_FILES
) -> CheckedMarket:
    """The market with what is run over it: what it reads is of these files, else a value of its own making."""
    known = {name: made_up(ground.tape.close, seed) for seed, name in enumerate(rule.strategy.series, 1)}
    closes = closes_of(ground.tape.times, ground.tape.step_ms)
    known |= series_columns(files, config.inputs, ground.symbols, closes)
    tried = ParameterSet(rule, params(config, (ANY,) * len(ground.symbols)))
    return CheckedMarket(
        with_inputs(ground.tape, rule.strategy, known), tried, config.agent.cash, config.inputs.sentiment_window
    )
