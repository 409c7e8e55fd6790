"""Quantities in whole lots, and parts of a position."""

from math import floor
from typing import NamedTuple

from chalicelib.kernel.account import Position, entered_of
from chalicelib.kernel.limits import Limits

ROUNDING = 4.440892098500626e-16
"""2 to the power of -51: how far, of a number of lots, their product with the step may lie from the number written."""
UNCOUNTABLE = 9007199254740992.0
"""2 to the power of 53 lots: beyond it floats lie further apart than lots, and each is as good a multiple."""
LEFT_OVER = 1e-12
"""Of what is held: what sums of floats leave over is nothing that can be sold."""


class SymbolSteps(NamedTuple):
    """What an exchange asks of orders for a symbol, 0.0 where it is not known: whole lots, prices on ticks, a worth."""

    lot: float
    tick: float
    min_notional: float


ANY = SymbolSteps(0.0, 0.0, 0.0)


def price_below(price: float, tick: float) -> float:
    """The price itself where it is on the tick, else the next one below; what falls below the first tick stays.

    >>> price_below(0.57, 0.01), price_below(101.237, 0.05), price_below(101.237, 0.0), price_below(0.004, 0.01)
    (0.57, 101.2, 101.237, 0.004)
    """
    found = round_down(price, tick)
    return found if found > 0.0 else price


def price_above(price: float, tick: float) -> float:
    """The price itself where it is on the tick, else the next one above.

    >>> price_above(0.57, 0.01), price_above(101.237, 0.05), price_above(101.237, 0.0)
    (0.57, 101.25, 101.237)
    """
    found = round_down(price, tick)
    return found if found >= price else (floor(found / tick + 0.5) + 1) * tick


def least_worth(steps: SymbolSteps, limits: Limits) -> float:
    """What an order has to be worth in quote currency: the larger one of what the owner and the exchange ask."""
    return max(limits.min_notional, steps.min_notional)


def round_down(quantity: float, step: float) -> float:
    """The quantity itself where it is a multiple of step, else the largest multiple below; step 0.0 leaves all.

    57 times 0.01 is no 0.57 in floats but its neighbour above: what is that near a multiple is one.

    >>> round_down(0.57, 0.01), round_down(0.127, 0.05), round_down(0.127, 0.0)
    (0.57, 0.1, 0.127)
    """
    if step <= 0.0 or quantity <= 0.0 or quantity >= UNCOUNTABLE * step:
        return quantity
    if abs(floor(quantity / step + 0.5) * step - quantity) <= ROUNDING * quantity:
        return quantity
    return whole_lots(quantity, step)


def whole_lots(quantity: float, step: float) -> float:
    """The largest number of lots whose product with the step is not above quantity; as it is where nobody can count.

    >>> whole_lots(0.127, 0.05), whole_lots(0.127, 0.0)
    (0.1, 0.127)
    """
    if step <= 0.0 or quantity <= 0.0 or quantity >= UNCOUNTABLE * step:
        return quantity
    count = floor(quantity / step)  # the division may have rounded over a whole number, to either side
    if (count + 1) * step <= quantity:
        return (count + 1) * step
    return count * step if count * step <= quantity else (count - 1) * step


def to_sell(position: Position, keep: float, price: float, steps: SymbolSteps, limits: Limits) -> float:
    """How much is to be sold so that this fraction of the entered quantity stays; 0.0 for nothing.

    A part goes down to whole lots, and one that is worth less than an order has to be at this price is none. Where the
    rest would be as little, which nobody could sell later, it goes too.
    """
    if keep <= 0.0:
        return position.quantity
    part = position.quantity - keep * entered_of(position)
    if part <= LEFT_OVER * position.quantity:
        return 0.0
    least = least_worth(steps, limits)
    if steps.lot > 0.0:
        part = whole_lots(part + LEFT_OVER * position.quantity, steps.lot)
    if part <= 0.0 or part * price < least:
        return 0.0
    left = position.quantity - part
    unsellable = left + LEFT_OVER * position.quantity < steps.lot or left * price < least
    return position.quantity if unsellable else part
