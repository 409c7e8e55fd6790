"""First scores for the headlines that have none."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace

from chalicelib.domain import Score, ScoredNews
from chalicelib.errors import Unavailable
from chalicelib.ports import Clock, NewsStore, SentimentAnalyzer
from chalicelib.services.poll_news import Waiting

BATCH = 64
"""Headlines scored and recorded at a time: what a crash in the middle can make the next run score again."""


@dataclass(frozen=True, slots=True)
class Scored:
    """What one run did."""

    scored: int = 0
    degraded: int = 0
    """Of those scored, how many by the fallback."""
    errors: Mapping[str, str] = field(default_factory=dict)
    """Why scoring failed in one line, by model."""


class ScoreNews:
    """Safe to repeat: a headline keeps its first score, and those left without one are found again.

    `fallback` scores, marked degraded, when `analyzer` is unavailable; without one they wait. `clock` tells when a
    score was stored; without it, that is the run's `now_ms`, as in simulated time, which stands still meanwhile.
    """

    def __init__(
        self,
        news_store: NewsStore,
        analyzer: SentimentAnalyzer,
        fallback: SentimentAnalyzer | None = None,
        clock: Clock | None = None,
    ) -> None:
        self._news_store = news_store
        self._analyzer = analyzer
        self._fallback = fallback
        self._clock = clock
        self._leftovers = True  # of an earlier process, for all this one knows

    def run(self, now_ms: int, added: Waiting | None = None) -> Scored:
        """Score what was just added, and what earlier runs left without a score. Raises Unavailable of the store.

        Without `added` the store is searched for what waits: another process polls.
        """
        self._leftovers = self._leftovers or added is None
        errors: dict[str, str] = {}
        scored = degraded = 0
        for batch in self._batches(added or ()):
            scores = self._scores([item.title for _, item in batch], errors)
            if scores is None:
                break
            known_ms = now_ms if self._clock is None else max(now_ms, self._clock.now_ms())
            verdicts = zip(batch, scores, strict=True)
            self._news_store.record([ScoredNews(key, item, score, known_ms) for (key, item), score in verdicts])
            scored += len(scores)
            degraded += sum(score.degraded for score in scores)
        return Scored(scored, degraded, errors)

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
