"""A sale as filters see it, and the least quantity that can be sold."""

from __future__ import annotations

from collections.abc import Iterator
from decimal import Decimal

from chalicelib.domain import Side
from chalicelib.errors import BadInput
from chalicelib.filters.amounts import ABOVE, ZERO, floored, plain, raised
from chalicelib.filters.proposed import MARKET, FilterRefusal, ProposedOrder, Surroundings
from chalicelib.filters.symbol_filters import SymbolFilters
from chalicelib.filters.worth import WorthRule


def sale_refusal(
    quantity: Decimal, filters: SymbolFilters, price: Decimal, kind: str, market: Decimal
) -> FilterRefusal | None:
    """Why this quantity could not be sold at this price; None where it could.

    An order with a limit is judged while the market's reference price is `market`, another once it is the price.
    """
    if not quantity:
        return FilterRefusal("LOT_SIZE", f"it is less than {plain(filters.lot_step(kind))}")
    has_limit = "LIMIT" in kind
    order = ProposedOrder(Side.SELL, kind, quantity, floored(price, filters.tick()) if has_limit else ZERO)
    return filters.refusal(order, Surroundings(reference_price=market if has_limit else price))


def least_sale(filters: SymbolFilters, price: Decimal, kind: str) -> Decimal:
    """The smallest quantity in whole lots that is neither too small nor worth too little at this price.

    Raises BadInput for a price of 0.
    """
    if not price:
        raise BadInput(f"{filters.symbol}: what can be sold at a price of 0 is not known: the price must be above 0")
    step = filters.lot_step(kind)
    limit = floored(price, filters.tick()) if "LIMIT" in kind else ZERO
    return raised(max((step, *_leasts(filters, limit or price, kind))), step)


def most_sale(filters: SymbolFilters, kind: str) -> Decimal:
    """The largest quantity that one order may sell, whatever it is worth; 0 where there is none."""
    return min((grid.most for grid in filters.lot_grids(kind) if grid.most), default=ZERO)


def _leasts(filters: SymbolFilters, price: Decimal, kind: str) -> Iterator[Decimal]:
    yield from (grid.least for grid in filters.lot_grids(kind))
    for rule in filters.rules:
        if isinstance(rule, WorthRule) and (rule.least_at_market or kind != MARKET):
            yield ABOVE.divide(rule.least, price)
