"""The trading use case: per agent reconcile, guard, decide, size, intent, send, record.

The order protocol: an order is an intent in the agent's portfolio first, committed under the agent's version and the
halt condition; then it is sent under its client id; what became of it is looked up by that id and recorded with the
minute in one transaction. A crash between any two of these leaves a pending intent that the next run looks up.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

from chalicelib import words
from chalicelib.domain import MINUTE_MS, Alert, Change, HaltFlag, Order, Portfolio, Side, Tick
from chalicelib.errors import BadInput, Conflict, Halted, Rejected, Unavailable
from chalicelib.kernel import codes
from chalicelib.kernel.account import EMPTY_SLOT, NO_ORDER, open_account
from chalicelib.kernel.step import Switch
from chalicelib.ports import Executor, HaltStore, IndicatorStore, Notifier, PortfolioStore, SentimentHistory
from chalicelib.services.minute import AgentRules, MinuteInput, trade_minute
from chalicelib.services.portfolios import rewrite, stop_agent
from chalicelib.services.update_indicators import indicator_key

PAGE = 1000


@dataclass(frozen=True, slots=True)
class Pace:
    """How patient and how late a run may be. In simulated time nothing is late, so both are 0 and off."""

    grace_ms: int
    """How long after a close a minute waits for the candles of all symbols."""
    stale_after_ms: int
    """How old a close may be and still be acted on, 0 for any age."""


@dataclass(frozen=True, slots=True)
class TradeReport:
    """The changes that were committed, oldest first; empty when no minute was ready."""

    changes: tuple[Change, ...] = ()


@dataclass(frozen=True, slots=True)
class TradePorts:
    """Everything outside that trading talks to."""

    portfolios: PortfolioStore
    halts: HaltStore
    indicators: IndicatorStore
    sentiment: SentimentHistory
    executor: Executor
    notifier: Notifier


class Trade:
    """Works from the portfolio's own cursor: duplicate, late and concurrent runs change nothing."""

    def __init__(self, rules: AgentRules, cash: float, pace: Pace, ports: TradePorts) -> None:
        self._rules = rules
        self._cash = cash
        self._pace = pace
        self._ports = ports

    def run(self, now_ms: int, asked_ms: int | None = None) -> TradeReport:
        """Trade every minute that is ready. Raises Unavailable when a store or the venue is; nothing is lost then.

        `asked_ms` is when the exchange was last asked for candles, now where not given: what had not closed then is
        not missing, however long the answer took.
        """
        changes: list[Change] = []
        self._enforce_halt()
        portfolio = self._load()
        while True:
            ready, more = self._ready(portfolio, now_ms, now_ms if asked_ms is None else asked_ms)
            for given in ready:
                try:
                    change = self._commit_minute(portfolio, given)
                except Conflict:  # another run traded this minute or threw a switch: it or the next run goes on
                    return TradeReport(tuple(changes))
                self._alert_if_halted(portfolio, change, now_ms)
                portfolio = self._send(change)
                changes.append(change)
            if not (ready and more):
                return TradeReport(tuple(changes))

    def _enforce_halt(self) -> None:
        """Finish what a halt began: an entry still pending when the flag went up must not fill."""
        switch = switch_of(self._ports.halts.flags(self._rules.agent_id))
        if switch.halted:
            stop_agent(self._ports.portfolios, self._ports.executor, self._rules.agent_id, switch.flatten)

    def _load(self) -> Portfolio:
        """The stored portfolio with a slot for every configured symbol; BadInput if it holds a symbol that is none."""
        rules = self._rules
        stored = self._ports.portfolios.load(rules.agent_id) or new_portfolio(rules, self._cash)
        held = {
            symbol for symbol, slot in stored.slots.items() if slot.position.quantity > 0.0 or slot.order != NO_ORDER
        }
        if orphans := held - set(rules.symbols):
            raise BadInput(
                f"agent.symbols: agent {rules.agent_id} still holds {', '.join(sorted(orphans))}; add it back "
                "and close the position first"
            )
        slots = {symbol: stored.slots.get(symbol, EMPTY_SLOT) for symbol in rules.symbols}
        return replace(stored, slots=slots)

    def _ready(self, portfolio: Portfolio, now_ms: int, asked_ms: int) -> tuple[list[MinuteInput], bool]:
        """The minutes that may be traded now, oldest first, and whether there are more; only the newest may decide."""
        cursor_ms = self._start_ms() if portfolio.minute_ms is None else portfolio.minute_ms
        minutes, newest, more = self._minutes_after(cursor_ms)
        ready = []
        for minute_ms in sorted(minutes):
            waited = asked_ms - close_of(minute_ms) >= self._pace.grace_ms
            if not waited and any(newest.get(symbol, -1) < minute_ms for symbol in self._rules.symbols):
                break
            ready.append(MinuteInput(minute_ms, minutes[minute_ms], now_ms, refused=words.MISSED))
        if ready and not more and ready[-1].minute_ms == max(minutes):
            stale = 0 < self._pace.stale_after_ms < now_ms - close_of(ready[-1].minute_ms)
            ready[-1] = replace(ready[-1], refused=words.STALE if stale else "")
        return ready, more

    def _minutes_after(self, cursor_ms: int | None) -> tuple[dict[int, dict[str, Tick]], dict[str, int], bool]:
        """Ticks by minute and symbol, each symbol's newest minute, and whether a page was not the last."""
        pages = {symbol: self._page(symbol, cursor_ms) for symbol in self._rules.symbols}
        full = [ticks[-1].candle.open_ms for ticks in pages.values() if len(ticks) == PAGE]
        minutes: dict[int, dict[str, Tick]] = {}
        for symbol, ticks in pages.items():
            for tick in ticks:
                if not full or tick.candle.open_ms <= min(full):
                    minutes.setdefault(tick.candle.open_ms, {})[symbol] = tick
        newest = {symbol: ticks[-1].candle.open_ms for symbol, ticks in pages.items() if ticks}
        return minutes, newest, bool(full)

    def _page(self, symbol: str, cursor_ms: int | None) -> list[Tick]:
        return self._ports.indicators.ticks(self._key(symbol), cursor_ms, PAGE)

    def _start_ms(self) -> int | None:
        """Just before the newest minute that all symbols have: history is for indicators, not for trades."""
        cursors = [self._ports.indicators.load(self._key(symbol)).cursor_ms for symbol in self._rules.symbols]
        known = [cursor_ms for cursor_ms in cursors if cursor_ms is not None]
        return min(known) - 1 if known else None

    def _key(self, symbol: str) -> str:
        return indicator_key(symbol, self._rules.params.rule.rsi_period)

    def _commit_minute(self, portfolio: Portfolio, given: MinuteInput) -> Change:
        """The committed change. A halt thrown while it was made is seen by the store: then it is made anew, halted."""
        for _ in range(2):
            change = self._change(portfolio, given)
            for order in _withdrawn(portfolio, change):
                self._ports.executor.cancel(order)
            try:
                self._ports.portfolios.commit(change)
            except Halted:
                continue
            return change
        raise Conflict(f"agent {self._rules.agent_id}: the halt flag changed while minute {given.minute_ms} was traded")

    def _change(self, portfolio: Portfolio, given: MinuteInput) -> Change:
        ports = self._ports
        switch = switch_of(ports.halts.flags(self._rules.agent_id))
        return trade_minute(self._rules, portfolio, given, switch, ports.executor, ports.sentiment)

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
        """An entry whose agent was halted since its intent was written stays unsent; the next minute withdraws it."""
        return order.side is Side.BUY and bool(self._ports.halts.flags(order.agent_id))

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

    def _notify(self, subject: str, body: str, now_ms: int) -> None:
        try:
            self._ports.notifier.notify(Alert(subject, body, now_ms))
        except Unavailable:  # a dead alert channel never blocks a trade
            return


