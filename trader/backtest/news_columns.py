"""The headlines that a backtest hears of: those of a news file, or those that runs in real time have stored."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from chalicelib.domain import Score, ScoredNews
from chalicelib.partly_scored import complete, scores_or_reasons
from chalicelib.ports import NewsStore, SentimentAnalyzer
from trader.backtest.sentiment_columns import HeadlineSeries, series_of
from trader.data.arrays import Integers

if TYPE_CHECKING:
    from chalicelib.wiring.scoring import Scorer
    from trader.runtime.runs import RunFolder

TITLES_AT_A_TIME = 64
"""After how many progress is shown; language models take some seconds for them."""
ALL = 2**62

Progress = Callable[[int | None, str], AbstractContextManager[Callable[[int], None]]]


@dataclass(frozen=True, slots=True)
class HeadlineColumns:
    """What was heard of each symbol, and of what in all."""

    by_symbol: tuple[HeadlineSeries, ...]
    count: int
    """Headlines that count for any of the symbols."""
    models: str
    """Who scored them, that of the newest first."""


def headlines_of_file(
    path: Path,
    keywords: Mapping[str, tuple[str, ...]],
    symbols: Sequence[str],
    closes: Integers,
    scorer: Scorer,
    progress: Progress,
) -> HeadlineColumns:
    """What `trader paper run --news` would know by the last of these closes (ascending, at least one).

    The use cases of a run do the work, at the closes at which anything becomes known. Raises BadInput for the file.
    """
    from chalicelib.services.news import News
    from chalicelib.services.poll_news import PollNews
    from trader.backtest.memory_news import MemoryFeedStore, MemoryNewsStore
    from trader.data.news_file import NewsFile

    file = NewsFile(path)
    known = [item for item in file.items if item.fetched_ms <= closes[-1]]
    titles = list(dict.fromkeys(item.title for item in known))
    store = MemoryNewsStore()
    with progress(len(titles) + len(known), "headlines") as advance:
        scores = replace(scorer, analyzer=_Scored(scorer.analyzer, titles, advance))
        poll = PollNews(file, (str(path),), MemoryFeedStore(), store, keywords)
        news = News(poll, scores.use_case(store, None))
        series_at = closes[np.searchsorted(closes, np.array([item.fetched_ms for item in known], dtype=np.int64))]
        for close_ms in np.unique(series_at).tolist():
            advance(news.run(close_ms).polled.fetched)
    return _headlines(store, symbols, int(closes[-1]))


def stored_headlines(
    folder: RunFolder, base_url: str, symbols: Sequence[str], first_ms: int, closes: Integers
) -> HeadlineColumns | None:
    """What runs in real time on the exchange of this address stored; None if nothing became known from `first_ms` on.

    It counts as it did live: from the recorded `known_ms` on, with the recorded score and symbols, headlines from
    before that included. Raises BadInput for a damaged store, Unavailable.
    """
    from chalicelib import wiring

    run = folder.found_in_real_time("binance", {"base_url": base_url})
    if run is None or not folder.database(run).exists():
        return None
    with wiring.recorded_stores(folder.database(run)) as stores:
        headlines = _headlines(stores.news, symbols, int(closes[-1]))
    in_time = any(series.known_ms.size and series.known_ms[-1] >= first_ms for series in headlines.by_symbol)
    return headlines if in_time else None


class _Scored:
    """A SentimentAnalyzer of titles that another one scored beforehand, many at once as analyzers like it."""

    def __init__(self, analyzer: SentimentAnalyzer, titles: Sequence[str], advance: Callable[[int], None]) -> None:
        self.model = analyzer.model
        self._found: dict[str, Score | str] = {}
        for start in range(0, len(titles), TITLES_AT_A_TIME):
            batch = titles[start : start + TITLES_AT_A_TIME]
            self._found.update(zip(batch, scores_or_reasons(analyzer.score, batch), strict=True))
            advance(len(batch))

    def score(self, titles: Sequence[str]) -> list[Score]:
        """Raises what the other one raised for these titles."""
        return complete([self._found[title] for title in titles])


def _headlines(store: NewsStore, symbols: Sequence[str], end_ms: int) -> HeadlineColumns:
    known = [store.known(symbol, end_ms, ALL) for symbol in symbols]
    every = {news.id: news for each in known for news in each}
    return HeadlineColumns(tuple(map(series_of, known)), len(every), _models(list(every.values())))


def _models(known: Sequence[ScoredNews]) -> str:
    newest_first = sorted(known, key=lambda news: news.known_ms, reverse=True)
    return ", ".join(dict.fromkeys(news.score.made_by for news in newest_first))
