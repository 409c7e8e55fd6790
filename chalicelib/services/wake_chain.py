"""The stages of a minute where each is a process of its own: what one made new wakes the next.

fetch_klines → update_indicators → trade, and poll_news → sentiment. A wake-up saves the wait for the next schedule and
nothing depends on it: one that gets lost, comes twice or late changes nothing, for every stage works from its cursor.

A stage runs at `now_ms`, the market's time, for an event of `event_ms`; a wake-up hands the event's time on, so that a
chain of them ends once the schedules have long fired again.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field, replace
from typing import Protocol

from chalicelib.domain import MINUTE_MS, Change, close_of
from chalicelib.errors import TraderError, Unavailable
from chalicelib.ports import NewsStore, Waker
from chalicelib.services.fetch_klines import FetchKlines
from chalicelib.services.poll_news import PollNews
from chalicelib.services.score_news import ScoreNews
from chalicelib.services.sleep import AHEAD_MS, always, never
from chalicelib.services.supervise import SupervisedTrade
from chalicelib.services.trade import TradeReport
from chalicelib.services.update_indicators import UpdateIndicators
from chalicelib.services.warm_up import begun_words

PATIENCE_MS = 120_000
"""How long a minute waits for candles for which no stage vouches: time for a whole round more after one that failed."""

ONE_BY_ONE = 2 * AHEAD_MS // MINUTE_MS
"""Candles ahead of a close, be it that one time failed; each takes some 20 ms, and more of many symbols would not fit
into an invocation."""


@dataclass(frozen=True, slots=True)
class Done:
    """What a stage did, for one line of log; `failed` is raised once that is written."""

    counts: Mapping[str, int] = field(default_factory=dict)
    """By what was counted; nothing in it, nothing done."""
    latency_ms: int | None = None
    """From the newest traded minute's close to its decision, the longest of several agents."""
    failed: tuple[Exception, ...] = ()
    troubles: Mapping[str, str] = field(default_factory=dict)
    """What went wrong without being an error of this stage, by its source."""
    asked_ms: int | None = None
    """When the exchange was asked for everything, where the next stage was not woken and told of it."""
    reports: Mapping[str, TradeReport] = field(default_factory=dict)
    """What agents traded, by their ids."""

    def raise_worst(self) -> None:
        """Raise the worst failure, so that the invocation counts as failed."""
        for error in worst_first(self.failed):
            raise error


def worst_first(failed: Iterable[Exception]) -> list[Exception]:
    """Defects before trouble that passes."""
    return sorted(failed, key=lambda error: isinstance(error, TraderError))


IsDue = Callable[[int], bool]
"""Whether a stage has anything to do at this time."""


class Stage(Protocol):
    """One of those below."""

    def run(self, now_ms: int, event_ms: int, asked_ms: int | None = None) -> Done: ...


@dataclass(frozen=True, slots=True)
class FetchStage:
    """Candles; wakes itself while the exchange has more, and nobody where nobody waits for them."""

    fetch: FetchKlines
    waker: Waker
    is_due: IsDue = always
    is_ahead: IsDue = never

    def run(self, now_ms: int, event_ms: int, asked_ms: int | None = None) -> Done:
        if not self.is_due(now_ms):
            return self._ahead() if self.is_ahead(now_ms) else Done()
        report = self.fetch.run()
        if report.new:
            _wake(self.waker, "update_indicators", event_ms, report.vouched_ms(now_ms))
        if report.more:
            _wake(self.waker, "fetch_klines", event_ms)
        return Done(report.new, failed=report.failed, asked_ms=None if report.new else report.vouched_ms(now_ms))

    def _ahead(self) -> Done:
        report = self.fetch.run(ONE_BY_ONE)
        return Done(report.new, failed=report.failed)


@dataclass(frozen=True, slots=True)
class IndicatorStage:
    """Indicators, once per set of parameters that the agents use.

    A round of fetching is handed on as whole only where every candle of it was folded: a stored candle without its
    snapshot is no missing one.
    """

    updates: Sequence[UpdateIndicators]
    waker: Waker
    is_due: IsDue = always
    """Asked where nobody vouches that there are new candles."""

    def run(self, now_ms: int, event_ms: int, asked_ms: int | None = None) -> Done:
        if asked_ms is None and not self.is_due(now_ms):
            return Done()
        made = 0
        failed: list[Exception] = []
        begun: dict[str, str] = {}
        for update in self.updates:
            try:
                made += update.run()
            except TraderError as error:
                failed.append(error)
            begun |= {symbol: begun_words(update.rule, each) for symbol, each in update.begun.items()}
        longer = asked_ms is not None and any(update.rule.has_longer_bars for update in self.updates)
        if made or failed or longer:  # of a symbol that failed the others may have gone on; no stop waits for a close
            _wake(self.waker, "trade", event_ms, None if failed else asked_ms)
        idle = not made and not failed and not longer
        counts = {"ticks": made} if made else {}
        return Done(counts, failed=tuple(failed), troubles=begun, asked_ms=asked_ms if idle else None)


