"""Data that stay away: told once when a symbol's candles do, and once when they are all back. It halts nobody."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from datetime import UTC, datetime

from chalicelib.domain import MINUTE_MS, Alert, Portfolio, close_of
from chalicelib.errors import Unavailable
from chalicelib.ports import CandleStore, Notifier, PortfolioStore
from chalicelib.services.alerts import tell
from chalicelib.services.due import next_record_ms
from chalicelib.services.portfolios import rewrite
from chalicelib.services.trade import TradeReport
from chalicelib.strategy.rule import StrategyRule


@dataclass(frozen=True, slots=True)
class SilenceWatch:
    """One agent's. What was told stands in its portfolio: of several processes one tells, and a restart does not."""

    rule: StrategyRule
    after_ms: int
    """How old the newest close may get; 0 for any age."""
    portfolios: PortfolioStore
    candles: CandleStore
    notifier: Notifier

    def is_stalled(self, portfolio: Portfolio | None, now_ms: int) -> bool:
        """Whether the next decision is overdue; an agent that never decided is not stalled."""
        if portfolio is None or portfolio.minute_ms is None:
            return False
        return 0 < self.after_ms < now_ms - next_record_ms(portfolio, self.rule.interval_ms)

    def run(self, report: TradeReport, now_ms: int) -> None:
        """Tell what changed, once it is stored as told. Of a store that does not answer the next run tells."""
        portfolio = report.portfolio
        if not self.after_ms or portfolio is None:
            return
        with suppress(Unavailable):
            silent = self._silent(portfolio, report, now_ms)
            if silent.keys() != portfolio.silent.keys():
                self._tell(portfolio.agent_id, silent, now_ms)

    def _silent(self, portfolio: Portfolio, report: TradeReport, now_ms: int) -> Mapping[str, int]:
        """The symbols without a new candle, since the close of the newest: all of them when no minute is decided."""
        if self.is_stalled(portfolio, now_ms) and portfolio.minute_ms is not None:
            known_ms = {symbol: self._last_known_ms(symbol, portfolio.minute_ms) for symbol in portfolio.slots}
            return {symbol: portfolio.silent.get(symbol, since_ms) for symbol, since_ms in known_ms.items()}
        if not report.changes:
            return portfolio.silent
        missing = [decision.symbol for decision in report.changes[-1].decisions if decision.candle is None]
        closes_ms = {symbol: self._newest_close_ms(symbol) for symbol in missing}
        return {
            symbol: close_ms
            for symbol, close_ms in closes_ms.items()
            if close_ms is not None and now_ms - close_ms > self.after_ms
        }

    def _last_known_ms(self, symbol: str, minute_ms: int) -> int:
        """The close of the newest minute that is known of a symbol, be it that none was traded since `minute_ms`."""
        newest_ms = self._newest_close_ms(symbol) if self.rule.has_longer_bars else None
        return newest_ms or close_of(minute_ms)

    def _newest_close_ms(self, symbol: str) -> int | None:
        newest = self.candles.last(symbol, 1)
        return close_of(newest[0].open_ms) if newest else None

    def _tell(self, agent_id: str, silent: Mapping[str, int], now_ms: int) -> None:
        pair = rewrite(self.portfolios, agent_id, lambda stored: replace(stored, silent=dict(silent)))
        if pair is None:
            return
        before, after = pair
        gone = after.silent.keys() - before.silent.keys()
        if gone:
            tell(self.notifier, _no_data(after, sorted(gone), now_ms))
        elif before.silent and not after.silent:
            tell(self.notifier, _data_is_back(before, now_ms))


def _no_data(portfolio: Portfolio, symbols: Sequence[str], now_ms: int) -> Alert:
    names = ", ".join(symbols)
    since_ms = min(portfolio.silent[symbol] for symbol in symbols)
    subject = f"{portfolio.agent_id}: no data of {names} for {(now_ms - since_ms) // MINUTE_MS} minutes"
    return Alert(subject, f"the newest candle closed at {_utc(since_ms)}; {_held(portfolio)}", now_ms)


def _data_is_back(before: Portfolio, now_ms: int) -> Alert:
    since_ms = min(before.silent.values())
    subject = f"{before.agent_id}: data of {', '.join(sorted(before.silent))} are back"
    return Alert(subject, f"none came from {_utc(since_ms)} on; {_held(before)}", now_ms)


def _held(portfolio: Portfolio) -> str:
    held = [symbol for symbol, slot in portfolio.slots.items() if slot.position.quantity > 0.0]
    if not held:
        return "no position is open"
    return f"open positions: {', '.join(held)}; their stops and targets wait for candles"


def _utc(time_ms: int) -> str:
    return datetime.fromtimestamp(time_ms / 1000, UTC).strftime("%Y-%m-%d %H:%M UTC")
