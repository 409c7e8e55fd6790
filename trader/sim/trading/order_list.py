"""Orders that hang together: one cancels the other, or one lets others follow."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

from trader.sim.trading.account import SpotAccount
from trader.sim.trading.order import OrderRequest, SpotOrder

Contingency = Literal["OCO", "OTO"]


@dataclass(frozen=True, slots=True)
class OrderListRequest:
    """A list as it was asked for."""

    client_id: str
    """Empty where the exchange is to give one."""
    legs: tuple[OrderRequest, ...]
    """Of a list in two phases the first is the working order; of two that cancel each other the upper one is first."""
    has_phases: bool
    """Whether the others follow once the first is filled."""
    sells_receipts: bool = False
    """Whether what follows sells just what was received (OPO): their quantities are 0 until then."""

    @property
    def contingency(self) -> Contingency:
        return "OTO" if self.has_phases else "OCO"

    @property
    def symbol(self) -> str:
        return self.legs[0].symbol


@dataclass(slots=True)
class OrderList:
    """A list that the exchange took, as far as it has come."""

    list_id: int
    client_id: str
    request: OrderListRequest
    account: SpotAccount
    orders: Sequence[SpotOrder]
    time_ms: int

    @property
    def is_open(self) -> bool:
        return any(order.is_open for order in self.orders)

    @property
    def working(self) -> SpotOrder | None:
        """The order that the others wait for; None where all stand side by side."""
        return self.orders[0] if self.request.has_phases else None

    @property
    def first(self) -> Sequence[SpotOrder]:
        """Those that go out at once."""
        return self.orders[:1] if self.request.has_phases else self.orders

    @property
    def pending(self) -> Sequence[SpotOrder]:
        """Those that wait for the working order, or waited."""
        return self.orders[1:] if self.request.has_phases else ()

    @property
    def rivals(self) -> Sequence[SpotOrder]:
        """Those of which one cancels the other; one alone has none."""
        return self.pending or self.orders
