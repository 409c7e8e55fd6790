"""Amounts of orders: decimals, exact as they were sent."""

from __future__ import annotations

import re
from collections.abc import Iterable
from decimal import ROUND_DOWN, Context, Decimal
from functools import reduce

from trader.sim.query import ApiError

ASSET_DECIMALS = 8
UNIT = Decimal(1).scaleb(-ASSET_DECIMALS)
ZERO = Decimal(0)
WIDE = Context(prec=100, rounding=ROUND_DOWN)
"""More digits than any product of two amounts has."""
AMOUNT_RANGE = r"^([0-9]{1,20})(\.[0-9]{1,20})?$"
_AMOUNT = re.compile(AMOUNT_RANGE, re.ASCII)


def amount_of(name: str, text: str) -> Decimal:
    """The amount that a parameter gives. Raises ApiError: -1100 for other than digits and a dot, 1e-05 among them."""
    if _AMOUNT.fullmatch(text) is None:
        raise ApiError(-1100, f"Illegal characters found in parameter '{name}'; legal range is '{AMOUNT_RANGE}'.")
    return Decimal(text)


def decimals_of(amount: Decimal) -> int:
    """Digits after the dot without zeros at the end.

    >>> decimals_of(Decimal("0.0100")), decimals_of(Decimal("100"))
    (2, 0)
    """
    exponent = amount.normalize(WIDE).as_tuple().exponent
    return max(0, -exponent) if isinstance(exponent, int) else 0


def product(price: Decimal, quantity: Decimal) -> Decimal:
    """Price times quantity, exactly."""
    return WIDE.multiply(price, quantity)


def total(amounts: Iterable[Decimal]) -> Decimal:
    """Their sum, exactly."""
    return reduce(WIDE.add, amounts, ZERO)


def rounded_down(amount: Decimal, decimals: int = ASSET_DECIMALS) -> Decimal:
    """The amount without what lies below its asset's unit.

    >>> rounded_down(Decimal("0.123456789"))
    Decimal('0.12345678')
    """
    return amount.quantize(Decimal(1).scaleb(-decimals), context=WIDE)


def floored(amount: Decimal, step: Decimal) -> Decimal:
    """The largest multiple of the step that is not above the amount; the amount itself where the step is 0."""
    return WIDE.multiply(WIDE.divide_int(amount, step), step) if step else amount


def shown(amount: Decimal) -> str:
    """An amount as answers write it: eight decimals, or all that it has.

    >>> shown(Decimal("0.5")), shown(Decimal("1.25e-11"))
    ('0.50000000', '0.0000000000125')
    """
    usual = f"{amount:.{ASSET_DECIMALS}f}"
    return usual if Decimal(usual) == amount else f"{amount.normalize(WIDE):f}"
