"""Headlines that nobody needs after the process: the store of a backtest that reads a news file."""

from __future__ import annotations

from collections.abc import Sequence

from chalicelib.domain import FeedHealth, FeedState, NewsItem, Score, ScoredNews
from chalicelib.errors import BadInput
from chalicelib.same_news import Known, unseen


class MemoryNewsStore:
    """A NewsStore without the cost of SQL; a headline's id is its number from 1."""

    def __init__(self) -> None:
        self._known: Known = {}
        self._items: list[NewsItem] = []
        self._scored: dict[int, ScoredNews] = {}

    def add(self, items: Sequence[NewsItem], shared: frozenset[str] = frozenset()) -> list[tuple[str, NewsItem]]:
        first = len(self._items) + 1
        self._items += unseen(items, shared, self._known)
        return self._numbered(first)

    def unscored(self, limit: int) -> list[tuple[str, NewsItem]]:
        if len(self._scored) == len(self._items):
            return []
        return [pair for pair in self._numbered(1) if int(pair[0]) not in self._scored][: max(limit, 0)]

    def record(self, scored: Sequence[ScoredNews]) -> None:
        for news in scored:
            if not (news.id.isdecimal() and 1 <= int(news.id) <= len(self._items)):
                raise BadInput(f"news: no stored headline has the id {news.id!r}")
        for news in scored:
            number = int(news.id)
            self._scored.setdefault(number, ScoredNews(news.id, self._items[number - 1], news.score, news.known_ms))

    def known(self, symbol: str, at_ms: int, count: int) -> list[ScoredNews]:
        found = [
            (news.known_ms, number, news)
            for number, news in self._scored.items()
            if news.known_ms <= at_ms and (not news.item.symbols or symbol in news.item.symbols)
        ]
        return [news for _, _, news in sorted(found, reverse=True)[: max(count, 0)]]

    def latest(self, count: int) -> list[tuple[NewsItem, Score | None]]:
        numbers = sorted(range(1, len(self._items) + 1), key=self._newness, reverse=True)[: max(count, 0)]
        scored = [self._scored.get(number) for number in numbers]
        return [
            (self._items[number - 1], news.score if news else None)
            for number, news in zip(numbers, scored, strict=True)
        ]

    def _numbered(self, first: int) -> list[tuple[str, NewsItem]]:
        return [(str(number), item) for number, item in enumerate(self._items[first - 1 :], first)]

    def _newness(self, number: int) -> tuple[int, int]:
        item = self._items[number - 1]
        return (item.fetched_ms if item.published_ms is None else item.published_ms, number)


class MemoryFeedStore:
    """A FeedStore."""

    def __init__(self) -> None:
        self._states: dict[str, FeedState] = {}

    def load(self, feed: str) -> FeedState:
        return self._states.get(feed, FeedState())

    def save(self, feed: str, state: FeedState) -> None:
        self._states[feed] = state

    def health(self) -> list[FeedHealth]:
        return [state.health for state in self._states.values()]
