"""An order made legal, or refused by the filter's name."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal

from chalicelib.filters.amounts import floored, plain, raised
from chalicelib.filters.proposed import FilterRefusal, ProposedOrder, Surroundings
from chalicelib.filters.symbol_filters import SymbolFilters


def legal(order: ProposedOrder, filters: SymbolFilters, around: Surroundings) -> ProposedOrder | FilterRefusal:
    """The order as it may be sent, or the filter that it cannot pass. What is legal comes back to the last digit.

    The quantity goes down to the lot step, never up. Prices go to the tick at which it cannot trade worse than was
    asked: down for a purchase, up for a sale. Nothing else is changed: bounds and worth are met or refused.
    """
    rounded = on_steps(order, filters)
    return _vanished(order, rounded) or filters.refusal(rounded, around) or rounded


def _vanished(order: ProposedOrder, rounded: ProposedOrder) -> FilterRefusal | None:
    """The refusal of an amount of which no whole step is left: a limit of 0 would be none at all."""
    if not rounded.quantity:
        return FilterRefusal("LOT_SIZE", f"a quantity of {plain(order.quantity)} is less than one lot")
    for was, price in ((order.price, rounded.price), (order.stop_price, rounded.stop_price)):
        if was and not price:
            return FilterRefusal("PRICE_FILTER", f"a price of {plain(was)} is less than one tick")
    return None


def on_steps(order: ProposedOrder, filters: SymbolFilters) -> ProposedOrder:
    """The order with its quantity in whole lots and its prices on ticks; itself where they are."""
    lot, tick = filters.lot_step(order.kind), filters.tick()
    quantity = floored(order.quantity, lot)
    shown = raised(order.iceberg, lot)
    if order.iceberg <= order.quantity and shown > quantity:
        shown = quantity
    price, stop = (_on_tick(each, tick, is_buy=order.is_buy) for each in (order.price, order.stop_price))
    same = (quantity, shown, price, stop) == (order.quantity, order.iceberg, order.price, order.stop_price)
    return order if same else replace(order, quantity=quantity, iceberg=shown, price=price, stop_price=stop)


def _on_tick(price: Decimal, tick: Decimal, *, is_buy: bool) -> Decimal:
    return floored(price, tick) if is_buy else raised(price, tick)
