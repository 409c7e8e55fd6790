"""Headlines in one process: polled, then scored at once."""

from __future__ import annotations

from dataclasses import dataclass

from chalicelib.services.poll_news import Polled, PollNews
from chalicelib.services.score_news import Scored, ScoreNews


@dataclass(frozen=True, slots=True)
class NewsReport:
    """What both steps of one run did."""

    polled: Polled
    scored: Scored

    @property
    def errors(self) -> dict[str, str]:
        """What went wrong in one line, by feed; by model where scoring failed."""
        return {**self.polled.errors, **self.scored.errors}


@dataclass(frozen=True, slots=True)
class News:
    """The two steps that are two Lambdas on AWS."""

    poll: PollNews
    score: ScoreNews

    def run(self, now_ms: int) -> NewsReport:
        """Raises Unavailable of the news store."""
        polled = self.poll.run(now_ms)
        return NewsReport(polled, self.score.run(now_ms, polled.added))
