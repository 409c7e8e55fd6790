"""Where a backtest's sentiment comes from: one of several sources, each asked for the column of a window."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

import numpy as np

from chalicelib.config import Analyzer, Config, home
from chalicelib.domain import MINUTE_MS
from trader.backtest.news_columns import HeadlineColumns, Progress, headlines_of_file, stored_headlines
from trader.backtest.sentiment_columns import closes_of, rolling_at, steps_at
from trader.data.arrays import Floats, Integers


class SentimentSource(Protocol):
    @property
    def words(self) -> str:
        """Where it comes from, as reports say it; never empty."""
        ...

    def columns(self, window: int, max_age_ms: int | None = None) -> Floats:
        """Sentiment of every symbol as known at every close, (S, T), over the newest `window` headlines.

        What is older than `max_age_ms` at a close does not count.
        """
        ...


@dataclass(frozen=True, slots=True)
class SteppedSentiment:
    """Of a sentiment file: the same for every symbol and whatever the window."""

    words: str
    closes: Integers
    times: Sequence[int]
    scores: Sequence[float]
    symbols: int

    def columns(self, window: int, max_age_ms: int | None = None) -> Floats:
        return np.tile(steps_at(self.closes, self.times, self.scores, max_age_ms), (self.symbols, 1))


@dataclass(frozen=True, slots=True)
class HeadlineSentiment:
    """Of headlines."""

    words: str
    series: HeadlineColumns
    closes: Integers

    def columns(self, window: int, max_age_ms: int | None = None) -> Floats:
        return np.stack([rolling_at(self.closes, series, window, max_age_ms) for series in self.series.by_symbol])


def sentiment_source_of(
    config: Config,
    symbols: Sequence[str],
    times: Integers,
    sentiment: Path | None,
    news: Path | None,
    progress: Progress,
    say: Callable[[str], None],
    step_ms: int = MINUTE_MS,
) -> SentimentSource | None:
    """The mood of the given file, else of the stored headlines; None where neither tells of these bars (open_ms).

    Raises BadInput for a file or a store, Unavailable as the analyzer does.
    """
    closes = closes_of(times, step_ms)
    if sentiment is not None:
        return _of_sentiment_file(sentiment, len(symbols), closes)
    if news is not None:
        return _of_news_file(config, symbols, closes, news, progress, say)
    return _of_stored_news(config, symbols, int(times[0]), closes)


def _of_sentiment_file(path: Path, symbols: int, closes: Integers) -> SentimentSource:
    from trader.data.sentiment_file import SentimentFile

    return SteppedSentiment(f"file {path.name}", closes, *SentimentFile(path).steps, symbols)


def _of_news_file(
    config: Config,
    symbols: Sequence[str],
    closes: Integers,
    path: Path,
    progress: Progress,
    say: Callable[[str], None],
) -> SentimentSource:
    from chalicelib.wiring.local_scoring import patient_scorer

    scorer = patient_scorer(config, say)
    if scorer.fallback is None and config.news.analyzer is not Analyzer.LEXICON:  # the models cannot be had: say why
        say(scorer.told)
    series = headlines_of_file(path, config.news.keywords, symbols, closes, scorer, progress)
    if not series.count:
        say(f"{path}: no headline in it becomes known before the candles end: sentiment stays 0")
    return HeadlineSentiment(_words(series, f"of {path.name}"), series, closes)


def _of_stored_news(config: Config, symbols: Sequence[str], first_ms: int, closes: Integers) -> SentimentSource | None:
    if not any(home().glob("runs/binance-*")):  # most often: what knows of runs takes 50 ms to load
        return None
    from trader.runtime.runs import RunFolder

    series = stored_headlines(RunFolder(home()), config.exchange.base_url, symbols, first_ms, closes)
    if series is None:
        return None
    return HeadlineSentiment(_words(series, f"stored by runs on {config.exchange.base_url}"), series, closes)


def _words(series: HeadlineColumns, where: str) -> str:
    scored = f", scored by {series.models}" if series.models else ""
    return f"{series.count:,} headline{'' if series.count == 1 else 's'} {where}{scored}"
