"""What the exchange tells of an order, to whoever listens: lists of orders, user data, a trace."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal, TypeAlias

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
    trade: SpotTrade | None = None


Listener: TypeAlias = Callable[[ExecutionReport], None]
