"""Amounts as exact decimals: how they get in, and arithmetic that never rounds unasked."""

from __future__ import annotations

import re
from collections.abc import Iterable
from decimal import ROUND_CEILING, ROUND_DOWN, Context, Decimal
from functools import reduce
from math import isfinite, lcm

from chalicelib.errors import BadInput

ZERO = Decimal(0)
EXACT = Context(prec=1000, rounding=ROUND_DOWN)
"""More digits than a product or a quotient of any two floats has."""
ABOVE = Context(prec=40, rounding=ROUND_CEILING)
"""For quotients that must not come out too small."""
AS_WRITTEN = 2.0**-51
"""How far, relatively, what floats make of a number of lots may lie from the number that is meant."""
_PLAIN = re.compile(r"[0-9]{1,30}(\.[0-9]{1,30})?", re.ASCII)


def exact(value: float | Decimal) -> Decimal:
    """The decimal that a number is written as, not the binary fraction behind it. Raises BadInput for none of size.

    >>> exact(0.1), exact(1e-05), exact(Decimal("0.100"))
    (Decimal('0.1'), Decimal('0.00001'), Decimal('0.100'))
    """
    decimal = value if isinstance(value, Decimal) else _of_float(float(value))
    if not decimal.is_finite() or decimal < 0:
        raise BadInput(f"an amount of {value}: must be a number of 0 or more")
    return decimal


def written(text: object, where: str) -> Decimal:
    """An amount as an exchange writes it, a number or digits with a point. Raises BadInput that begins with `where`."""
    if isinstance(text, str) and _PLAIN.fullmatch(text):
        return Decimal(text)
    if isinstance(text, int | float) and not isinstance(text, bool) and isfinite(text) and text >= 0:
        return exact(text)
    raise BadInput(f"{where}: must be an amount of 0 or more, found {repr(text)[:60]}")


def plain(amount: Decimal) -> str:
    """An amount in words: all its digits, without zeros at the end.

    >>> plain(Decimal("0.0100")), plain(Decimal("1E+2"))
    ('0.01', '100')
    """
    return f"{EXACT.normalize(amount):f}"


def product(one: Decimal, other: Decimal) -> Decimal:
    """Their product, exactly."""
    return EXACT.multiply(one, other)


def plus(one: Decimal, other: Decimal) -> Decimal:
    """Their sum, exactly."""
    return EXACT.add(one, other)


def minus(one: Decimal, other: Decimal) -> Decimal:
    """Their difference, exactly."""
    return EXACT.subtract(one, other)


def total(amounts: Iterable[Decimal]) -> Decimal:
    """Their sum, exactly."""
    return reduce(EXACT.add, amounts, ZERO)


def is_multiple(amount: Decimal, step: Decimal) -> bool:
    """Whether the amount is a whole number of steps; of a step of 0 everything is."""
    return not step or not EXACT.remainder(amount, step)


def floored(amount: Decimal, step: Decimal) -> Decimal:
    """The largest multiple of the step that is not above; the amount itself, to the last digit, where it is one.

    >>> floored(Decimal("0.5700"), Decimal("0.01")), floored(Decimal("0.579"), Decimal("0.01"))
    (Decimal('0.5700'), Decimal('0.57'))
    """
    return amount if is_multiple(amount, step) else EXACT.multiply(EXACT.divide_int(amount, step), step)


def raised(amount: Decimal, step: Decimal) -> Decimal:
    """The smallest multiple of the step that is not below; the amount itself, to the last digit, where it is one.

    >>> raised(Decimal("0.571"), Decimal("0.01"))
    Decimal('0.58')
    """
    return amount if is_multiple(amount, step) else EXACT.add(floored(amount, step), step)


def common_step(one: Decimal, other: Decimal) -> Decimal:
    """The smallest amount that is a multiple of both, as it is written if it is one of them; a step of 0 is off.

    >>> common_step(Decimal("0.4"), Decimal("0.06")), common_step(Decimal("0.01"), Decimal("0"))
    (Decimal('1.20'), Decimal('0.01'))
    """
    if not other or is_multiple(one, other):
        return one or other
    if not one or is_multiple(other, one):
        return other
    unit = min(one.as_tuple().exponent, other.as_tuple().exponent, key=int)
    return EXACT.scaleb(Decimal(lcm(*(int(EXACT.scaleb(each, -int(unit))) for each in (one, other)))), int(unit))


def whole_lots(quantity: float, step: Decimal) -> Decimal:
    """A quantity that floats were reckoned to, as the lots that are meant: no lot is lost to a last bit.

    57 * 0.000001 is written 5.6999999999999996e-05 and means 57 lots: 29 of 100 such products lie below what is meant.

    >>> whole_lots(57 * 0.000001, Decimal("0.000001")), whole_lots(0.0000575, Decimal("0.000001"))
    (Decimal('0.000057'), Decimal('0.000057'))
    """
    amount = exact(quantity)
    above = raised(amount, step)
    if EXACT.subtract(above, amount) <= EXACT.multiply(amount, Decimal(AS_WRITTEN)):
        return above
    return floored(amount, step)


def _of_float(value: float) -> Decimal:
    return Decimal(repr(value))
