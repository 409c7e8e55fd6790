"""New headlines from the feeds: stored once, matched to symbols, scored once."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace

from chalicelib.domain import FeedPage, FeedState, NewsItem, Score, ScoredNews
from chalicelib.errors import BadInput, Unavailable
from chalicelib.headlines import match_symbols
from chalicelib.ports import Clock, FeedStore, NewsSource, NewsStore, SentimentAnalyzer

BATCH = 64
"""Headlines scored and recorded at a time: what a crash in the middle can make the next run score again."""

_LONGEST_SILENCE_MS = 3_600_000  # a feed that asks to be left alone for longer is asked again after an hour


@dataclass(frozen=True, slots=True)
class PollReport:
    """What one run did."""

    fetched: int = 0
    """Items that the feeds gave, known ones included."""
    added: int = 0
    scored: int = 0
    degraded: int = 0
    """Of those scored, how many by the fallback."""
    errors: Mapping[str, str] = field(default_factory=dict)
    """What went wrong in one line, by feed; by model where scoring failed."""


_NOTHING = PollReport()

Waiting = Sequence[tuple[str, NewsItem]]


class PollNews:
    """Safe to run twice, late or after a crash anywhere: the store drops known headlines, a feed's state is saved
    after its items, and headlines left without a score are found again.

    `fallback` scores, marked degraded, when `analyzer` is unavailable; without one they wait. `clock` tells when a
    score was stored; without it, that is the run's `now_ms`, as in simulated time, which stands still meanwhile.
    """

    def __init__(
        self,
        source: NewsSource,
        feeds: Sequence[str],
        feed_store: FeedStore,
        news_store: NewsStore,
        analyzer: SentimentAnalyzer,
        keywords: Mapping[str, tuple[str, ...]],
        fallback: SentimentAnalyzer | None = None,
        clock: Clock | None = None,
    ) -> None:
        self._source = source
        self._feeds = tuple(dict.fromkeys(feeds))
        self._feed_store = feed_store
        self._news_store = news_store
        self._analyzer = analyzer
        self._keywords = keywords
        self._fallback = fallback
        self._clock = clock
        self._silent_until_ms: dict[str, int] = {}
        self._leftovers = True  # of an earlier process, for all this one knows

    def run(self, now_ms: int) -> PollReport:
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
        if not (items or errors or self._leftovers):
            return _NOTHING
        scored, degraded = self._score(added, now_ms, errors)
        return PollReport(len(items), len(added), scored, degraded, errors)

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

    def _score(self, added: Waiting, now_ms: int, errors: dict[str, str]) -> tuple[int, int]:
        """How many were scored and recorded, and how many of them by the fallback."""
        scored = degraded = 0
        for batch in self._batches(added):
            scores = self._scores([item.title for _, item in batch], errors)
            if scores is None:
                break
            known_ms = now_ms if self._clock is None else max(now_ms, self._clock.now_ms())
            verdicts = zip(batch, scores, strict=True)
            self._news_store.record([ScoredNews(key, item, score, known_ms) for (key, item), score in verdicts])
            scored += len(scores)
            degraded += sum(score.degraded for score in scores)
        return scored, degraded

    def _batches(self, added: Waiting) -> Iterator[Waiting]:
        """What to score; `_leftovers` stays true unless the consumer records all of it."""
        if self._leftovers:
            while waiting := self._news_store.unscored(BATCH):
                yield waiting
        else:
            self._leftovers = bool(added)
            for start in range(0, len(added), BATCH):
                yield added[start : start + BATCH]
        self._leftovers = False

    def _scores(self, titles: Sequence[str], errors: dict[str, str]) -> list[Score] | None:
        """One score per title, None when nobody can score now."""
        try:
            return self._analyzer.score(titles)
        except Unavailable as error:
            errors[self._analyzer.model] = str(error)
            if self._fallback is None:
                return None
            return [replace(score, degraded=True) for score in self._fallback.score(titles)]
