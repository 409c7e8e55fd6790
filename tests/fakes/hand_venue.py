"""An exchange in memory that orders by hand go to: it fills at once, and loses answers as a test says."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from decimal import Decimal

from chalicelib.errors import NoSuchOrder, TraderError
from chalicelib.exchange_account import AccountState, AssetBalance, KeyRights, OrderState, PlacedOrder
from chalicelib.wanted_orders import OrderKind, WantedOrder
from trader.by_hand.examined import PairState

NOW_MS = 1_750_000_000_000
ZERO = Decimal(0)
RICH = AccountState(True, {"USDT": AssetBalance(Decimal(1000), ZERO)}, ("SPOT",), NOW_MS)
PAIR = PairState("BTCUSDT", "TRADING", "USDT", ("LIMIT", "MARKET"), (), Decimal(6))
UNKNOWN = NoSuchOrder("Order does not exist. (-2013)")


@dataclass
class FakeVenue:
    """Implements HandVenue and ExaminedExchange."""

    orders: list[PlacedOrder] = field(default_factory=list)
    sent: list[str] = field(default_factory=list)
    """The name in every request that could change something."""
    lost: TraderError | None = None
    """What the next sending raises in place of its answer."""
    is_lost_before: bool = False
    """And it has no effect."""
    silent: list[TraderError] = field(default_factory=list)
    """What the next queries raise."""
    state: AccountState = RICH
    rights: KeyRights | None = None
    listed: PairState = PAIR
    clock_ms: int = NOW_MS

    def legal(self, order: WantedOrder) -> WantedOrder:
        return order

    def place(self, order: WantedOrder) -> PlacedOrder:
        self.sent.append(order.client_id)
        placed = taken(order, len(self.orders) + 1)
        if not self.is_lost_before:
            self.orders.append(placed)
        self._lose()
        return placed

    def find(self, symbol: str, name: str) -> PlacedOrder:
        if self.silent:
            raise self.silent.pop(0)
        return self.orders[self._place_of(name)]

    def cancel(self, symbol: str, name: str) -> PlacedOrder:
        self.sent.append(name)
        place = self._place_of(name)
        if not self.is_lost_before:
            self.orders[place] = replace(self.orders[place], state=OrderState.CANCELED)
        self._lose()
        return self.orders[place]

    def open_orders(self, symbol: str | None) -> Sequence[PlacedOrder]:
        return [order for order in self.orders if order.is_open and symbol in (None, order.symbol)]

    def account(self) -> AccountState:
        return self.state

    def dust(self, account: AccountState) -> Mapping[str, Decimal]:
        return {}

    def time_ms(self) -> int:
        return self.clock_ms

    def pair(self, symbol: str) -> PairState:
        return self.listed

    def key_rights(self) -> KeyRights | None:
        return self.rights

    def _place_of(self, name: str) -> int:
        found = [k for k, order in enumerate(self.orders) if name in (order.client_id, str(order.order_id))]
        if not found:
            raise UNKNOWN
        return found[0]

    def _lose(self) -> None:
        if self.lost is not None:
            lost, self.lost = self.lost, None
            raise lost


def taken(order: WantedOrder, order_id: int) -> PlacedOrder:
    """The order as an exchange has it where every market order fills at 3."""
    quantity = order.quantity or ZERO
    executed = quantity if order.kind is OrderKind.MARKET else ZERO
    return PlacedOrder(
        symbol=order.symbol,
        order_id=order_id,
        client_id=order.client_id,
        list_id=None,
        side=order.side,
        kind=order.kind,
        state=OrderState.FILLED if executed else OrderState.NEW,
        quantity=quantity,
        executed=executed,
        quote_executed=executed * 3,
        price=order.price or ZERO,
        stop_price=order.stop_price or ZERO,
        time_in_force="GTC",
        time_ms=NOW_MS,
        updated_ms=NOW_MS,
    )
