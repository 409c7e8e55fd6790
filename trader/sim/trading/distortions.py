"""Faults in what an account is shown of itself: late, empty, in part; and what other keys of it do."""

from __future__ import annotations

from collections.abc import Iterable
from time import monotonic

from trader.sim.conditions import Standstill
from trader.sim.exchange import Exchange
from trader.sim.query import ApiError, Query
from trader.sim.trading.account import NO_FUNDS, SpotAccount
from trader.sim.trading.engine import MatchingEngine
from trader.sim.trading.order_counts import OrderCounts
from trader.sim.trading.replicas import AccountHistory
from trader.sim.trading.reports import ExecutionReport

SHUT = ApiError(-1016, "This service is no longer available.", 503)
PLACED = "POST /api/v3/order"
LATE_KINDS = ("unknown", "lag")
FIRST_ROWS = ("orderId", "fromId", "startTime")
"""Parameters from which on a page is counted."""


class Distortions:
    """What the plan makes of the answers to members."""

    def __init__(self, exchange: Exchange, engine: MatchingEngine, accounts: Iterable[SpotAccount]) -> None:
        self._exchange = exchange
        self._plan = plan = exchange.faults
        self._engine = engine
        self._accounts = {account.uid: account for account in accounts}
        self._closed_until_s = 0.0
        self._histories: dict[int, AccountHistory] = {}
        engine.listeners.append(self._mark)
        plan.watchers.append(self._remember)
        for kind in LATE_KINDS:
            if plan.draws(kind):
                self._remember(kind)

    def seen(self, endpoint: str, account: SpotAccount) -> SpotAccount:
        """The account as an endpoint shows it now: itself, or as it stood, or nothing of it."""
        for kind in LATE_KINDS:
            fault = self._plan.strike(kind, endpoint)
            if fault is not None:
                return self._histories[account.uid].as_of(self._engine.advance() - round(fault.duration_s * 1000))
        if self._plan.strike("empty", endpoint) is not None:
            return SpotAccount(account.name, account.uid, account.rates, account.pays_in_bnb)
        return account

    def page(self, endpoint: str, query: Query, rows: object) -> object:
        """The answer, or half of a page where there are more rows than one."""
        if not isinstance(rows, list) or self._plan.strike("short", endpoint) is None:
            return rows
        half = (len(rows) + 1) // 2
        return rows[:half] if any(query.has(name) for name in FIRST_ROWS) else rows[-half:]

    def interrupt(self, endpoint: str, query: Query) -> None:
        """Let the exchange stop, or a pair. Raises ApiError in maintenance."""
        maintenance = self._plan.strike("maintenance", endpoint)
        if maintenance is not None:
            self._engine.sweep()
            self._closed_until_s = monotonic() + maintenance.duration_s
        if monotonic() < self._closed_until_s:
            raise SHUT
        halt = self._plan.strike("halt", endpoint)
        if halt is not None:
            now_ms = self._engine.advance()
            until_ms = now_ms + round(halt.duration_s * 1000)
            self._exchange.conditions.standstills[query.mandatory("symbol")] = Standstill("HALT", until_ms)

    def crowd(self, endpoint: str, counts: OrderCounts) -> None:
        """Let other keys of the account use up what it may place."""
        if self._plan.strike("counts", endpoint) is not None:
            counts.use_up()

    def leave_half(self, endpoint: str) -> None:
        """Refuse the new order of a replacement whose old one is gone by now. Raises ApiError."""
        if self._plan.strike("half_replace", endpoint) is not None:
            raise NO_FUNDS

    def _mark(self, report: ExecutionReport) -> None:
        """Let a new order be filled slowly, or meet somebody of its owner's."""
        if report.execution == "NEW":
            report.order.is_slow = self._plan.strike("slow", PLACED) is not None
            report.order.is_opposed = self._plan.strike("self_trade", PLACED) is not None
            report.order.is_out_of_range = self._plan.strike("price_range", PLACED) is not None

    def _remember(self, kind: str) -> None:
        if kind not in LATE_KINDS or self._histories:
            return
        self._engine.advance()
        self._histories = {uid: AccountHistory(account) for uid, account in self._accounts.items()}
        self._engine.listeners.extend(self._histories.values())
