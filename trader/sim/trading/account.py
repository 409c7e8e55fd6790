"""An account of the simulated exchange: what it holds, what is locked in orders, and what it has done."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from decimal import Decimal

from trader.sim.query import ApiError
from trader.sim.trading.amounts import ZERO
from trader.sim.trading.order import SpotOrder

KEPT = 10_000
"""Closed orders that an account remembers; of older ones nobody can ask any more."""
DUPLICATE = ApiError(-2010, "Duplicate order sent.")
NO_FUNDS = ApiError(-2010, "Account has insufficient balance for requested action.")


@dataclass(slots=True)
class Balance:
    """Units of one asset."""

    free: Decimal = ZERO
    locked: Decimal = ZERO


@dataclass(frozen=True, slots=True)
class Rates:
    """Commission as a part of what is received."""

    maker: Decimal = Decimal("0.001")
    taker: Decimal = Decimal("0.001")
    bnb_discount: Decimal = Decimal("0.25")
    """The part that is not taken where BNB pays."""


@dataclass(slots=True)
class SpotAccount:
    """One account with its orders by id; the order of ids is the order in which they came."""

    name: str
    uid: int
    rates: Rates = field(default_factory=Rates)
    pays_in_bnb: bool = False
    updated_ms: int = 0
    balances: dict[str, Balance] = field(default_factory=dict)
    _orders: dict[int, SpotOrder] = field(default_factory=dict)
    _open: dict[int, SpotOrder] = field(default_factory=dict)
    _open_by_client_id: dict[tuple[str, str], SpotOrder] = field(default_factory=dict)
    _closed: deque[int] = field(default_factory=deque)

    def balance(self, asset: str) -> Balance:
        return self.balances.setdefault(asset, Balance())

    def held(self, asset: str) -> Decimal:
        """What there is of it, locked or not."""
        balance = self.balances.get(asset)
        return balance.free + balance.locked if balance else ZERO

    def deposit(self, amounts: Mapping[str, Decimal]) -> None:
        for asset, amount in amounts.items():
            self.balance(asset).free += amount

    def lock(self, order: SpotOrder, asset: str, amount: Decimal) -> None:
        """Lock so much for an order from now on, in place of what was. Raises NO_FUNDS, with nothing changed."""
        balance = self.balance(asset)
        more = amount - order.locked
        if more > balance.free:
            raise NO_FUNDS
        balance.free -= more
        balance.locked += more
        order.locked = amount

    def add(self, order: SpotOrder) -> None:
        """Remember an open order. Raises ApiError where another open one of its symbol has its client id."""
        key = (order.request.symbol, order.client_id)
        if key in self._open_by_client_id:
            raise DUPLICATE
        self._orders[order.order_id] = order
        self._open[order.order_id] = order
        self._open_by_client_id[key] = order

    def rename(self, order: SpotOrder, client_id: str) -> None:
        """Give an open order another client id. Raises ApiError, with nothing changed, as `add` does."""
        before, after = ((order.request.symbol, name) for name in (order.client_id, client_id))
        if self._open_by_client_id.get(after, order) is not order:
            raise DUPLICATE
        del self._open_by_client_id[before]
        self._open_by_client_id[after] = order
        order.client_id = client_id

    def forget(self, order: SpotOrder) -> None:
        """As if this open order had never come."""
        del self._orders[order.order_id], self._open[order.order_id]
        del self._open_by_client_id[order.request.symbol, order.client_id]

    def close(self, order: SpotOrder) -> None:
        """Remember an order as done; the oldest done one is forgotten where there are too many."""
        del self._open[order.order_id]
        del self._open_by_client_id[order.request.symbol, order.client_id]
        self._closed.append(order.order_id)
        if len(self._closed) > KEPT:
            del self._orders[self._closed.popleft()]

    def stand(self, order: SpotOrder, balances: dict[str, Balance], time_ms: int) -> None:
        """Stand as it stood at a time when an order had come so far and balances were these."""
        known = self._orders.get(order.order_id)
        self.balances, self.updated_ms = balances, time_ms
        self._orders[order.order_id] = order
        if known is not None and not known.is_open:
            return
        if known is not None:
            del self._open_by_client_id[known.request.symbol, known.client_id]
        self._open[order.order_id] = order
        self._open_by_client_id[order.request.symbol, order.client_id] = order
        if not order.is_open:
            self.close(order)

    def open_orders(self, symbol: str | None = None) -> list[SpotOrder]:
        """The oldest first; of all symbols for None."""
        return [order for order in self._open.values() if symbol in (None, order.request.symbol)]

    def orders(self, symbol: str) -> Iterator[SpotOrder]:
        """All that are remembered, the oldest first."""
        return (order for order in self._orders.values() if order.request.symbol == symbol)

    def open_order(self, symbol: str, client_id: str) -> SpotOrder | None:
        return self._open_by_client_id.get((symbol, client_id))

    def find(self, symbol: str, order_id: int | None, client_id: str | None) -> SpotOrder | None:
        """The order of this id, or, where none is given, the newest with this client id."""
        if order_id is not None:
            found = self._orders.get(order_id)
            return found if found is not None and found.request.symbol == symbol else None
        return self.open_order(symbol, client_id or "") or _newest(self.orders(symbol), client_id or "")


def _newest(orders: Iterable[SpotOrder], client_id: str) -> SpotOrder | None:
    found = None
    for order in orders:
        found = order if order.client_id == client_id else found
    return found
