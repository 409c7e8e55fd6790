"""What a strategy wants at a close, and the only ways to say it.

All four take positional or named arguments with defaults, and cast what they are given, so that they compile; a NaN
stands for what is left to the keys of [risk].
"""

from math import nan
from typing import NamedTuple

from chalicelib.kernel.codes import ENTER, EXIT, FIRST_OWN_REASON, HOLD, MOST_REASONS, NONE

HIGHEST_PRICE = 1e18
MOST_BARS = 1e9


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
    trailing: float = nan
    """Of an entry: quote currency below the highest high; NaN for the trailing stop of risk."""
    break_even: float = nan
    """Of an entry: price; NaN for risk.break_even_at."""
    max_bars: float = nan
    """Of an entry: whole number of the strategy's bars; NaN for risk.max_bars_held."""


WAIT = Choice(HOLD, NONE, nan, nan, nan, 0.0, nan, nan, nan)


def wait(reason: int = -1) -> Choice:
    """Nothing is wanted; `reason` is the index of one of the file's REASONS, -1 for none.

    >>> wait().action, wait(1).reason
    (0, 17)
    """
    return Choice(HOLD, NONE if reason == -1 else FIRST_OWN_REASON + reason, nan, nan, nan, 0.0, nan, nan, nan)


def enter(
    size: float = nan,
    stop: float = nan,
    take_profit: float = nan,
    reason: int = 0,
    trailing: float = nan,
    break_even: float = nan,
    max_bars: float = nan,
) -> Choice:
    """Buy at the next open: `size` is a fraction of equity, levels are prices, `reason` an index into REASONS.

    What it says stands in place of [risk] for as long as the position is held: `trailing` is how far below the highest
    high its stop follows (quote currency), `break_even` the price from which on its stop is no lower than the entry
    price, `max_bars` how many of the strategy's bars it is held at most.
    """
    return Choice(
        ENTER,
        FIRST_OWN_REASON + reason,
        float(size),
        float(stop),
        float(take_profit),
        0.0,
        float(trailing),
        float(break_even),
        float(max_bars),
    )


def leave(keep: float = 0.0, reason: int = 0) -> Choice:
    """Sell at the next open until this fraction of the entered quantity stays; `reason` is an index into REASONS.

    Said twice it sells once. An int in the first place is the reason, as in files from before a part could stay.

    >>> leave(keep=0.5, reason=1).keep, leave(1).reason == leave(reason=1).reason
    (0.5, True)
    """
    if isinstance(keep, int):
        return Choice(EXIT, FIRST_OWN_REASON + (reason if keep == 0 else keep), nan, nan, nan, 0.0, nan, nan, nan)
    return Choice(EXIT, FIRST_OWN_REASON + reason, nan, nan, nan, float(keep), nan, nan, nan)


def hold(stop: float = nan, take_profit: float = nan) -> Choice:
    """Keep what is held, with these levels (prices) from the next bar on; a stop is only ever raised."""
    return Choice(HOLD, NONE, nan, float(stop), float(take_profit), 0.0, nan, nan, nan)


def is_sound(choice: Choice) -> bool:
    """Whether a choice can be acted on: known codes, fractions that are some, levels that are prices.

    >>> is_sound(enter(size=0.5, stop=90.0)), is_sound(enter(stop=-1.0)), is_sound(leave(reason=99))
    (True, False, False)
    """
    worded = FIRST_OWN_REASON <= choice.reason < FIRST_OWN_REASON + MOST_REASONS
    known = worded or (choice.action == HOLD and choice.reason == NONE)
    sized = choice.size != choice.size or 0.0 < choice.size <= 1.0
    levels = is_level(choice.stop) and is_level(choice.take_profit)
    own = is_level(choice.trailing) and is_level(choice.break_even) and is_number_of_bars(choice.max_bars)
    return known and HOLD <= choice.action <= EXIT and sized and levels and own and 0.0 <= choice.keep <= 1.0


def is_level(price: float) -> bool:
    """Whether this is a price or no level at all (NaN)."""
    return price != price or 0.0 < price <= HIGHEST_PRICE


def is_number_of_bars(count: float) -> bool:
    """Whether this is a whole number above 0, or none at all (NaN).

    >>> is_number_of_bars(12.0), is_number_of_bars(nan), is_number_of_bars(0.0), is_number_of_bars(2.5)
    (True, True, False, False)
    """
    return count != count or (1.0 <= count <= MOST_BARS and float(int(count)) == count)
