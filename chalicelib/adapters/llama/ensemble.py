"""Several models on one headline: their average, and next to nothing where they contradict each other.

A text that is made to move one model hardly ever moves another in the same way, so what they disagree on is not to be
traded on. What is kept of it, a hundredth, weighs nothing beside other headlines and leaves the sign, which is right in
two of three such headlines that have a tone (docs/sentiment.md).
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import replace
from typing import Protocol

import numpy as np

from chalicelib.adapters.llama.head import Probabilities
from chalicelib.adapters.llama.sanitise import Clean, sanitise
from chalicelib.adapters.llama.verdict import HeadlineVerdict, verdict
from chalicelib.domain import Score

FARTHEST = 0.7
"""Two scores that differ by more are a disagreement, as are two of opposite signs."""
KEPT = 0.01
"""Share of the average that is kept of a disagreement: less than .01, so next to nothing, but with its sign."""
MIXED = 0.5
"""Scores of a title's two parts beyond this, in opposite directions: two of a thousand headlines of the folds."""

_PART_WORDS = 3
_TITLE_WORDS = 8
_BREAK = re.compile(r"\s[-\u2013\u2014|(]\s?|[;:.!?]\s|,\s")


class Judge(Protocol):
    """A model as the ensemble sees it; LlamaAnalyzer is one."""

    @property
    def model(self) -> str: ...
    def probabilities(self, cleans: Sequence[Clean]) -> Probabilities: ...


class EnsembleAnalyzer:
    """A SentimentAnalyzer over at least one judge.

    `sceptic`, a cheap one, also reads the two parts of a title that has two: a cheerful sentence behind a sad one is
    either two stories or a trick, and scores 0 with the flag `mixed`.
    """

    def __init__(self, judges: Sequence[Judge], sceptic: Judge | None = None) -> None:
        self._judges = tuple(judges)
        self._sceptic = sceptic
        self._model = "+".join(judge.model for judge in self._judges)

    @property
    def model(self) -> str:
        """Every judge's model."""
        return self._model

    def score(self, titles: Sequence[str]) -> list[Score]:
        """One score per title, in order. Raises Unavailable when llama.cpp fails."""
        return [each.score() for each in self.verdicts(titles)]

    def verdicts(self, titles: Sequence[str]) -> list[HeadlineVerdict]:
        """As score(), with flags and probabilities."""
        cleans = [sanitise(title) for title in titles]
        if not cleans:
            return []
        opinions = np.stack([judge.probabilities(cleans) for judge in self._judges], axis=1)
        mixed = self._mixed(cleans)
        return [self._verdict(clean, each, clean.text in mixed) for clean, each in zip(cleans, opinions, strict=True)]

    def _mixed(self, cleans: Sequence[Clean]) -> set[str]:
        """Texts whose two parts say the opposite of each other."""
        parts = {clean.text: halves for clean in cleans if (halves := two_parts(clean.text))}
        if self._sceptic is None or not parts:
            return set()
        read = self._sceptic.probabilities([Clean(half, ()) for halves in parts.values() for half in halves])
        scores = (read[:, 2] - read[:, 0]).reshape(-1, 2)
        return {
            text
            for text, (a, b) in zip(parts, scores.tolist(), strict=True)
            if min(a, b) < -MIXED and max(a, b) > MIXED
        }

    def _verdict(self, clean: Clean, opinions: Probabilities, mixed: bool) -> HeadlineVerdict:
        """Of one title; one row of opinions per judge."""
        mean = opinions.mean(axis=0).tolist()
        found = verdict(clean, (mean[0], mean[1], mean[2]), self._model)
        if clean.hostile or not clean.text:
            return found
        if mixed:
            return replace(found, value=0.0, flags=(*found.flags, "mixed"))
        if not disagree([float(row[2] - row[0]) for row in opinions]):
            return found
        kept = 0.0 if found.flags else KEPT  # what was disguised gets no benefit of the doubt
        return replace(found, value=found.value * kept, flags=(*found.flags, "disagreement"))


def two_parts(text: str) -> tuple[str, str] | None:
    """The text parted at the mark that leaves the shorter part longest; None for a short text or one without marks.

    >>> two_parts("Exchange loses $40 million in hack - Bitcoin soars to a record high")
    ('Exchange loses $40 million in hack', 'Bitcoin soars to a record high')
    >>> two_parts("Bitcoin, ether fall")
    """
    if len(text.split()) < _TITLE_WORDS:
        return None
    parts = [(text[: mark.start()], text[mark.end() :]) for mark in _BREAK.finditer(text)]
    sized = [(min(len(first.split()), len(second.split())), first, second) for first, second in parts]
    size, first, second = max(sized, default=(0, "", ""), key=lambda each: each[0])
    return (first, second) if size >= _PART_WORDS else None


def disagree(scores: Sequence[float]) -> bool:
    """Whether two of the scores have opposite signs or differ by more than FARTHEST.

    >>> disagree([0.2, -0.1]), disagree([0.9, 0.1]), disagree([0.9, 0.3]), disagree([0.4])
    (True, True, False, False)
    """
    return min(scores) * max(scores) < 0.0 or max(scores) - min(scores) > FARTHEST
