"""What the exchange tells of an order, to whoever listens: lists of orders, user data, a trace."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal, TypeAlias

from trader.sim.trading.account import Account
from trader.sim.trading.order import Order, Trade

Execution = Literal["NEW", "TRADE", "CANCELED", "EXPIRED", "REPLACED", "TRADE_PREVENTION"]


@dataclass(frozen=True, slots=True)
class Report:
    """One step of an order; it is told once balances have changed."""

    account: Account
    order: Order
    execution: Execution
    time_ms: int
    trade: Trade | None = None


Listener: TypeAlias = Callable[[Report], None]
