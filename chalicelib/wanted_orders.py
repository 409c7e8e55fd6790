"""Orders as they are asked of an exchange: exact amounts, and the names under which they can be looked up."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal
from enum import StrEnum
from typing import Literal

from chalicelib.domain import Side

TimeInForce = Literal["GTC", "IOC", "FOK"]


class OrderKind(StrEnum):
    MARKET = "MARKET"
    LIMIT = "LIMIT"
    LIMIT_MAKER = "LIMIT_MAKER"
    STOP_LOSS = "STOP_LOSS"
    STOP_LOSS_LIMIT = "STOP_LOSS_LIMIT"
    TAKE_PROFIT = "TAKE_PROFIT"
    TAKE_PROFIT_LIMIT = "TAKE_PROFIT_LIMIT"
    UNKNOWN = "UNKNOWN"
    """One that an exchange told of and we know nothing about; none is asked for."""


KNOWN_KINDS = frozenset(OrderKind) - {OrderKind.UNKNOWN}


@dataclass(frozen=True, slots=True)
class WantedOrder:
    """An order to be placed. Quantities are in base, prices in quote currency; what a kind does not have is None."""

    client_id: str
    """1 to 36 letters, digits, - and _: what it is looked up by where its placement's outcome is unknown."""
    symbol: str
    side: Side
    kind: OrderKind
    quantity: Decimal | None = None
    quote_quantity: Decimal | None = None
    """What a market order spends or earns, in place of a quantity."""
    price: Decimal | None = None
    stop_price: Decimal | None = None
    trailing_delta: int | None = None
    """In units of 0.01 %."""
    iceberg_quantity: Decimal | None = None
    time_in_force: TimeInForce | None = None
    """GTC where the kind has one and none is given."""


@dataclass(frozen=True, slots=True)
class WantedList:
    """Orders that hang together: of two `legs`, the upper one first, either ends the other.

    With a `working` order the legs go out once it is wholly filled. Legs without a quantity then take what it received.
    """

    client_id: str
    legs: tuple[WantedOrder, ...]
    working: WantedOrder | None = None

    @property
    def orders(self) -> tuple[WantedOrder, ...]:
        return self.legs if self.working is None else (self.working, *self.legs)
