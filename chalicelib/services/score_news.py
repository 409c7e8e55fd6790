"""First scores for the headlines that have none."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from math import inf

from chalicelib.domain import Score, ScoredNews, fallback_score
from chalicelib.errors import Unavailable
from chalicelib.partly_scored import PartlyScored
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

    `fallback` scores, weakly and marked degraded, what `analyzer` cannot: all of it when it is unavailable, some of it
    when it says so, all of it when it answers anything impossible. Without a fallback headlines wait. Once `deadline_s`
    have passed in a run, everything left goes to the fallback; without it an analyzer may take its time. A score
    counts from the moment just before it is stored, which `clock` tells; without it, that is the run's `now_ms`, as in
    simulated time, which stands still meanwhile.
    """

    def __init__(
        self,
        news_store: NewsStore,
        analyzer: SentimentAnalyzer,
        fallback: SentimentAnalyzer | None = None,
        clock: Clock | None = None,
        deadline_s: float = inf,
        elapsed_s: Callable[[], float] = time.monotonic,
    ) -> None:
        self._news_store = news_store
        self._analyzer = analyzer
        self._fallback = fallback
        self._clock = clock
        self._deadline_s = deadline_s
        self._elapsed_s = elapsed_s
        self._leftovers = True  # of an earlier process, for all this one knows

    def run(self, now_ms: int, added: Waiting | None = None) -> Scored:
        """Score what was just added, and what earlier runs left without a score. Raises Unavailable of the store.

        Without `added` the store is searched for what waits: another process polls.
        """
        self._leftovers = self._leftovers or added is None
        end_s = self._elapsed_s() + self._deadline_s
        errors: dict[str, str] = {}
        scored = degraded = 0
        for batch in self._batches(added or ()):
            scores = self._scores([item.title for _, item in batch], end_s, errors)
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

    def _scores(self, titles: Sequence[str], end_s: float, errors: dict[str, str]) -> list[Score] | None:
        """One score per title, None when nobody can score now."""
        try:
            return self._analyzed(titles, end_s)
        except PartlyScored as error:
            errors[self._analyzer.model] = str(error)
            found: Sequence[Score | str] = error.scores
        except Unavailable as error:
            errors[self._analyzer.model] = str(error)
            found = [str(error)] * len(titles)
        if self._fallback is None:
            return None
        missing = [title for title, each in zip(titles, found, strict=True) if not isinstance(each, Score)]
        stand_ins = iter(self._fallback.score(missing))
        return [each if isinstance(each, Score) else fallback_score(next(stand_ins)) for each in found]

    def _analyzed(self, titles: Sequence[str], end_s: float) -> list[Score]:
        """What the analyzer says. Raises Unavailable, also for what no analyzer can mean."""
        if self._elapsed_s() >= end_s:
            raise Unavailable(f"no score within {self._deadline_s:g} s")
        try:
            scores: Sequence[Score | str] = self._analyzer.score(titles)
        except PartlyScored as error:
            _refuse_unsound(error.scores, len(titles))
            raise
        _refuse_unsound(scores, len(titles))
        return [score for score in scores if isinstance(score, Score)]


def _refuse_unsound(scores: Sequence[Score | str], count: int) -> None:
    """Raises Unavailable: what gives one impossible score is not to be believed in the others."""
    if len(scores) != count:
        raise Unavailable(f"{len(scores)} scores for {count} headlines")
    unsound = [score for score in scores if isinstance(score, Score) and not score.is_sound]
    if unsound:
        raise Unavailable(f"an impossible score: {unsound[0].value!r}")
