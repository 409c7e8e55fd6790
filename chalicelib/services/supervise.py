"""Trading under watch: failures in a row trip the kill switch, missing data are told, and a stall is an error."""

from __future__ import annotations

from contextlib import suppress
from dataclasses import dataclass

from chalicelib import words
from chalicelib.domain import MINUTE_MS, close_of
from chalicelib.errors import TraderError, Unavailable
from chalicelib.ports import FailureStore, HaltStore, PortfolioStore
from chalicelib.services.due import next_minute_ms
from chalicelib.services.halt import Halt
from chalicelib.services.silence import SilenceWatch
from chalicelib.services.trade import TradeMinutes, TradeReport


@dataclass(frozen=True, slots=True)
class ErrorLimit:
    """After `count` failures of trading in a row the agent is halted, its positions closed if `flatten`; 0 is off."""

    agent_id: str
    count: int
    flatten: bool


@dataclass(frozen=True, slots=True)
class SupervisedTrade:
    """An agent's trading. Failures are counted where every process sees them; a traded minute starts the count anew."""

    trade: TradeMinutes
    portfolios: PortfolioStore
    halts: HaltStore
    failures: FailureStore
    halt: Halt
    limit: ErrorLimit
    silence: SilenceWatch

    @property
    def agent_id(self) -> str:
        return self.limit.agent_id

    def run(self, now_ms: int, asked_ms: int | None = None, most: int | None = None) -> TradeReport:
        """As `TradeMinutes.run`. What that raises is counted and raised again; so is a defect. Missing data is told."""
        try:
            report = self.trade.run(now_ms, asked_ms, most)
        except Exception as error:
            self._count(error, now_ms)
            raise
        self._halt_if_strategy_fails(report, now_ms)
        self.silence.run(report, now_ms)
        return report

    def look(self, now_ms: int) -> None:
        """What is left of a minute that cannot be traded, for nobody can be asked: tell of missing data."""
        with suppress(Unavailable):
            self.silence.run(TradeReport((), self.portfolios.load(self.agent_id)), now_ms)

    def done_until_ms(self, report: TradeReport) -> int | None:
        """open_ms of the newest minute with which the agent is done: one before the next that it waits for."""
        traded = report.portfolio
        if traded is None or traded.minute_ms is None:
            return None
        return next_minute_ms(traded, self.silence.rule.interval_ms) - MINUTE_MS

    def raise_if_stalled(self, report: TradeReport, now_ms: int) -> None:
        """Raise Unavailable when the newest decision is too old; an agent that never decided is not stalled."""
        decided = report.portfolio
        if decided is not None and decided.minute_ms is not None and self.silence.is_stalled(decided, now_ms):
            seconds = (now_ms - close_of(decided.minute_ms)) // 1000
            raise Unavailable(f"agent {self.agent_id}: the newest decision is {seconds} s old: no candles come in")

    def _count(self, error: Exception, now_ms: int) -> None:
        if not self.limit.count:
            return
        with suppress(Unavailable):  # a store that cannot count cannot trade either; the next failure counts again
            count = self.failures.count(self.agent_id, self._cursor_ms())
            if count >= self.limit.count and not self.halts.flags(self.agent_id):
                self.halt.run(self.agent_id, _reason(count, error), self.limit.flatten, now_ms)

    def _halt_if_strategy_fails(self, report: TradeReport, now_ms: int) -> None:
        """The minutes are traded, stops and all: what fails is only the strategy, and a person should look at it."""
        if not (self.limit.count and report.changes):
            return
        newest = report.changes[-1]
        failed = [decision for decision in newest.decisions if decision.outcome == words.STRATEGY_ERROR]
        count = newest.portfolio.strategy_errors
        if failed and count >= self.limit.count and not self.halts.flags(self.agent_id):
            reason = f"the strategy failed in {count} minutes in a row, the last: {failed[0].error}"
            self.halt.run(self.agent_id, reason, self.limit.flatten, now_ms)

    def _cursor_ms(self) -> int | None:
        portfolio = self.portfolios.load(self.agent_id)
        return None if portfolio is None else portfolio.minute_ms


def _reason(count: int, error: Exception) -> str:
    """What a person reads; a defect is named by its type, for its text may hold anything."""
    what = str(error) if isinstance(error, TraderError) else f"unexpected {type(error).__name__}"
    return f"{count} errors in a row, the last: {what}"
