"""New headlines from the feeds, stored once and matched to symbols."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace

from chalicelib.domain import FeedPage, FeedState, NewsItem
from chalicelib.errors import BadInput, Unavailable
from chalicelib.headlines import match_symbols
from chalicelib.ports import FeedStore, NewsSource, NewsStore

_LONGEST_SILENCE_MS = 3_600_000  # a feed that asks to be left alone for longer is asked again after an hour

Waiting = Sequence[tuple[str, NewsItem]]
"""Stored headlines with their ids that have no score yet."""


@dataclass(frozen=True, slots=True)
class Polled:
    """What one run did."""

    fetched: int = 0
    """Items that the feeds gave, known ones included."""
    added: Waiting = ()
    errors: Mapping[str, str] = field(default_factory=dict)
    """What went wrong in one line, by feed."""


class PollNews:
    """Safe to run twice, late or after a crash anywhere: the store drops known headlines, and a feed's state is saved
    after its items.
    """

    def __init__(
        self,
        source: NewsSource,
        feeds: Sequence[str],
        feed_store: FeedStore,
        news_store: NewsStore,
        keywords: Mapping[str, tuple[str, ...]],
    ) -> None:
        self._source = source
        self._feeds = tuple(dict.fromkeys(feeds))
        self._feed_store = feed_store
        self._news_store = news_store
        self._keywords = keywords
        self._silent_until_ms: dict[str, int] = {}

    def run(self, now_ms: int) -> Polled:
        """Poll every feed once; one that fails is reported and stops no other. Raises Unavailable of the news store."""
        pages: list[FeedPage] = []
        changed: dict[str, FeedState] = {}
        errors: dict[str, str] = {}
        for feed in self._feeds:
            if now_ms < self._silent_until_ms.get(feed, now_ms):
                continue
            try:
                state = self._feed_store.load(feed)
                page = self._fetch(feed, state, now_ms)
            except (BadInput, Unavailable) as error:
                errors[feed] = str(error)
                continue
            pages.append(page)
            if page.state != state:
                changed[feed] = page.state
        items = [item for page in pages for item in page.items]
        added: Waiting = self._news_store.add(self._matched(items)) if items else ()
        for feed, state in changed.items():
            self._feed_store.save(feed, state)
        return Polled(len(items), added, errors)

    def _fetch(self, feed: str, state: FeedState, now_ms: int) -> FeedPage:
        try:
            return self._source.fetch(feed, state, now_ms)
        except Unavailable as error:
            if error.retry_after_s is not None:
                self._silent_until_ms[feed] = now_ms + min(round(error.retry_after_s * 1000), _LONGEST_SILENCE_MS)
            raise

    def _matched(self, items: Sequence[NewsItem]) -> list[NewsItem]:
        """With their symbols, oldest first: feeds list the newest first, and the store's order breaks ties."""
        matched = [replace(item, symbols=match_symbols(item.title, self._keywords)) for item in reversed(items)]
        return sorted(matched, key=lambda item: item.fetched_ms if item.published_ms is None else item.published_ms)
