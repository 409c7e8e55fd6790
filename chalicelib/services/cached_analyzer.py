"""Scores that were made before, and new ones a few at a time, so that what goes wrong costs few headlines."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from math import inf

from chalicelib.domain import Score
from chalicelib.errors import TraderError, Unavailable
from chalicelib.foreign_text import one_line
from chalicelib.headlines import scored_form
from chalicelib.partly_scored import complete
from chalicelib.ports import ScoreCache, SentimentAnalyzer

AT_ONCE = 16
"""Headlines that are handed on in one call; a language model reads so many in one batch."""
LONGEST_REASON = 200
NO_TIME = "no time was left for it"


class CachedAnalyzer:
    """A SentimentAnalyzer over another one that asks it only for what the cache lacks.

    A batch that fails is tried again headline by headline. What is unsound counts as failed, and a fallback's score is
    not remembered. Scoring goes on without a cache that does not answer.
    """

    def __init__(
        self,
        analyzer: SentimentAnalyzer,
        cache: ScoreCache,
        patience_s: float = inf,
        elapsed_s: Callable[[], float] = time.monotonic,
    ) -> None:
        self._analyzer = analyzer
        self._cache = cache
        self._patience_s = patience_s
        self._elapsed_s = elapsed_s

    @property
    def model(self) -> str:
        """That of the analyzer."""
        return self._analyzer.model

    def score(self, titles: Sequence[str]) -> list[Score]:
        """One score per title, in order. Raises PartlyScored, and Unavailable when no title could be scored."""
        return self.score_within(titles, self._patience_s)

    def score_within(self, titles: Sequence[str], seconds: float) -> list[Score]:
        """As `score`; no further batch is begun after so many seconds, in `score` after `patience_s`."""
        end_s = self._elapsed_s() + seconds
        forms = [scored_form(title) for title in titles]
        memory = _Memory(self._cache, self.model)
        found: dict[str, Score | str] = {**memory.find(list(dict.fromkeys(forms)))}
        for batch in _batches([form for form in dict.fromkeys(forms) if form not in found]):
            made = self._batch(batch, end_s)
            found.update({**made, **memory.keep(made)})
        return complete([found[form] for form in forms])

    def _batch(self, forms: Sequence[str], end_s: float) -> dict[str, Score | str]:
        """A score or the reason why there is none, by headline."""
        if self._elapsed_s() >= end_s:
            return dict.fromkeys(forms, NO_TIME)
        try:
            scores = self._analyzer.score(forms)
            if len(scores) != len(forms):
                raise Unavailable(f"{len(scores)} scores for {len(forms)} headlines")
        except Exception as error:  # one headline that trips an analyzer must not cost the others their scores
            if len(forms) == 1:
                return {forms[0]: one_line(str(error), LONGEST_REASON) or type(error).__name__}
            return {form: each for one in forms for form, each in self._batch([one], end_s).items()}
        checked = (score if score.is_sound else f"an impossible score: {score.value!r}" for score in scores)
        return dict(zip(forms, checked, strict=True))


class _Memory:
    """A cache during one call: once it fails it is left alone, so that waiting for it costs no headline its time."""

    def __init__(self, cache: ScoreCache, model: str) -> None:
        self._cache = cache
        self._model = model
        self._answers = True

    def find(self, forms: Sequence[str]) -> dict[str, Score]:
        return self._sound(lambda: self._cache.find(self._model, forms))

    def keep(self, made: Mapping[str, Score | str]) -> dict[str, Score]:
        """What is remembered of those that are worth it: the first score of a headline, whoever made it."""
        worth = {form: score for form, score in made.items() if isinstance(score, Score) and not score.degraded}
        return self._sound(lambda: self._cache.keep(self._model, worth)) if worth else {}

    def _sound(self, ask: Callable[[], dict[str, Score]]) -> dict[str, Score]:
        if self._answers:
            try:
                return {form: score for form, score in ask().items() if score.is_sound}
            except TraderError:
                self._answers = False
        return {}


def _batches(forms: Sequence[str]) -> Iterator[Sequence[str]]:
    return (forms[start : start + AT_ONCE] for start in range(0, len(forms), AT_ONCE))
