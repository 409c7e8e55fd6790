"""An order by hand as the filters of its symbol let it pass."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from decimal import Decimal

from chalicelib.domain import Side
from chalicelib.errors import BadInput
from chalicelib.exchange_account import AccountState, AssetBalance, PlacedOrder
from chalicelib.filters.amounts import minus, plus, total
from chalicelib.filters.legal import legal
from chalicelib.filters.proposed import ALGO_KINDS, FilterRefusal, OpenOrderCounts, ProposedOrder, Surroundings
from chalicelib.filters.symbol_filters import SymbolFilters
from chalicelib.wanted_orders import WantedOrder
from trader.by_hand.ticket import words_of

ZERO = Decimal(0)
NOTHING = AssetBalance(ZERO, ZERO)


def lawful(order: WantedOrder, filters: SymbolFilters, around: Surroundings) -> WantedOrder:
    """The order with its amounts on the symbol's steps. Raises BadInput naming the filter that refuses it."""
    found = legal(proposed(order), filters, around)
    if isinstance(found, FilterRefusal):
        raise BadInput(f"{words_of(order)}: {found.line()}; nothing was sent")
    return replace(
        order,
        quantity=found.quantity,
        price=found.price or None,
        stop_price=found.stop_price or None,
        iceberg_quantity=found.iceberg or None,
    )


def proposed(order: WantedOrder) -> ProposedOrder:
    """The order as filters judge it, all of it. Raises BadInput for one by its cost: what it buys only comes about."""
    if order.quote_quantity is not None:
        raise BadInput(f"{words_of(order)}: an order by its cost cannot be judged by filters: give a quantity")
    return ProposedOrder(
        side=order.side,
        kind=order.kind,
        quantity=order.quantity or ZERO,
        price=order.price or ZERO,
        stop_price=order.stop_price or ZERO,
        iceberg=order.iceberg_quantity or ZERO,
        trailing_delta=order.trailing_delta or 0,
    )


def surroundings(price: Decimal, base: str, account: AccountState, resting: Iterable[PlacedOrder]) -> Surroundings:
    """What the order is judged beside: the mean price, what is held, and what rests on its symbol.

    What rests on others is not asked for: an exchange that counts all together judges that itself.
    """
    orders = list(resting)
    held = account.balances.get(base, NOTHING)
    bidden = [minus(order.quantity, order.executed) for order in orders if order.side is Side.BUY]
    open_here = OpenOrderCounts(len(orders), len([order for order in orders if order.kind in ALGO_KINDS]))
    return Surroundings(price, plus(held.free, held.locked), total(bidden), open_here, open_here)
