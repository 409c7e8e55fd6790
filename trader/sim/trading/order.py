"""Orders and trades of the simulated exchange, in Binance's own words."""

from __future__ import annotations

from dataclasses import dataclass, field
from decimal import Decimal
from typing import Literal

from trader.sim.trading.amounts import ZERO

Side = Literal["BUY", "SELL"]
Kind = Literal["LIMIT", "MARKET", "LIMIT_MAKER", "STOP_LOSS", "STOP_LOSS_LIMIT", "TAKE_PROFIT", "TAKE_PROFIT_LIMIT"]
TimeInForce = Literal["GTC", "IOC", "FOK"]
Status = Literal[
    "PENDING_NEW", "NEW", "PARTIALLY_FILLED", "FILLED", "CANCELED", "REJECTED", "EXPIRED", "EXPIRED_IN_MATCH"
]
Expiry = Literal[
    "NONE",
    "REJECTED",
    "EXCHANGE_CANCELED",
    "OCO_TRIGGER",
    "OTO_PHASE_ONE_EXPIRED",
    "UNFILLED_IOC_QUANTITY_EXPIRED",
    "UNFILLED_FOK_ORDER_EXPIRED",
    "INSUFFICIENT_LIQUIDITY",
    "EXECUTION_RULE_PRICE_RANGE_EXCEEDED",
]
CONTINGENT: frozenset[str] = frozenset({"STOP_LOSS", "STOP_LOSS_LIMIT", "TAKE_PROFIT", "TAKE_PROFIT_LIMIT"})
"""Kinds that wait for their stop price, which filters call algo orders."""
AT_MARKET: frozenset[str] = frozenset({"MARKET", "STOP_LOSS", "TAKE_PROFIT"})
"""Kinds that take any price once they work."""
OPEN: frozenset[str] = frozenset({"PENDING_NEW", "NEW", "PARTIALLY_FILLED"})
NO_LIST = -1
NOT_YET_MS = -1


@dataclass(frozen=True, slots=True)
class OrderRequest:
    """An order as it was asked for, its parameters complete for its kind; amounts that it has not are 0."""

    symbol: str
    side: Side
    kind: Kind
    client_id: str = ""
    """Empty where the exchange is to give one."""
    quantity: Decimal = ZERO
    quote_quantity: Decimal = ZERO
    """What a MARKET order without a quantity spends or earns."""
    price: Decimal = ZERO
    stop_price: Decimal = ZERO
    trailing_delta: int = 0
    """In units of 0.01 %."""
    iceberg: Decimal = ZERO
    time_in_force: TimeInForce = "GTC"
    self_trade_mode: str = "EXPIRE_MAKER"
    strategy_id: int | None = None
    strategy_type: int | None = None


@dataclass(frozen=True, slots=True)
class SpotTrade:
    """One fill of an order."""

    trade_id: int
    price: Decimal
    quantity: Decimal
    quote: Decimal
    commission: Decimal
    commission_asset: str
    time_ms: int
    is_maker: bool


@dataclass(frozen=True, slots=True)
class PreventedMatch:
    """A trade between two orders of one owner that did not take place."""

    match_id: int
    symbol: str
    account_id: int
    taker_order_id: int
    maker_order_id: int
    mode: str
    price: Decimal
    quantity: Decimal
    time_ms: int


@dataclass(frozen=True, slots=True)
class Amendment:
    """One time that an order was made smaller."""

    execution_id: int
    old_client_id: str
    new_client_id: str
    old_quantity: Decimal
    new_quantity: Decimal
    time_ms: int


@dataclass(slots=True)
class SpotOrder:
    """An order that the exchange took, as far as it has come."""

    order_id: int
    client_id: str
    request: OrderRequest
    quantity: Decimal
    time_ms: int
    updated_ms: int
    list_id: int = NO_LIST
    status: Status = "NEW"
    working_ms: int = NOT_YET_MS
    """When it came into the book; NOT_YET_MS before."""
    executed: Decimal = ZERO
    quote_executed: Decimal = ZERO
    locked: Decimal = ZERO
    """Of the asset that it would give away."""
    peak: Decimal = ZERO
    """The best price since a trailing order began to trail, 0 before."""
    trailing_ms: int = NOT_YET_MS
    """When it began to trail; NOT_YET_MS before."""
    stop_price: Decimal = ZERO
    """The request's, or where a trailing order stands by now."""
    expiry: Expiry = "NONE"
    cancel_id: str = ""
    """The client id of the request that cancelled it."""
    prevented_quantity: Decimal = ZERO
    prevented: PreventedMatch | None = None
    """The last trade with its owner that was prevented."""
    replaced_id: str = ""
    """The client id that it had before it was amended last."""
    amendments: tuple[Amendment, ...] = ()
    """The oldest first."""
    is_opposed: bool = False
    """Whether a fault lets an order of the same owner stand opposite, from an account that nobody sees."""
    is_out_of_range: bool = False
    """Whether a fault lets every price be too far from the reference price."""
    is_slow: bool = False
    """Whether a fault lets it be filled bit by bit."""
    trades: list[SpotTrade] = field(default_factory=list)

    @property
    def is_open(self) -> bool:
        return self.status in OPEN

    @property
    def is_working(self) -> bool:
        return self.working_ms != NOT_YET_MS

    @property
    def remaining(self) -> Decimal:
        return self.quantity - self.executed - self.prevented_quantity

    @property
    def is_buy(self) -> bool:
        return self.request.side == "BUY"

    @property
    def at_market(self) -> bool:
        return self.request.kind in AT_MARKET

    @property
    def waits_above(self) -> bool:
        """Whether the level at which something happens to it lies above the market: a stop's trigger, a limit."""
        if self.is_working:
            return not self.is_buy
        if self.peak:  # one that trails goes off at a turn against its owner, whatever its kind
            return self.is_buy
        return self.request.kind.startswith("STOP_LOSS") == self.is_buy

    @property
    def level(self) -> Decimal:
        """The price at which something happens to it: it triggers, or fills."""
        return self.request.price if self.is_working else self.stop_price

    def is_met_by(self, price: Decimal) -> bool:
        """Whether a price is at its level or beyond; where it has none, no price is."""
        if not self.level:
            return False
        return price >= self.level if self.waits_above else price <= self.level
