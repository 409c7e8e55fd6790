"""Dust: what is left of a position and cannot be sold."""

from __future__ import annotations

from decimal import Decimal
from typing import NamedTuple

from chalicelib.filters.amounts import ZERO, floored, minus
from chalicelib.filters.proposed import MARKET, FilterRefusal
from chalicelib.filters.sales import least_sale, sale_refusal
from chalicelib.filters.symbol_filters import SymbolFilters


class Remains(NamedTuple):
    """A holding, as far as it can be sold and as far as it cannot: trying the latter again is of no use."""

    sellable: Decimal
    """In one order, or several where it is more than one may sell."""
    dust: Decimal
    refusal: FilterRefusal | None
    """Why nothing of it can be sold; None where something can, or nothing is held."""


def remains(held: Decimal, filters: SymbolFilters, price: Decimal, kind: str = MARKET) -> Remains:
    """What of a holding can be sold by orders of this kind while it trades at this price, which is above 0."""
    whole = floored(held, filters.lot_step(kind))
    if whole >= least_sale(filters, price, kind):
        return Remains(whole, minus(held, whole), None)
    return Remains(ZERO, held, sale_refusal(whole, filters, price, kind, price) if held else None)
