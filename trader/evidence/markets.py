"""Candle files as markets, each of one symbol and without a long gap: nobody holds a position over a missing month."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

import numpy as np

from chalicelib.config import Config, load_config
from chalicelib.domain import DAY_MS
from chalicelib.series import SENTIMENT
from chalicelib.strategy.chosen import strategy_of
from trader.backtest.inputs import BacktestInputs, Say, Source
from trader.backtest.market import MarketColumns, tape_of
from trader.backtest.news_columns import Progress
from trader.backtest.sentiment_source import SentimentSource, sentiment_source_of
from trader.backtest.steps import step_of
from trader.data.candle_files import read_candle_files
from trader.data.candles import CandleColumns, between, gaps
from trader.data.series_file import SeriesFile
from trader.data.series_files import files_of, refuse_needed, sentiment_file_of

LONGEST_GAP_MS = DAY_MS


@dataclass(frozen=True, slots=True)
class Asked:
    """Candle files as `--candles` names them, and settings and series as other commands take them."""

    candles: str
    config: Path | None
    overrides: tuple[str, ...]
    series: tuple[str, ...] = ()
    """NAME=FILE each, sentiment apart."""
    sentiment: Path | None = None


@dataclass(frozen=True)
class Markets:
    """Every market in the files, symbol after symbol."""

    asked: Asked
    say: Say
    progress: Progress

    @cached_property
    def base(self) -> Config:
        """The settings, but for the symbols. Raises BadInput."""
        return load_config(self.asked.config, self.asked.overrides, self.say)

    @cached_property
    def known(self) -> tuple[str, ...]:
        """The series that the strategy is given. Raises BadInput for what cannot be read."""
        return (*self._files, *([] if self._sentiment is None else [SENTIMENT]))

    def __iter__(self) -> Iterator[BacktestInputs]:
        """Raises BadInput for what cannot be read."""
        refuse_needed(strategy_of(self.base), self.known)
        for columns in read_candle_files(self.asked.candles, say=self.say, step=step_of(self.base)):
            for piece in unbroken(columns):
                yield self._market(piece)

    @cached_property
    def _files(self) -> Mapping[str, SeriesFile]:
        return files_of(strategy_of(self.base), self.base.inputs, self.asked.series)

    @cached_property
    def _sentiment(self) -> Path | None:
        return self.asked.sentiment or sentiment_file_of(self.base.inputs, None)

    def _market(self, candles: CandleColumns) -> BacktestInputs:
        symbols, step_ms = (candles.symbol,), self.base.agent.step_ms
        config = load_config(self.asked.config, [*self.asked.overrides, f"agent.symbols={candles.symbol}"])
        tape = tape_of([candles], step_ms)
        found = (gaps(candles, step_ms),)
        source = Source(self.asked.candles, config=self.asked.config, overrides=self.asked.overrides)
        return BacktestInputs(config, source, symbols, found, tape, self._moods(config, tape), None, self._files)

    def _moods(self, config: Config, tape: MarketColumns) -> SentimentSource | None:
        """Of the file that is given; not of stored headlines, which nobody else has."""
        file, symbols = self._sentiment, config.agent.symbols
        if file is None:
            return None
        return sentiment_source_of(config, symbols, tape.times, file, None, self.progress, self.say, tape.step_ms)


def unbroken(columns: CandleColumns) -> Iterator[CandleColumns]:
    """The candles in parts, cut where a day or more is missing."""
    times = columns.open_ms
    ends = np.flatnonzero(np.diff(times) > LONGEST_GAP_MS)
    firsts: Sequence[int] = [0, *(ends + 1).tolist()]
    for first, last in zip(firsts, [*ends.tolist(), len(times) - 1], strict=True):
        yield between(columns, int(times[first]), int(times[last]))