def new_portfolio(rules: AgentRules, cash: float) -> Portfolio:
    """An agent that never traded: its starting cash and nothing else."""
    return Portfolio(rules.agent_id, 0, open_account(cash), dict.fromkeys(rules.symbols, EMPTY_SLOT))


def switch_of(flags: Sequence[HaltFlag]) -> Switch:
    """The thrown flags as the kernel sees them."""
    return Switch(bool(flags), any(flag.flatten for flag in flags))


def close_of(minute_ms: int) -> int:
    """The last millisecond of the minute that opened then."""
    return minute_ms + MINUTE_MS - 1


def without(portfolio: Portfolio, order: Order) -> Portfolio:
    """The portfolio without this pending order."""
    if order not in portfolio.orders:
        return portfolio
    slot = portfolio.slots[order.symbol]._replace(order=NO_ORDER)
    orders = tuple(other for other in portfolio.orders if other != order)
    return replace(portfolio, slots={**portfolio.slots, order.symbol: slot}, orders=orders)


def _withdrawn(before: Portfolio, change: Change) -> list[Order]:
    """Orders that were pending, did not fill and are not pending any more."""
    filled = {fill.client_id for fill in change.fills}
    return [o for o in before.orders if o not in change.portfolio.orders and o.client_id not in filled]
