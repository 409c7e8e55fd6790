"""A decision with what it rests on: every condition in words, and its headlines by title."""

from __future__ import annotations

from dataclasses import dataclass

from chalicelib.domain import Decision, ScoredNews, close_of
from chalicelib.ports import NewsStore
from chalicelib.services.rolling_sentiment import newest_counting
from chalicelib.strategy.condition_words import conditions_in_words
from chalicelib.strategy.rule import StrategyRule

FROM_FILE = "file "
"""What the model of a sentiment file begins with; its scores are in no store."""
LATE = 50
"""How many headlines may have been stored after a decision with an earlier time and still be told apart."""


@dataclass(frozen=True, slots=True)
class Explained:
    """A decision, and what its record names."""

    decision: Decision
    conditions: tuple[str, ...]
    """In words, in the order in which they were asked; empty where they cannot be told."""
    headlines: tuple[ScoredNews, ...]
    """Those that its sentiment rests on and that are still kept, newest first; none where no sentiment was read."""
    reads_sentiment: bool = True
    """Whether the strategy declares it: what is recorded beside the decision of another had no part in it."""

    @property
    def gone(self) -> int:
        """The number of its headlines that are not kept any more."""
        known = self.decision.sentiment
        is_shown = self.reads_sentiment and not known.model.startswith(FROM_FILE)
        return len(known.evidence) - len(self.headlines) if is_shown else 0


def explained(decision: Decision, rule: StrategyRule | None, news: NewsStore, seen: int | None = None) -> Explained:
    """The decision with its conditions, where it is known what it was decided by, and its headlines.

    `seen` as for `conditions_in_words`. Raises Unavailable.
    """
    if rule is None:
        return Explained(decision, (), headlines_behind(decision, news))
    reads = rule.strategy.reads_sentiment
    headlines = headlines_behind(decision, news) if reads else ()
    return Explained(decision, conditions_in_words(rule, decision, seen), headlines, reads)


def headlines_behind(decision: Decision, news: NewsStore) -> tuple[ScoredNews, ...]:
    """The stored headlines that its sentiment rests on, newest first; none where that came from a file."""
    ids = {headline for headline, _ in decision.sentiment.evidence}
    if not ids or decision.sentiment.model.startswith(FROM_FILE):
        return ()
    close_ms, max_age_ms = close_of(decision.minute_ms), decision.sentiment.max_age_ms
    known = newest_counting(news, decision.symbol, close_ms, len(ids) + LATE, max_age_ms)
    return tuple(headline for headline in known if headline.id in ids)
