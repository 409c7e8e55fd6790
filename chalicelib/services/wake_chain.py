"""The stages of a minute where each is a process of its own: what one made new wakes the next.

fetch_klines → update_indicators → trade, and poll_news → sentiment. A wake-up saves the wait for the next schedule and
nothing depends on it: one that gets lost, comes twice or late changes nothing, for every stage works from its cursor.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field

from chalicelib.errors import TraderError, Unavailable
from chalicelib.ports import NewsStore, Waker
from chalicelib.services.fetch_klines import FetchKlines
from chalicelib.services.poll_news import PollNews
from chalicelib.services.score_news import ScoreNews
from chalicelib.services.supervise import SupervisedTrade
from chalicelib.services.update_indicators import UpdateIndicators


@dataclass(frozen=True, slots=True)
class Done:
    """What a stage did, for one line of log; `failed` is raised once that is written."""

    counts: Mapping[str, int] = field(default_factory=dict)
    """By what was counted; nothing in it, nothing done."""
    failed: tuple[Exception, ...] = ()
    troubles: Mapping[str, str] = field(default_factory=dict)
    """What went wrong without being an error of this stage, by its source."""

    def raise_first(self) -> None:
        """Raise the first failure, so that the invocation counts as failed."""
        for error in self.failed:
            raise error


@dataclass(frozen=True, slots=True)
class FetchStage:
    """Candles; wakes itself while the exchange has more."""

    fetch: FetchKlines
    waker: Waker

    def run(self, now_ms: int) -> Done:
        report = self.fetch.run()
        if report.new:
            _wake(self.waker, "update_indicators", now_ms)
        if report.more:
            _wake(self.waker, "fetch_klines", now_ms)
        return Done(report.new, report.failed)


@dataclass(frozen=True, slots=True)
class IndicatorStage:
    """Indicators, once per set of parameters that the agents use."""

    updates: Sequence[UpdateIndicators]
    waker: Waker

    def run(self, now_ms: int) -> Done:
        made = 0
        failed: list[Exception] = []
        for update in self.updates:
            try:
                made += update.run()
            except TraderError as error:
                failed.append(error)
        if made:
            _wake(self.waker, "trade", now_ms)
        return Done({"ticks": made} if made else {}, tuple(failed))


@dataclass(frozen=True, slots=True)
class TradeStage:
    """Every agent trades, whatever happens to the others."""

    agents: Sequence[SupervisedTrade]

    def run(self, now_ms: int) -> Done:
        minutes: dict[str, int] = {}
        failed: list[Exception] = []
        for agent in self.agents:
            try:
                changes = agent.run(now_ms).changes
                if changes:
                    minutes[agent.agent_id] = len(changes)
                else:
                    agent.raise_if_stalled(now_ms)
            except Exception as error:  # a defect that one agent meets must not stop the others
                failed.append(error)
        return Done(minutes, tuple(failed))


@dataclass(frozen=True, slots=True)
class NewsStage:
    """Headlines."""

    poll: PollNews
    news: NewsStore
    waker: Waker

    def run(self, now_ms: int) -> Done:
        """A feed that fails is no error of this stage: trading goes on without it, and it is asked again."""
        polled = self.poll.run(now_ms)
        if polled.added or self.news.unscored(1):
            _wake(self.waker, "sentiment", now_ms)
        return Done({"headlines": len(polled.added)} if polled.added else {}, troubles=polled.errors)


@dataclass(frozen=True, slots=True)
class SentimentStage:
    """Scores of all headlines that wait for one."""

    score: ScoreNews

    def run(self, now_ms: int) -> Done:
        scored = self.score.run(now_ms)
        return Done({"scored": scored.scored} if scored.scored else {}, troubles=scored.errors)


def _wake(waker: Waker, name: str, now_ms: int) -> None:
    with suppress(Unavailable):
        waker.wake(name, now_ms)
