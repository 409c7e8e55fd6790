"""Stops that follow the market at a distance."""

from __future__ import annotations

from decimal import ROUND_CEILING, ROUND_FLOOR, Decimal

from trader.sim.trading.amounts import WIDE
from trader.sim.trading.order import SpotOrder

PER_UNIT = Decimal(10_000)
"""A trailing delta counts in units of 0.01 %."""


def begin_trailing(order: SpotOrder, price: Decimal, tick: Decimal) -> None:
    """The order follows the market from this price on; its stop lies on the first tick that is far enough away."""
    distance = order.request.trailing_delta / PER_UNIT
    order.peak = price
    if order.waits_above:
        order.stop_price = product_on_tick(price, 1 + distance, tick, ROUND_CEILING)
    else:
        order.stop_price = product_on_tick(price, 1 - distance, tick, ROUND_FLOOR)


def trail(order: SpotOrder, price: Decimal, tick: Decimal) -> None:
    """Move the stop after the price, if it follows already and the price has gone the way that it follows."""
    if order.peak and (price < order.peak if order.waits_above else price > order.peak):
        begin_trailing(order, price, tick)


def product_on_tick(price: Decimal, factor: Decimal, tick: Decimal, rounding: str) -> Decimal:
    """The price times a factor, rounded to a multiple of the tick."""
    return WIDE.multiply(WIDE.divide(WIDE.multiply(price, factor), tick).to_integral_value(rounding), tick)
