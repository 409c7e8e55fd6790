"""Quantities in whole lots, and parts of a position."""

from math import floor

from chalicelib.kernel.account import Position, entered_of
from chalicelib.kernel.limits import Limits

ROUNDING = 4.440892098500626e-16
"""2 to the power of -51: how far, of a number of lots, their product with the step may lie from the number written."""
UNCOUNTABLE = 9007199254740992.0
"""2 to the power of 53 lots: beyond it floats lie further apart than lots, and each is as good a multiple."""
LEFT_OVER = 1e-12
"""Of what is held: what sums of floats leave over is nothing that can be sold."""


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


def to_sell(position: Position, keep: float, price: float, lot_step: float, limits: Limits) -> float:
    """How much is to be sold so that this fraction of the entered quantity stays; 0.0 for nothing.

    A part goes down to whole lots, and one that is worth less than min_notional at this price is none. Where the rest
    would be as little, which nobody could sell later, it goes too.
    """
    if keep <= 0.0:
        return position.quantity
    part = position.quantity - keep * entered_of(position)
    if part <= LEFT_OVER * position.quantity:
        return 0.0
    if lot_step > 0.0:
        part = whole_lots(part + LEFT_OVER * position.quantity, lot_step)
    if part <= 0.0 or part * price < limits.min_notional:
        return 0.0
    left = position.quantity - part
    unsellable = left + LEFT_OVER * position.quantity < lot_step or left * price < limits.min_notional
    return position.quantity if unsellable else part
