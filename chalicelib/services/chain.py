"""The stages of a minute in one process: each runs when another wakes it, at once and one after the other."""

from __future__ import annotations

from collections import deque
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from chalicelib.ports import Clock
from chalicelib.services.fetch_klines import FetchKlines
from chalicelib.services.supervise import SupervisedTrade
from chalicelib.services.trade import TradeReport
from chalicelib.services.update_indicators import UpdateIndicators
from chalicelib.services.wake_chain import PATIENCE_MS, Done, FetchStage, IndicatorStage, Stage, TradeStage

FETCH, INDICATORS, TRADE = "fetch_klines", "update_indicators", "trade"
NEVER_MS = -1


@dataclass(frozen=True, slots=True)
class RoundOfStages:
    """What every stage did that ran, in their order, by its name."""

    done: tuple[tuple[str, Done], ...]

    def of(self, name: str) -> list[Done]:
        """What the stage of this name did, each time that it ran."""
        return [done for stage, done in self.done if stage == name]

    def failures(self) -> list[tuple[str, Exception]]:
        """Everything that failed, by the stage that it failed in."""
        return [(stage, error) for stage, done in self.done for error in done.failed]

    def reports(self) -> list[Mapping[str, TradeReport]]:
        """What the agents traded, by agent id, a mapping for each time that they traded."""
        return [done.reports for done in self.of(TRADE)]


@dataclass(slots=True)
class Chain:
    """Implements ports.Waker. The one place that knows when the exchange was last asked for everything.

    Trading that is woken by nobody who vouches for that is told of the newest such time, while that is younger than the
    patience that minutes have anyway.
    """

    clock: Clock
    stages: Mapping[str, Stage] = field(default_factory=dict)
    _waiting: deque[tuple[str, int, int | None]] = field(default_factory=deque)
    _asked_ms: int = NEVER_MS

    def wake(self, name: str, event_ms: int, asked_ms: int | None = None) -> None:
        """Have the stage of this name run; one that is not in the chain is nobody's concern."""
        self._remember(asked_ms if name == TRADE else None)
        if name in self.stages:
            self._waiting.append((name, event_ms, asked_ms))

    def run(self) -> RoundOfStages:
        """One round: every stage once at least, in their order; woken or not, for a crash may have come between two.

        Raises what the clock does.
        """
        done: list[tuple[str, Done]] = []
        try:
            for name in (FETCH, INDICATORS, TRADE):
                if name in self.stages and all(ran != name for ran, _ in done):
                    self.wake(name, self.clock.now_ms(), done[-1][1].asked_ms if done else None)
                while self._waiting:
                    done.append(self._next())
        finally:
            self._waiting.clear()
        return RoundOfStages(tuple(done))

    def _next(self) -> tuple[str, Done]:
        """Run the stage that has waited longest."""
        name, event_ms, asked_ms = self._waiting.popleft()
        now_ms = self.clock.now_ms()
        if name == TRADE:
            asked_ms = self._asked(asked_ms, now_ms)
        return name, self.stages[name].run(now_ms, event_ms, asked_ms)

    def _remember(self, asked_ms: int | None) -> None:
        self._asked_ms = max(self._asked_ms, NEVER_MS if asked_ms is None else asked_ms)

    def _asked(self, asked_ms: int | None, now_ms: int) -> int | None:
        if asked_ms is not None:
            return asked_ms
        return self._asked_ms if self._asked_ms > now_ms - PATIENCE_MS else None


def chain_of(
    clock: Clock, fetch: FetchKlines, updates: Sequence[UpdateIndicators], traders: Sequence[SupervisedTrade] = ()
) -> Chain:
    """The stages of a process; without traders nothing is traded."""
    chain = Chain(clock)
    stages: dict[str, Stage] = {FETCH: FetchStage(fetch, chain), INDICATORS: IndicatorStage(updates, chain)}
    chain.stages = {**stages, TRADE: TradeStage(traders)} if traders else stages
    return chain
