"""The price-range rule: an order that would trade too far from the reference price expires."""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal

from trader.sim.exchange import Exchange
from trader.sim.trading.amounts import ZERO, product
from trader.sim.trading.average_prices import AveragePrices
from trader.sim.trading.liquidity import ENDLESS
from trader.sim.trading.order import SpotOrder

MULTIPLIERS = ("bidLimitMultUp", "bidLimitMultDown", "askLimitMultUp", "askLimitMultDown")
"""A rule's fields, each a number as text; one that is missing bounds nothing."""


class PriceRange:
    """The rules in force, as `/sim/state` sets them; the reference is the mean price of the last minutes."""

    def __init__(self, exchange: Exchange, averages: AveragePrices) -> None:
        self._rules = exchange.conditions.price_ranges
        self._averages = averages

    def allows(self, order: SpotOrder, price: Decimal, time_ms: int) -> bool:
        """Whether an order may trade at a price now."""
        if order.is_out_of_range:
            return False
        rule = self._rules.get(order.request.symbol)
        if rule is None:
            return True
        low, high = _bounds(rule, "bid" if order.is_buy else "ask", self._averages.at(order.request.symbol, time_ms))
        return low <= price <= high


def _bounds(rule: Mapping[str, str], side: str, reference: Decimal) -> tuple[Decimal, Decimal]:
    down, up = rule.get(f"{side}LimitMultDown"), rule.get(f"{side}LimitMultUp")
    low = ZERO if down is None else product(reference, Decimal(down))
    return low, ENDLESS if up is None else product(reference, Decimal(up))
