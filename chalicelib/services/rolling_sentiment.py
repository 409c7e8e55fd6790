"""Sentiment of a symbol as the mean of the newest headlines known at a time."""

from __future__ import annotations

from chalicelib.domain import ScoredNews, Sentiment
from chalicelib.ports import NewsStore

NOTHING_KNOWN = Sentiment(0.0)


class RollingSentiment:
    """A SentimentHistory over stored headlines: the plain mean of the last `window` that match the symbol or none.

    Nothing is kept between calls, for another process may record at any time, even with an earlier `known_ms`.
    """

    def __init__(self, news_store: NewsStore, window: int) -> None:
        self._news_store = news_store
        self._window = window

    def at(self, symbol: str, close_ms: int) -> Sentiment:
        """0.0 when no headline was known. Added up newest first, so that the same headlines give the same float."""
        known = self._news_store.known(symbol, close_ms, self._window)
        if not known:
            return NOTHING_KNOWN
        total = 0.0
        for news in known:
            total += news.score.value
        evidence = tuple((news.id, news.score.value) for news in known)
        return Sentiment(total / len(known), evidence, _models(known))


def _models(known: list[ScoredNews]) -> str:
    """The models behind the scores, that of the newest headline first."""
    return ", ".join(dict.fromkeys(news.score.made_by for news in known))
