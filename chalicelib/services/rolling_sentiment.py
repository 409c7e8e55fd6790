"""Sentiment of a symbol as the mean of the newest headlines known at a time."""

from __future__ import annotations

from collections.abc import Sequence

from chalicelib.domain import ScoredNews, Sentiment
from chalicelib.ports import NewsStore


class RollingSentiment:
    """A SentimentHistory over stored headlines: the plain mean of the last `window` that match the symbol or none.

    Those older than `max_age_ms` do not count; None: all do. Nothing is kept between calls, for another process may
    record at any time, even with an earlier `known_ms`.
    """

    def __init__(self, news_store: NewsStore, window: int, max_age_ms: int | None = None) -> None:
        self._news_store = news_store
        self._window = window
        self._max_age_ms = max_age_ms

    def at(self, symbol: str, close_ms: int) -> Sentiment:
        """0.0 when no headline counts. Added up newest first, so that the same headlines give the same float."""
        known = newest_counting(self._news_store, symbol, close_ms, self._window, self._max_age_ms)
        total = 0.0
        for news in known:
            total += news.score.value
        evidence = tuple((news.id, news.score.value) for news in known)
        return Sentiment(total / max(len(known), 1), evidence, _models(known), self._max_age_ms)


def newest_counting(
    news_store: NewsStore, symbol: str, close_ms: int, count: int, max_age_ms: int | None
) -> list[ScoredNews]:
    """The newest `count` headlines of the symbol known at a close and at most `max_age_ms` old then, newest first."""
    known = news_store.known(symbol, close_ms, count)
    if max_age_ms is None:
        return known
    oldest_ms, asked = close_ms - max_age_ms, count
    while True:
        young = [news for news in known if dated_ms(news) >= oldest_ms]
        if len(young) >= count or len(known) < asked or known[-1].known_ms < oldest_ms:
            return young[:count]
        asked *= 2  # some that became known lately are old, as of a feed read for the first time: look behind them
        known = news_store.known(symbol, close_ms, asked)


def dated_ms(news: ScoredNews) -> int:
    """The time that a headline is from: published, else fetched; with a later date than it became known, from then."""
    item = news.item
    return min(item.fetched_ms if item.published_ms is None else item.published_ms, news.known_ms)


def _models(known: Sequence[ScoredNews]) -> str:
    """The models behind the scores, that of the newest headline first."""
    return ", ".join(dict.fromkeys(news.score.made_by for news in known))
