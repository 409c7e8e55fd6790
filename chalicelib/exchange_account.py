"""Orders, trades and balances as an exchange tells of them: its own exact numbers, times in UTC milliseconds."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from enum import StrEnum

from chalicelib.domain import Side
from chalicelib.wanted_orders import OrderKind


class OrderState(StrEnum):
    NEW = "NEW"
    PENDING_NEW = "PENDING_NEW"
    PARTIALLY_FILLED = "PARTIALLY_FILLED"
    FILLED = "FILLED"
    CANCELED = "CANCELED"
    PENDING_CANCEL = "PENDING_CANCEL"
    REJECTED = "REJECTED"
    EXPIRED = "EXPIRED"
    EXPIRED_IN_MATCH = "EXPIRED_IN_MATCH"
    UNKNOWN = "UNKNOWN"
    """One that we know nothing about: neither open nor closed, and not to be acted on."""


OPEN_STATES = frozenset(
    {OrderState.NEW, OrderState.PENDING_NEW, OrderState.PARTIALLY_FILLED, OrderState.PENDING_CANCEL}
)


@dataclass(frozen=True, slots=True)
class OrderFill:
    """A part of an order that was traded."""

    trade_id: int
    """Unique per symbol only."""
    price: Decimal
    quantity: Decimal
    fee: Decimal
    fee_asset: str


@dataclass(frozen=True, slots=True)
class PlacedOrder:
    """An order as far as it had come. Amounts that it does not have are 0."""

    symbol: str
    order_id: int
    client_id: str
    """As it was placed under, also in the answer to a cancel."""
    list_id: int | None
    side: Side | None
    """None where the exchange names one that we do not know."""
    kind: OrderKind
    state: OrderState
    quantity: Decimal
    executed: Decimal
    quote_executed: Decimal | None
    """None where the exchange does not know it (of very old orders)."""
    price: Decimal
    stop_price: Decimal
    time_in_force: str
    time_ms: int
    updated_ms: int
    expiry_reason: str = ""
    fills: tuple[OrderFill, ...] = ()
    """Told in the answer to a placement only."""

    @property
    def is_understood(self) -> bool:
        """Whether all that it is called is known to us; where not, nothing may be decided by it."""
        return self.side is not None and self.kind is not OrderKind.UNKNOWN and self.state is not OrderState.UNKNOWN

    @property
    def is_open(self) -> bool:
        return self.state in OPEN_STATES


@dataclass(frozen=True, slots=True)
class PlacedList:
    """Orders that hang together, as far as they had come."""

    list_id: int
    client_id: str
    symbol: str
    status: str
    """EXECUTING, ALL_DONE or REJECT; whatever the exchange says."""
    order_ids: tuple[int, ...]
    orders: tuple[PlacedOrder, ...] = ()
    """Told in the answers to a placement and a cancel only."""


@dataclass(frozen=True, slots=True)
class OwnTrade:
    """A trade of one of the account's orders."""

    symbol: str
    order_id: int
    fill: OrderFill
    quote: Decimal
    side: Side
    is_maker: bool
    time_ms: int


@dataclass(frozen=True, slots=True)
class AssetBalance:
    """What an account has of an asset; locked is what its open orders may still take."""

    free: Decimal
    locked: Decimal


@dataclass(frozen=True, slots=True)
class AccountState:
    """An account by asset. It may lag behind the answers to placements."""

    can_trade: bool
    balances: Mapping[str, AssetBalance]
    permissions: tuple[str, ...]
    updated_ms: int


@dataclass(frozen=True, slots=True)
class FeeRates:
    """Fractions of what is traded; buyer or seller comes on top of maker or taker."""

    maker: Decimal
    taker: Decimal
    buyer: Decimal
    seller: Decimal


@dataclass(frozen=True, slots=True)
class SymbolFees:
    """What trading a symbol costs an account."""

    symbol: str
    standard: FeeRates
    special: FeeRates
    tax: FeeRates
    discount_asset: str
    """Which fees are paid in where the account has it and wants it so; empty without a discount."""
    discount: Decimal
    """The factor on standard fees then."""


@dataclass(frozen=True, slots=True)
class UnfilledCount:
    """Orders placed in a window and not filled yet, and how many there may be. `window` is such as 10S or 1D."""

    window: str
    count: int
    limit: int


@dataclass(frozen=True, slots=True)
class KeyRights:
    """What a key may do."""

    reads: bool
    trades: bool
    withdraws: bool
    is_bound: bool
    """Whether it works from some addresses only."""
    ends_ms: int | None = None
    """When it may no longer trade; None for never."""
