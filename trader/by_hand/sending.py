"""An order is sent once. Where no answer comes, the exchange is asked what became of it, by the id that we gave."""

from __future__ import annotations

from collections.abc import Callable

from chalicelib.errors import Conflict, NoSuchOrder, NothingDone, Rejected, TraderError, Unavailable
from chalicelib.exchange_account import OrderState, PlacedOrder
from chalicelib.wanted_orders import WantedOrder
from trader.by_hand.venue import HandVenue

Say = Callable[[str], None]
Sleep = Callable[[float], None]

LOOK_AFTER_S = (0.5, 1.0, 2.0, 4.0, 8.0)
"""An order can be accepted late, and a query answered by a server that has not heard of it yet."""


def place_once(venue: HandVenue, order: WantedOrder, say: Say, sleep: Sleep) -> PlacedOrder:
    """The order as the exchange tells of it after it was sent. Never sends a second time.

    Raises Unavailable where it stays unknown whether there is such an order, NothingDone where there is none, Rejected
    and BadInput where it is refused.
    """
    try:
        return venue.place(order)
    except NothingDone as error:
        raise NothingDone(f"order {order.client_id}: nothing was placed: {error}", error.retry_after_s) from error
    except (Conflict, Unavailable) as error:  # an id of ours that is open already is this order, delivered twice
        say(f"no clear answer, so the order may be there or not: {error}")
        say(f"asking the exchange for {order.client_id}; nothing is sent again")
    found = looked_up(venue, order.symbol, order.client_id, sleep, lambda order: True)
    if found is None:
        raise Unavailable(
            f"order {order.client_id}: the exchange, asked {len(LOOK_AFTER_S)} times, does not know it, which is no"
            f" proof that it never will: look again with `trader order show {order.symbol} {order.client_id}` before"
            " ordering anew"
        )
    say(f"found: the exchange has it, {found.state}")
    return found


def cancel_once(venue: HandVenue, symbol: str, name: str, say: Say, sleep: Sleep) -> PlacedOrder:
    """The order after it was taken back. Never sends a second time.

    Raises Unavailable where it is not known to be done, NothingDone where it is not, Rejected and BadInput where the
    exchange refuses.
    """
    try:
        return venue.cancel(symbol, name)
    except NothingDone as error:
        raise NothingDone(f"order {name}: nothing was cancelled: {error}", error.retry_after_s) from error
    except NoSuchOrder as error:
        raise _told_how_it_is(venue, symbol, name, error) from error
    except Unavailable as error:
        say(f"no clear answer, so the order may be cancelled or not: {error}")
        say(f"asking the exchange for {name}; nothing is sent again")
    found = looked_up(venue, symbol, name, sleep, is_done)
    if found is None or not is_done(found):
        state = "unknown to the exchange" if found is None else f"still {found.state}"
        raise Unavailable(f"order {name}: {state}; look again with `trader order show {symbol} {name}`")
    say(f"found: the order is {found.state}")
    return found


def _told_how_it_is(venue: HandVenue, symbol: str, name: str, refusal: NoSuchOrder) -> TraderError:
    """The refusal of a cancel, with what the exchange says of the order."""
    try:
        found = venue.find(symbol, name)
    except TraderError:
        return refusal
    return Rejected(f"order {name}: nothing was cancelled: it is {found.state} already") if is_done(found) else refusal


def is_done(order: PlacedOrder) -> bool:
    """Whether nothing more is to come of it."""
    return not order.is_open and order.state is not OrderState.UNKNOWN


def looked_up(
    venue: HandVenue, symbol: str, name: str, sleep: Sleep, is_enough: Callable[[PlacedOrder], bool]
) -> PlacedOrder | None:
    """The order of this id, asked for until it is enough or patience ends; None where it never was there.

    Raises Unavailable where the exchange did not tell at last.
    """
    found: PlacedOrder | None = None
    heard: TraderError | None = None
    for pause_s in LOOK_AFTER_S:
        sleep(pause_s)
        try:
            found, heard = venue.find(symbol, name), None
        except NoSuchOrder:
            heard = None
        except TraderError as error:
            heard = error
        if heard is None and found is not None and is_enough(found):
            return found
    if heard is not None:
        raise Unavailable(f"order {name}: it is unknown what became of it: {heard}; look again before ordering anew")
    return found
