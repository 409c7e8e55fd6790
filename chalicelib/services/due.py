"""When an agent that has traded has to do with a minute again: each one, or the next at which its bars close."""

from __future__ import annotations

from chalicelib.domain import MINUTE_MS, Portfolio
from chalicelib.kernel.account import Slot
from chalicelib.kernel.codes import NONE


def is_open(slot: Slot) -> bool:
    """Whether something of the symbol is held or ordered."""
    return slot.position.quantity > 0.0 or slot.order.side != NONE


def is_active(portfolio: Portfolio) -> bool:
    """Whether anything is held or ordered, so that each minute counts."""
    return any(map(is_open, portfolio.slots.values()))


def next_record_ms(portfolio: Portfolio, interval_ms: int) -> int:
    """open_ms of the next minute that has to leave a record."""
    following_ms = (portfolio.minute_ms or 0) + MINUTE_MS
    return following_ms if is_active(portfolio) else next_close_ms(following_ms, interval_ms) - MINUTE_MS


def next_minute_ms(portfolio: Portfolio, interval_ms: int) -> int:
    """open_ms of the next minute in which there may be anything to do.

    As `next_record_ms`, but for a symbol whose bar is not over and should be: it may end with any candle.
    """
    if portfolio.unfinished:
        return (portfolio.minute_ms or 0) + MINUTE_MS
    return next_record_ms(portfolio, interval_ms)


def next_close_ms(time_ms: int, interval_ms: int) -> int:
    """The first time after this one at which bars of that length close.

    >>> next_close_ms(3_600_000, 3_600_000), next_close_ms(3_599_999, 3_600_000)
    (7200000, 3600000)
    """
    return time_ms - time_ms % interval_ms + interval_ms
