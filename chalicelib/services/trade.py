"""The trading use case: per agent reconcile, guard, decide, size, intent, send, record.

The order protocol: an order is an intent in the agent's portfolio first, committed under the agent's version and the
halt condition; then it is sent under its client id; what became of it is looked up by that id and recorded with the
minute in one transaction. A crash between any two of these leaves a pending intent that the next run looks up.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace

from chalicelib import words
from chalicelib.domain import Alert, Change, Order, Portfolio, Side, close_of
from chalicelib.errors import Conflict, Halted, Rejected, Unavailable
from chalicelib.kernel import codes
from chalicelib.kernel.step import Switch
from chalicelib.ports import (
    CandleStore,
    Executor,
    HaltStore,
    IndicatorStore,
    Notifier,
    PortfolioStore,
    RuleStore,
    SentimentHistory,
    SeriesHistory,
)
from chalicelib.services.alerts import tell
from chalicelib.services.due import next_minute_ms
from chalicelib.services.minute import FAILED, AgentRules, MinuteInput, leaves_no_record, trade_minute
from chalicelib.services.portfolios import (
    new_portfolio,
    rewrite,
    stop_agent,
    switch_of,
    with_pending,
    withdraw_entries,
    withdrawn,
    without,
)
from chalicelib.services.ready_minutes import Pace, ReadyMinutes
from chalicelib.services.warm_up import warming


@dataclass(frozen=True, slots=True)
class TradeReport:
    """The changes that were committed, oldest first; empty when no minute was ready."""

    changes: tuple[Change, ...] = ()
    portfolio: Portfolio | None = None
    """As the newest traded minute left it, whoever traded that; None when nobody looked."""


@dataclass(frozen=True, slots=True)
class TradePorts:
    """Everything outside that trading talks to."""

    portfolios: PortfolioStore
    halts: HaltStore
    candles: CandleStore
    indicators: IndicatorStore
    rules: RuleStore
    sentiment: SentimentHistory
    executor: Executor
    notifier: Notifier
    series: Mapping[str, SeriesHistory] = field(default_factory=dict)
    """By name, sentiment apart."""


class TradeMinutes:
    """Works from the portfolio's own cursor: duplicate, late and concurrent runs change nothing."""

    def __init__(self, rules: AgentRules, cash: float, pace: Pace, ports: TradePorts) -> None:
        self._rules = rules
        self._cash = cash
        self._ports = ports
        self._ready = ReadyMinutes(rules, pace, ports.candles, ports.indicators)

    def run(self, now_ms: int, asked_ms: int | None = None, most: int | None = None) -> TradeReport:
        """Trade every minute that is ready. Raises Unavailable when a store or the venue is; nothing is lost then.

        `asked_ms` is when the exchange was last asked for candles, now where not given: what had not closed then is
        not missing, however long the answer took. `most` is how many minutes to trade at most.
        """
        changes: list[Change] = []
        idle = self._idle(now_ms)
        if idle is not None:
            return TradeReport((), idle)
        switch = self._enforced_halt()
        portfolio = self._load()
        seen_ms: int | None = None
        while True:
            ready, more = self._ready.after(portfolio, seen_ms, now_ms, now_ms if asked_ms is None else asked_ms)
            for given in ready:
                if most is not None and len(changes) >= most:
                    return TradeReport(tuple(changes), portfolio)
                seen_ms = given.minute_ms
                if leaves_no_record(self._rules, portfolio, given):
                    continue
                try:
                    change, switch = self._commit_minute(portfolio, given, switch)
                except Conflict:  # another run traded this minute or threw a switch: it or the next run goes on
                    return TradeReport(tuple(changes), portfolio)
                except Unavailable:  # told when nothing else is: the next run meets it again
                    if not changes:
                        raise
                    return TradeReport(tuple(changes), portfolio)
                self._alert_if_halted(portfolio, change, now_ms)
                self._alert_if_reducing(portfolio, change, now_ms)
                self._alert_if_strategy_failed(portfolio, change, now_ms)
                portfolio = self._send(change)
                changes.append(change)
            if not (ready and more):
                return TradeReport(tuple(changes), portfolio)

    def _idle(self, now_ms: int) -> Portfolio | None:
        """The portfolio, where nothing can happen until the next bar is over: no halt changes that."""
        if not self._rules.rule.has_longer_bars:
            return None
        stored = self._ports.portfolios.load(self._rules.agent_id)
        if stored is None or stored.minute_ms is None:
            return None
        waits_for_ms = next_minute_ms(stored, self._rules.rule.interval_ms)
        return stored if now_ms < close_of(waits_for_ms) else None

    def _enforced_halt(self) -> Switch:
        """The switch, after finishing what a halt began: an entry still pending when the flag went up must not fill."""
        switch = self._switch()
        if switch.halted:
            stop_agent(self._ports.portfolios, self._ports.executor, self._rules.agent_id, switch.flatten)
        return switch

    def _switch(self) -> Switch:
        return switch_of(self._ports.halts.flags(self._rules.agent_id))

    def _load(self) -> Portfolio:
        """The stored portfolio, without pending entries into symbols that the rules no longer name."""
        rules, ports = self._rules, self._ports
        pair = withdraw_entries(ports.portfolios, ports.executor, rules.agent_id, rules.symbols)
        return new_portfolio(rules, self._cash) if pair is None else pair[1]

    def _commit_minute(self, portfolio: Portfolio, given: MinuteInput, switch: Switch) -> tuple[Change, Switch]:
        """The committed change and the switch that it was decided under.

        The store takes no order of the rule once a halt was thrown: then the minute is made anew, halted.
        """
        for _ in range(2):
            ports = self._ports
            if portfolio.rule != self._rules.rule.strategy.hash:  # before the first minute that it decides
                ports.rules.keep(self._rules.rule.strategy.sources)
            made = trade_minute(self._rules, portfolio, given, switch, ports.executor, ports.sentiment, ports.series)
            made = self._with_what_is_warming(portfolio, made, given)
            change = self._with_what_could_not_be_withdrawn(portfolio, made, given)
            try:
                ports.portfolios.commit(change)
            except Halted:
                switch = self._switch()
                continue
            return change, switch
        raise Conflict(f"agent {self._rules.agent_id}: the halt flag changed while minute {given.minute_ms} was traded")

    def _with_what_is_warming(self, before: Portfolio, made: Change, given: MinuteInput) -> Change:
        """The change with the symbols of which the strategy has seen too few bars, which status tells."""
        found = warming(self._rules.rule, given.ticks, before.warming, self._ports.indicators)
        return replace(made, portfolio=replace(made.portfolio, warming=found)) if found != before.warming else made

    def _with_what_could_not_be_withdrawn(self, before: Portfolio, change: Change, given: MinuteInput) -> Change:
        """The change with the entries that it drops unanswered, but that the venue has not let go of, still pending."""
        if not before.orders:
            return change
        dropped = [o for o in before.orders if o not in change.portfolio.orders and o.symbol not in given.ticks]
        gone = withdrawn(replace(before, orders=tuple(dropped)), self._ports.executor)
        kept = change.portfolio
        for order in dropped:
            if order.symbol not in gone:
                kept = with_pending(kept, order, before.slots[order.symbol].order)
        return change if kept is change.portfolio else replace(change, portfolio=replace(kept, touched=True))

    def _send(self, change: Change) -> Portfolio:
        """Send the new orders; an unknown outcome leaves the intent pending for the next run to look up."""
        portfolio = change.portfolio
        for order in portfolio.orders:
            if order.decided_ms != portfolio.minute_ms or self._may_not_send(order):
                continue
            try:
                self._ports.executor.send(order)
            except Unavailable:
                continue
            except Rejected as error:
                portfolio = self._drop(portfolio, order, str(error))
        return portfolio

    def _may_not_send(self, order: Order) -> bool:
        """An entry whose intent was withdrawn, or whose agent was halted, since it was written stays unsent."""
        if order.side is not Side.BUY:
            return False
        stored = self._ports.portfolios.load(order.agent_id)
        return stored is None or order not in stored.orders or bool(self._ports.halts.flags(order.agent_id))

    def _drop(self, portfolio: Portfolio, order: Order, why: str) -> Portfolio:
        """Forget an order that the venue refused for good."""
        self._notify(f"{order.symbol}: order refused", f"{order.side} {order.quantity!r}: {why}", order.decided_ms)
        pair = rewrite(self._ports.portfolios, order.agent_id, lambda stored: without(stored, order))
        return portfolio if pair is None else pair[1]

    def _alert_if_halted(self, before: Portfolio, change: Change, now_ms: int) -> None:
        account = change.portfolio.account
        if account.halt not in (codes.RUNNING, before.account.halt):
            self._notify(
                f"{self._rules.agent_id} halted: {words.GUARDS[account.halt]}",
                f"equity {account.equity!r}, day base {account.day_base!r}, peak {account.peak!r}",
                now_ms,
            )

    def _alert_if_reducing(self, before: Portfolio, change: Change, now_ms: int) -> None:
        """Once, in the first minute that a symbol is held without being named."""
        for symbol in change.portfolio.reducing:
            if symbol not in before.reducing:
                subject = f"{self._rules.agent_id} still holds {symbol}, which its settings no longer name"
                self._notify(subject, "its stop, take-profit and exits go on until it is flat; no entry", now_ms)

    def _alert_if_strategy_failed(self, before: Portfolio, change: Change, now_ms: int) -> None:
        """Once, in the first minute of a row."""
        failed = [decision for decision in change.decisions if decision.outcome in FAILED]
        if failed and not before.strategy_errors:
            names = ", ".join(decision.symbol for decision in failed)
            subject = f"{self._rules.agent_id}: {failed[0].outcome}, nothing is decided for {names}"
            self._notify(subject, f"{failed[0].error}; it wants nothing, stops and targets go on", now_ms)

    def _notify(self, subject: str, body: str, now_ms: int) -> None:
        tell(self._ports.notifier, Alert(subject, body, now_ms))
