"""What a strategy wants at a close, and the only ways to say it.

All four take positional or named arguments with defaults, and cast what they are given, so that they compile; a NaN
stands for what is left to the keys of [risk].
"""

from math import nan
from typing import NamedTuple

from chalicelib.kernel.codes import ENTER, EXIT, FIRST_OWN_REASON, HOLD, MOST_REASONS, NONE

HIGHEST_PRICE = 1e18


class Choice(NamedTuple):
    """An action code, why (a reason code), and what goes with it; made by the functions below, never by hand."""

    action: int
    reason: int
    size: float
    """Of an entry: fraction of equity, above 0 and up to 1; NaN for risk.position_fraction."""
    stop: float
    """Price, NaN for none of its own."""
    take_profit: float
    """Price, NaN for none of its own."""
    keep: float = 0.0
    """Of an exit: fraction of the entered quantity that stays."""


WAIT = Choice(HOLD, NONE, nan, nan, nan, 0.0)


def wait(reason: int = -1) -> Choice:
    """Nothing is wanted; `reason` is the index of one of the file's REASONS, -1 for none.

    >>> wait().action, wait(1).reason
    (0, 17)
    """
    return Choice(HOLD, NONE if reason == -1 else FIRST_OWN_REASON + reason, nan, nan, nan, 0.0)


def enter(size: float = nan, stop: float = nan, take_profit: float = nan, reason: int = 0) -> Choice:
    """Buy at the next open: `size` is a fraction of equity, levels are prices, `reason` an index into REASONS."""
    return Choice(ENTER, FIRST_OWN_REASON + reason, float(size), float(stop), float(take_profit), 0.0)


def leave(keep: float = 0.0, reason: int = 0) -> Choice:
    """Sell at the next open until this fraction of the entered quantity stays; `reason` is an index into REASONS.

    Said twice it sells once. An int in the first place is the reason, as in files from before a part could stay.

    >>> leave(keep=0.5, reason=1).keep, leave(1).reason == leave(reason=1).reason
    (0.5, True)
    """
    if isinstance(keep, int):
        return Choice(EXIT, FIRST_OWN_REASON + (reason if keep == 0 else keep), nan, nan, nan, 0.0)
    return Choice(EXIT, FIRST_OWN_REASON + reason, nan, nan, nan, float(keep))


def hold(stop: float = nan, take_profit: float = nan) -> Choice:
    """Keep what is held, with these levels (prices) from the next bar on; a stop is only ever raised."""
    return Choice(HOLD, NONE, nan, float(stop), float(take_profit), 0.0)


def is_sound(choice: Choice) -> bool:
    """Whether a choice can be acted on: known codes, fractions that are some, levels that are prices.

    >>> is_sound(enter(size=0.5, stop=90.0)), is_sound(enter(stop=-1.0)), is_sound(leave(reason=99))
    (True, False, False)
    """
    own = FIRST_OWN_REASON <= choice.reason < FIRST_OWN_REASON + MOST_REASONS
    known = own or (choice.action == HOLD and choice.reason == NONE)
    sized = choice.size != choice.size or 0.0 < choice.size <= 1.0
    levels = is_level(choice.stop) and is_level(choice.take_profit)
    return known and HOLD <= choice.action <= EXIT and sized and levels and 0.0 <= choice.keep <= 1.0


def is_level(price: float) -> bool:
    """Whether this is a price or no level at all (NaN)."""
    return price != price or 0.0 < price <= HIGHEST_PRICE
