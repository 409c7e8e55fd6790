"""How much of an order the market takes, at which prices: one model without friction, others beside it."""

from __future__ import annotations

from collections.abc import Iterator
from decimal import Decimal
from typing import NamedTuple, Protocol

from trader.sim.listing import Listing
from trader.sim.trading.order import Side, SpotOrder
from trader.sim.trading.path import PathLeg

ENDLESS = Decimal("Infinity")


class Offer(NamedTuple):
    """So much can be had at a price."""

    price: Decimal
    quantity: Decimal


class Liquidity(Protocol):
    """What stands against an order."""

    def offers(self, side: Side, last: Decimal, listing: Listing, now_ms: int) -> Iterator[Offer]:
        """What an order of that side that takes can have now, the best price first; `last` is the last price."""
        ...

    def arriving(self, order: SpotOrder, leg: PathLeg) -> Decimal:
        """How much of a resting order is met by a leg that has come to its price."""
        ...


class Frictionless:
    """Implements Liquidity: any quantity at the ask, which is a tick above the last price, and at the bid, which is it.

    A resting order is filled whole as soon as its price is touched.
    """

    def offers(self, side: Side, last: Decimal, listing: Listing, now_ms: int) -> Iterator[Offer]:
        yield Offer(last + Decimal(1).scaleb(-listing.price_decimals) if side == "BUY" else last, ENDLESS)

    def arriving(self, order: SpotOrder, leg: PathLeg) -> Decimal:
        return order.remaining
