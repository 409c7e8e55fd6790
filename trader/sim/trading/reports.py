"""What the exchange tells of an order, to whoever listens: lists of orders, user data, a trace."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal, Protocol, TypeAlias

from trader.sim.trading.account import SpotAccount
from trader.sim.trading.order import SpotOrder, SpotTrade

Execution = Literal["NEW", "TRADE", "CANCELED", "EXPIRED", "REPLACED", "TRADE_PREVENTION"]


@dataclass(frozen=True, slots=True)
class ExecutionReport:
    """One step of an order; it is told once balances have changed."""

    account: SpotAccount
    order: SpotOrder
    execution: Execution
    time_ms: int
    execution_id: int
    trade: SpotTrade | None = None


class ListSteward(Protocol):
    """Who steers orders that hang on each other; asked of those that are of a list."""

    def before_trade(self, account: SpotAccount, order: SpotOrder, now_ms: int) -> None:
        """The order is about to trade, or to go into the book: others may have to go first."""
        ...

    def traded(self, account: SpotAccount, order: SpotOrder, trade: SpotTrade) -> None:
        """It has traded, and nobody has been told yet: what it got may be kept for others."""
        ...

    def heard(self, report: ExecutionReport) -> None:
        """What became of it, once every listener has been told."""
        ...


Listener: TypeAlias = Callable[[ExecutionReport], None]
