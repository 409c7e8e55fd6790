"""Rules of what an order is worth, and of how far its price may be from the market's."""

from __future__ import annotations

from decimal import Decimal
from typing import NamedTuple

from chalicelib.filters.amounts import plain, product
from chalicelib.filters.proposed import MARKET, ProposedOrder, Surroundings

NO_PRICE = "there is no price to judge by"


class WorthRule(NamedTuple):
    """MIN_NOTIONAL and NOTIONAL: price times quantity, both bounds included, at the order's own limit if it has one."""

    kind: str
    least: Decimal
    least_at_market: bool
    most: Decimal | None
    most_at_market: bool

    def complaint(self, order: ProposedOrder, around: Surroundings) -> str:
        at_market = order.kind == MARKET
        least = self.least if self.least_at_market or not at_market else None
        most = self.most if self.most_at_market or not at_market else None
        price = order.price or around.reference_price
        if not price and (least or most is not None):
            return NO_PRICE
        worth = product(price, order.quantity)
        told = f"{plain(order.quantity)} at {plain(price)} is worth {plain(worth)}"
        if least is not None and worth < least:
            return f"{told}, below {plain(least)}"
        return f"{told}, above {plain(most)}" if most is not None and worth > most else ""


class PriceBand(NamedTuple):
    """Factors of the reference price between which a limit has to be, both included."""

    down: Decimal
    up: Decimal


class BandRule(NamedTuple):
    """PERCENT_PRICE and PERCENT_PRICE_BY_SIDE."""

    kind: str
    buying: PriceBand
    selling: PriceBand

    def complaint(self, order: ProposedOrder, around: Surroundings) -> str:
        if not order.price:
            return ""
        if not around.reference_price:
            return NO_PRICE
        band = self.buying if order.is_buy else self.selling
        low, high = product(around.reference_price, band.down), product(around.reference_price, band.up)
        if order.price < low:
            return f"price {plain(order.price)} is below {plain(low)}"
        return f"price {plain(order.price)} is above {plain(high)}" if order.price > high else ""
