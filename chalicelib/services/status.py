"""What a user asks first: does it trade, what does it hold, what is it worth."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from math import isfinite

from chalicelib.domain import FeedHealth, Order, Portfolio, Position, Scoring, WarmUp
from chalicelib.errors import Unavailable
from chalicelib.kernel.account import Slot
from chalicelib.kernel.levels import next_target, stop_level
from chalicelib.kernel.limits import Limits
from chalicelib.kernel.lots import ANY
from chalicelib.kernel.risk import drawdown
from chalicelib.ports import FeedStore, HaltStore, PortfolioStore, ScoringHistory
from chalicelib.services.feed_health import polled
from chalicelib.services.halt import halt_state
from chalicelib.services.liveness import Liveness, Pulse, TakePulse, liveness


@dataclass(frozen=True, slots=True)
class AgentStatus:
    """The body of GET /status."""

    agent: str
    mode: str
    halted: bool
    halt_reason: str | None
    equity: float
    cash: float
    drawdown: float
    positions: tuple[Position, ...]
    pending_orders: tuple[Order, ...]
    last_minute_ms: int | None
    reducing: tuple[str, ...] = ()
    """Symbols that are held though the settings no longer name them: left, never entered."""
    warming: Mapping[str, WarmUp] = field(default_factory=dict)
    """Symbols of which the strategy had seen too few longer bars by the last minute."""
    sentiment: Scoring | None = None
    """None where the store of news does not answer: what is owned is told all the same."""
    liveness: Liveness = field(default_factory=Liveness)
    feeds: tuple[FeedHealth, ...] | None = None
    """Those that are polled, by name; None where the store of news does not answer."""


class Status:
    """Reads only."""

    def __init__(
        self,
        portfolios: PortfolioStore,
        halts: HaltStore,
        scoring: ScoringHistory,
        feeds: FeedStore,
        mode: str,
        cash: float,
        limits: Limits,
        take_pulse: TakePulse = lambda agent_id: Pulse(),
    ) -> None:
        self._portfolios = portfolios
        self._halts = halts
        self._scoring = scoring
        self._feeds = feeds
        self._mode = mode
        self._cash = cash
        self._limits = limits
        self._take_pulse = take_pulse

    def run(self, agent_id: str) -> AgentStatus:
        """The agent as last committed; one that never traded owns its starting cash. Raises Unavailable."""
        portfolio = self._portfolios.load(agent_id)
        halt = halt_state(portfolio, self._halts.flags(agent_id))
        account = None if portfolio is None else portfolio.account
        return AgentStatus(
            agent=agent_id,
            mode=self._mode,
            halted=halt.halted,
            halt_reason=halt.reason,
            equity=self._cash if account is None else account.equity,
            cash=self._cash if account is None else account.cash,
            drawdown=0.0 if account is None else drawdown(account),
            positions=() if portfolio is None else self._positions(portfolio),
            pending_orders=() if portfolio is None else portfolio.orders,
            last_minute_ms=None if portfolio is None else portfolio.minute_ms,
            reducing=() if portfolio is None else portfolio.reducing,
            warming={} if portfolio is None else portfolio.warming,
            sentiment=self._sentiment(),
            liveness=liveness(portfolio, self._take_pulse(agent_id)),
            feeds=self._polled_feeds(),
        )

    def _sentiment(self) -> Scoring | None:
        try:
            return self._scoring.scoring()
        except Unavailable:
            return None

    def _polled_feeds(self) -> tuple[FeedHealth, ...] | None:
        try:
            return polled(self._feeds.health())
        except Unavailable:
            return None

    def _positions(self, portfolio: Portfolio) -> tuple[Position, ...]:
        held = ((symbol, slot) for symbol, slot in portfolio.slots.items() if slot.position.quantity > 0.0)
        numbers = portfolio.numbers
        return tuple(position_of(symbol, slot, self._limits, numbers.get(symbol, 0)) for symbol, slot in held)


def position_of(symbol: str, slot: Slot, limits: Limits, number: int) -> Position:
    """The open position of this number with its protective levels, marked at the symbol's last close."""
    held = slot.position
    price = slot.close if isfinite(slot.close) else held.entry_price
    stop, _ = stop_level(held, limits)
    target, _ = next_target(held, limits, ANY)
    return Position(
        symbol=symbol,
        quantity=held.quantity,
        entry_price=held.entry_price,
        entry_ms=held.entry_ms,
        mark_price=price,
        unrealized_pnl=held.quantity * (price - held.entry_price) - held.entry_fee,
        stop_price=stop or None,
        take_profit_price=target or None,
        entry_fee=held.entry_fee,
        position=number,
    )
