"""How much of an order the market takes, at which prices: one model without friction, a full one, a slow one.

What a resting order gets is told by whole thirds of a minute, so that it hangs on the market alone and not on how often
anybody looks at it.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from decimal import ROUND_CEILING, Decimal
from typing import NamedTuple, Protocol

from chalicelib.domain import MINUTE_MS, Candle
from trader.sim.listing import Listing
from trader.sim.payloads import text
from trader.sim.tape import MarketPath
from trader.sim.trading.amounts import WIDE, ZERO, floored, product
from trader.sim.trading.order import Side, SpotOrder
from trader.sim.trading.path import PathLeg
from trader.sim.view import last_closed_ms

ENDLESS = Decimal("Infinity")
HALF_SPREAD, GAP = Decimal("0.0001"), Decimal("0.0001")
"""As parts of the price: from the last price to the best offer, and from one offer to the next; at least a tick."""
LEVELS = 25
LEVEL_SHARE = Decimal("0.02")
"""Of the volume of the last closed minute, what stands at each level."""
THROUGH_SHARE, TOUCH_SHARE = Decimal("0.1"), Decimal("0.02")
"""Of the volume that passes, what a resting order gets beyond its price, and at it."""
SLOW_PARTS = 10


class Offer(NamedTuple):
    """So much can be had at a price."""

    price: Decimal
    quantity: Decimal


class Liquidity(Protocol):
    """What stands against an order."""

    def offers(self, side: Side, last: Decimal, tape: MarketPath, now_ms: int) -> Iterator[Offer]:
        """What an order of that side that takes can have now, the best price first; `last` is the last price."""
        ...

    def arriving(self, order: SpotOrder) -> Decimal:
        """How much of a resting order is met at once when the price comes to it."""
        ...

    def passing(self, order: SpotOrder, leg: PathLeg, candle: Candle, listing: Listing) -> Decimal:
        """How much of a resting order was met while a whole third of a minute went by, which is this leg."""
        ...


class Frictionless:
    """Implements Liquidity: any quantity at the ask, which is a tick above the last price, and at the bid, which is it.

    A resting order is filled whole as soon as its price is touched.
    """

    def offers(self, side: Side, last: Decimal, tape: MarketPath, now_ms: int) -> Iterator[Offer]:
        yield Offer(last + tick_of(tape.listing) if side == "BUY" else last, ENDLESS)

    def arriving(self, order: SpotOrder) -> Decimal:
        return order.remaining

    def passing(self, order: SpotOrder, leg: PathLeg, candle: Candle, listing: Listing) -> Decimal:
        return ZERO


class FullLiquidity:
    """Implements Liquidity: a spread, a depth that an order walks through, and queues before those that rest.

    Depth is made of the volume of the last closed minute and stands again for the next order. Volume passes evenly
    within a minute; of it a resting order gets a share while the price is beyond its own, a smaller one while it stands
    there.
    """

    def offers(self, side: Side, last: Decimal, tape: MarketPath, now_ms: int) -> Iterator[Offer]:
        tick, lot = tick_of(tape.listing), lot_of(tape.listing)
        away = -1 if side == "SELL" else 1
        size = max(lot, floored(product(LEVEL_SHARE, _closed_volume(tape, now_ms)), lot))
        for level in range(LEVELS):
            price = last + away * (_ticks_up(last * HALF_SPREAD, tick) + level * _ticks_up(last * GAP, tick))
            if price > ZERO:
                yield Offer(price, size)

    def arriving(self, order: SpotOrder) -> Decimal:
        return ZERO

    def passing(self, order: SpotOrder, leg: PathLeg, candle: Candle, listing: Listing) -> Decimal:
        volume = Decimal(str(candle.volume)) * (leg.end_ms - leg.start_ms) / MINUTE_MS
        return floored(WIDE.multiply(volume, _share(order, leg)), lot_of(listing))


class SlowFills(Frictionless):
    """Implements Liquidity: a resting order gets a tenth in each third of a minute that comes to its price."""

    def arriving(self, order: SpotOrder) -> Decimal:
        return ZERO

    def passing(self, order: SpotOrder, leg: PathLeg, candle: Candle, listing: Listing) -> Decimal:
        if not (order.is_met_by(leg.start) or order.is_met_by(leg.end)):
            return ZERO
        lot = lot_of(listing)
        return max(lot, floored(order.quantity / SLOW_PARTS, lot))


MODELS: Mapping[str, type[Frictionless | FullLiquidity]] = {"frictionless": Frictionless, "full": FullLiquidity}


def tick_of(listing: Listing) -> Decimal:
    """The step of the pair's prices."""
    return Decimal(1).scaleb(-listing.price_decimals)


def lot_of(listing: Listing) -> Decimal:
    """The step of the pair's quantities."""
    return Decimal(text(listing.symbol.lot_step))


def _closed_volume(tape: MarketPath, now_ms: int) -> Decimal:
    for candle in tape.backward(last_closed_ms(now_ms, MINUTE_MS)):
        return Decimal(str(candle.volume))
    return ZERO


def _ticks_up(distance: Decimal, tick: Decimal) -> Decimal:
    """The fewest ticks, one at least, that are no less than a distance."""
    return max(tick, (distance / tick).to_integral_value(ROUND_CEILING) * tick)


def _share(order: SpotOrder, leg: PathLeg) -> Decimal:
    """The part of the leg's volume that an order gets which rests all the while."""
    price, low, high = order.request.price, min(leg.start, leg.end), max(leg.start, leg.end)
    beyond = price - low if order.is_buy else high - price
    if low == high:
        return THROUGH_SHARE if beyond > ZERO else TOUCH_SHARE if beyond == ZERO else ZERO
    return THROUGH_SHARE * min(max(beyond / (high - low), ZERO), Decimal(1))
