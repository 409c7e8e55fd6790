"""Sentiment by word list: VADER's rules and words, with terms of finance and crypto of our own."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import NamedTuple

from vaderSentiment.vaderSentiment import SentimentIntensityAnalyzer

from chalicelib.domain import Score
from chalicelib.errors import BadInput
from chalicelib.headlines import plain_text

TERMS_FILE = Path(__file__).parent / "terms.tsv"


class Domain(NamedTuple):
    """What headlines of one kind are scored with."""

    sections: tuple[str, ...]
    """Of the terms file; a later one overrides."""
    neutral_band: float
    """Scores of at least this size have a tone."""


# 0.05 is VADER's own. 0.2, chosen on training headlines, takes one strong word or two weak ones ("deal", "profit").
DOMAINS: Mapping[str, Domain] = {
    "plain": Domain((), 0.05),
    "finance": Domain(("finance",), 0.2),
    "crypto": Domain(("finance", "crypto"), 0.2),
}
"""plain has VADER's words only: what the others are measured against."""

_TYPOGRAPHY = str.maketrans(
    dict.fromkeys("\u2018\u2019", "'")
    | dict.fromkeys("\u2013\u2014", " - ")
    | dict.fromkeys("\u201c\u201d\u2026/|", " ")
)


class LexiconAnalyzer:
    """A SentimentAnalyzer that needs nothing but its word list: about 0.1 ms a title, the same score everywhere.

    A term's valence is on VADER's scale of -4..4; 0 silences a word that means something else in a headline (a bank
    "trust", a "share"). Terms of several words are matched as one.
    """

    def __init__(self, domain: str = "crypto") -> None:
        if domain not in DOMAINS:
            raise BadInput(f"sentiment domain {domain!r}: must be one of {', '.join(sorted(DOMAINS))}")
        terms = load_terms(TERMS_FILE, DOMAINS[domain].sections)
        self._neutral_band = DOMAINS[domain].neutral_band
        self._vader = SentimentIntensityAnalyzer()
        words: dict[str, float] = self._vader.lexicon
        words.update({_joined(term): valence for term, valence in terms.items()})
        self._phrases = _phrase_pattern([term for term in terms if " " in term])
        digest = hashlib.sha256(repr(sorted(words.items())).encode()).hexdigest()
        self._model = f"lexicon-{domain}-{digest[:8]}"

    @property
    def model(self) -> str:
        """The domain and a hash of every word's valence."""
        return self._model

    def score(self, titles: Sequence[str]) -> list[Score]:
        """VADER's compound score of each title, -1..1. Never raises."""
        return [self._score(title) for title in titles]

    def _score(self, title: str) -> Score:
        text = plain_text(title).translate(_TYPOGRAPHY)
        if self._phrases:
            text = self._phrases.sub(lambda found: _joined(found[0]), text)
        value = float(self._vader.polarity_scores(text)["compound"])
        label = "neutral" if abs(value) < self._neutral_band else "positive" if value > 0.0 else "negative"
        return Score(value, label, self._model)


def load_terms(path: Path, sections: Sequence[str]) -> dict[str, float]:
    """Term to valence, of the lines `section<TAB>valence<TAB>term, term …` in these sections, a later one coming first.

    Raises BadInput naming the line that is not of this form or repeats a term of its section.
    """
    by_section: dict[str, dict[str, float]] = {}
    for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), start=1):
        if not line.strip() or line.startswith("#"):
            continue
        try:
            section, valence, listed = line.split("\t")
            weight = float(valence)
        except ValueError:
            raise BadInput(f"{path.name}: line {number} must be section, valence and terms, tab-separated") from None
        terms = by_section.setdefault(section, {})
        for term in map(str.strip, listed.split(",")):
            if term in terms:
                raise BadInput(f"{path.name}: line {number} repeats {term}")
            terms[term] = weight
    return {term: weight for section in sections for term, weight in by_section.get(section, {}).items()}


def _joined(term: str) -> str:
    """One token, which VADER's splitting at white space keeps whole; a single word as it is."""
    parts = re.split(r"[\s-]+", term)
    return "_".join(parts).lower() if len(parts) > 1 else term


def _phrase_pattern(phrases: Sequence[str]) -> re.Pattern[str] | None:
    if not phrases:
        return None
    longest_first = sorted(phrases, key=lambda phrase: (-len(phrase), phrase))
    choices = "|".join(r"[\s-]+".join(map(re.escape, phrase.split())) for phrase in longest_first)
    return re.compile(rf"(?<![\w-])(?:{choices})(?![\w-])", re.IGNORECASE)
