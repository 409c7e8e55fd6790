"""New headlines from the feeds, stored once and matched to symbols."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field, replace

from chalicelib.domain import FeedPage, FeedState, NewsItem
from chalicelib.errors import BadInput, TraderError, Unavailable
from chalicelib.headlines import match_symbols
from chalicelib.ports import FeedStore, NewsSource, NewsStore
from chalicelib.redact import shown_address
from chalicelib.same_news import shared_keys
from chalicelib.services.feed_health import after_failure, after_page, is_silent, is_worth_saving

MOST_AT_ONCE = 8
_LONGEST_GAP_MS = 90_000  # of a process that polls each minute; after a longer one somebody else may have polled

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
        self._last_ms: int | None = None
        self._states: dict[str, FeedState] = {}
        """What this process loaded or saved last. One that somebody else has replaced costs a page already known."""

    def run(self, now_ms: int) -> Polled:
        """Poll every feed once; one that fails is reported and stops no other. Raises Unavailable of the news store."""
        errors: dict[str, str] = {}
        asked = self._to_be_asked(now_ms, errors)
        answers = self._answers(asked, now_ms)
        errors |= {shown_address(feed): str(said) for feed, said in answers.items() if isinstance(said, TraderError)}
        pages = [answer.items for answer in answers.values() if isinstance(answer, FeedPage)]
        items = [item for page in pages for item in page]
        shared = frozenset[str]().union(*map(shared_keys, pages))
        added: Waiting = self._news_store.add(self._matched(items), shared) if items else ()
        new = {replace(item, symbols=()) for _, item in added}
        for feed, answer in answers.items():
            self._remember(feed, _known_after(asked[feed], feed, answer, new, now_ms), now_ms)
        return Polled(len(items), added, errors)

    def _to_be_asked(self, now_ms: int, errors: dict[str, str]) -> dict[str, FeedState]:
        """The feeds that are not to be left alone with what is known of them; `errors` gets what cannot be loaded."""
        if self._last_ms is None or not 0 <= now_ms - self._last_ms <= _LONGEST_GAP_MS:
            self._states.clear()
        self._last_ms = now_ms
        asked = {}
        for feed in self._feeds:
            try:
                state = self._state(feed)
            except Unavailable as error:
                errors[shown_address(feed)] = str(error)
            else:
                if not is_silent(state.health, now_ms):
                    asked[feed] = state
        return asked

    def _state(self, feed: str) -> FeedState:
        if feed not in self._states:
            self._states[feed] = self._feed_store.load(feed)
        return self._states[feed]

    def _remember(self, feed: str, state: FeedState, now_ms: int) -> None:
        if is_worth_saving(self._states[feed], state, now_ms):
            self._feed_store.save(feed, state)
            self._states[feed] = state

    def _answers(self, asked: Mapping[str, FeedState], now_ms: int) -> dict[str, FeedPage | TraderError]:
        """What each feed gave, in the order of the feeds; several are asked at once, so that they wait together."""
        if len(asked) < 2:
            return {feed: self._fetched(feed, state, now_ms) for feed, state in asked.items()}
        with ThreadPoolExecutor(MOST_AT_ONCE) as pool:
            answers = [pool.submit(self._fetched, feed, state, now_ms) for feed, state in asked.items()]
            return {feed: answer.result() for feed, answer in zip(asked, answers, strict=True)}

    def _fetched(self, feed: str, state: FeedState, now_ms: int) -> FeedPage | TraderError:
        is_told_of = state.health.answered_ms is not None  # an older version told nothing
        try:
            known = FeedState(state.etag, state.last_modified) if is_told_of else FeedState()
            return self._source.fetch(feed, known, now_ms)
        except (Unavailable, BadInput) as error:
            return error

    def _matched(self, items: Sequence[NewsItem]) -> list[NewsItem]:
        """With their symbols, oldest first: feeds list the newest first, and the store's order breaks ties."""
        matched = [replace(item, symbols=match_symbols(item.title, self._keywords)) for item in reversed(items)]
        return sorted(matched, key=lambda item: item.fetched_ms if item.published_ms is None else item.published_ms)


def _known_after(
    state: FeedState, feed: str, answer: FeedPage | TraderError, new: Collection[NewsItem], now_ms: int
) -> FeedState:
    if isinstance(answer, TraderError):
        return replace(state, health=after_failure(state.health, feed, answer, now_ms))
    return after_page(state, feed, answer, any(item in new for item in answer.items), now_ms)