@dataclass(frozen=True, slots=True)
class TradeStage:
    """Every agent trades, whatever happens to the others.

    Woken by its schedule alone it cannot know whether candles are being fetched right now: symbols that lack theirs
    then count as missing only once `PATIENCE_MS` lie in between, so that a round that failed is made up for first.
    """

    agents: Sequence[SupervisedTrade]
    left_out: Sequence[TraderError] = ()
    """Why other agents cannot trade now."""
    most: Mapping[str, int] = field(default_factory=dict)
    """How many minutes an agent may trade at most, by its id; any number where none is given."""

    def run(self, now_ms: int, event_ms: int, asked_ms: int | None = None) -> Done:
        reports: dict[str, TradeReport] = {}
        failed: list[Exception] = list(self.left_out)
        for agent in self.agents:
            asked = now_ms - PATIENCE_MS if asked_ms is None else asked_ms
            try:
                reports[agent.agent_id] = agent.run(now_ms, asked, self.most.get(agent.agent_id))
            except Exception as error:  # a defect that one agent meets must not stop the others
                failed.append(error)
        traded = {agent_id: report for agent_id, report in reports.items() if report.changes}
        return Done(
            {agent_id: len(report.changes) for agent_id, report in traded.items()},
            max((_latency_ms(report.changes[-1]) for report in traded.values()), default=None),
            tuple(failed),
            dict(filter(None, map(_reducing, traded.items()))),
            reports=reports,
        )


def _reducing(traded: tuple[str, TradeReport]) -> tuple[str, str] | None:
    """A line of log for an agent that holds what its settings no longer name."""
    agent_id, report = traded
    reducing = report.changes[-1].portfolio.reducing
    return (f"agent {agent_id}", f"reducing {', '.join(reducing)}: held, but not in its settings") if reducing else None


@dataclass(frozen=True, slots=True)
class StallAlarm:
    """Trading, where nobody stands by: an agent whose newest decision is too old is an error of the invocation."""

    trade: TradeStage

    def run(self, now_ms: int, event_ms: int, asked_ms: int | None = None) -> Done:
        done = self.trade.run(now_ms, event_ms, asked_ms)
        stalled: list[Exception] = []
        for agent in self.trade.agents:
            try:
                agent.raise_if_stalled(done.reports.get(agent.agent_id, TradeReport()), now_ms)
            except TraderError as error:
                stalled.append(error)
        return replace(done, failed=(*done.failed, *stalled))


@dataclass(frozen=True, slots=True)
class NewsStage:
    """Headlines."""

    poll: PollNews
    news: NewsStore
    waker: Waker
    is_due: IsDue = always

    def run(self, now_ms: int, event_ms: int, asked_ms: int | None = None) -> Done:
        """A feed that fails is no error of this stage: trading goes on without it, and it is asked again."""
        if not self.is_due(now_ms):
            return Done()
        polled = self.poll.run(now_ms)
        if polled.added or self.news.unscored(1):
            _wake(self.waker, "sentiment", event_ms)
        return Done({"headlines": len(polled.added)} if polled.added else {}, troubles=polled.errors)


@dataclass(frozen=True, slots=True)
class SentimentStage:
    """Scores of all headlines that wait for one."""

    score: ScoreNews
    troubles: Mapping[str, str] = field(default_factory=dict)
    """By agent, what of its settings cannot be had."""

    def run(self, now_ms: int, event_ms: int, asked_ms: int | None = None) -> Done:
        scored = self.score.run(now_ms)
        counts = {"scored": scored.scored, "degraded": scored.degraded}
        return Done(
            {name: count for name, count in counts.items() if count}, troubles={**scored.errors, **self.troubles}
        )


def _wake(waker: Waker, name: str, event_ms: int, asked_ms: int | None = None) -> None:
    with suppress(Unavailable):
        waker.wake(name, event_ms, asked_ms)


def _latency_ms(change: Change) -> int:
    """From the minute's close to its decision; every minute has one."""
    return max(decision.decided_ms - close_of(decision.minute_ms) for decision in change.decisions)
