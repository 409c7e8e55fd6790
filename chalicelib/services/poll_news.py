"""New headlines from the feeds, stored once and matched to symbols."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field, replace

from chalicelib.domain import FeedPage, FeedState, NewsItem
from chalicelib.errors import BadInput, TraderError, Unavailable
from chalicelib.headlines import match_symbols
from chalicelib.ports import FeedStore, NewsSource, NewsStore
from chalicelib.redact import shown_address

MOST_AT_ONCE = 8
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
    """What went wrong in one line, by feed as a message names it."""


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
        self._silence_ms: dict[str, tuple[int, int]] = {}
        self._states: dict[str, FeedState] = {}
        """What this process loaded or saved last. One that somebody else has replaced costs a page already known."""

    def run(self, now_ms: int) -> Polled:
        """Poll every feed once; one that fails is reported and stops no other. Raises Unavailable of the news store."""
        errors: dict[str, str] = {}
        asked = {}
        for feed in self._feeds:
            if not self._is_silent(feed, now_ms):
                try:
                    asked[feed] = self._state(feed)
                except Unavailable as error:
                    errors[shown_address(feed)] = str(error)
        answers = self._answers(asked, now_ms)
        errors |= {shown_address(feed): str(said) for feed, said in answers.items() if isinstance(said, TraderError)}
        pages = {feed: answer for feed, answer in answers.items() if isinstance(answer, FeedPage)}
        changed = {feed: page.state for feed, page in pages.items() if page.state != asked[feed]}
        items = [item for page in pages.values() for item in page.items]
        added: Waiting = self._news_store.add(self._matched(items)) if items else ()
        for feed, state in changed.items():
            self._feed_store.save(feed, state)
            self._states[feed] = state
        return Polled(len(items), added, errors)

    def _state(self, feed: str) -> FeedState:
        if feed not in self._states:
            self._states[feed] = self._feed_store.load(feed)
        return self._states[feed]

    def _is_silent(self, feed: str, now_ms: int) -> bool:
        """Whether it asked to be left alone; a clock that was set back ends that rather than make it longer."""
        from_ms, until_ms = self._silence_ms.get(feed, (now_ms, now_ms))
        return from_ms <= now_ms < until_ms

    def _answers(self, asked: Mapping[str, FeedState], now_ms: int) -> dict[str, FeedPage | TraderError]:
        """What each feed gave, in the order of the feeds; several are asked at once, so that they wait together."""
        if len(asked) < 2:
            return {feed: self._fetched(feed, state, now_ms) for feed, state in asked.items()}
        with ThreadPoolExecutor(MOST_AT_ONCE) as pool:
            answers = [pool.submit(self._fetched, feed, state, now_ms) for feed, state in asked.items()]
            return {feed: answer.result() for feed, answer in zip(asked, answers, strict=True)}

    def _fetched(self, feed: str, state: FeedState, now_ms: int) -> FeedPage | TraderError:
        try:
            return self._source.fetch(feed, state, now_ms)
        except Unavailable as error:
            if error.retry_after_s is not None:
                asked_for_ms = min(round(error.retry_after_s * 1000), _LONGEST_SILENCE_MS)
                self._silence_ms[feed] = now_ms, now_ms + asked_for_ms
            return error
        except BadInput as error:
            return error

    def _matched(self, items: Sequence[NewsItem]) -> list[NewsItem]:
        """With their symbols, oldest first: feeds list the newest first, and the store's order breaks ties."""
        matched = [replace(item, symbols=match_symbols(item.title, self._keywords)) for item in reversed(items)]
        return sorted(matched, key=lambda item: item.fetched_ms if item.published_ms is None else item.published_ms)
