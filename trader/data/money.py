"""Amounts and prices with the digits that say something, be the currency one of cents or one of hundred-millionths."""

from __future__ import annotations

from decimal import Decimal
from math import ceil, floor, log10

USUAL_DIGITS, MOST_DIGITS = 2, 14
SMALL_ACCOUNT = 100.0
"""Below it two digits are not enough."""
SHOWN_SHARE = 6
"""Of a small account a millionth (ten to the minus this) shows."""
NOTHING = 1e-12
"""Of an account: what is left where sums of floats should have come to nothing."""
LEAST_WRITTEN_OUT = 1e-18


def money_digits(value: float, account: float) -> int:
    """Digits after the point of an amount; `account` is what the account is worth, or began with.

    An amount that those digits would show as nothing has two that are not zero.

    >>> money_digits(25.5, 10_000.0), money_digits(0.001, 10_000.0), money_digits(0.05, 0.05), money_digits(4e-5, 0.05)
    (2, 4, 8, 8)
    """
    digits = USUAL_DIGITS
    if 0.0 < account < SMALL_ACCOUNT:
        digits = min(max(USUAL_DIGITS, ceil(SHOWN_SHARE - log10(account))), MOST_DIGITS)
    if NOTHING * abs(account) < abs(value) < 10.0**-digits:
        digits = min(1 - floor(log10(abs(value))), MOST_DIGITS)
    return digits


def money(value: float, account: float) -> float:
    """The amount rounded to those digits.

    >>> money(0.05045994702730757, 0.05), money(9987.654321, 10_000.0)
    (0.05045995, 9987.65)
    """
    return round(value, money_digits(value, account))


def money_text(value: float, account: float, signed: bool = False) -> str:
    """The amount as text, never with an exponent.

    >>> money_text(4.0508e-05, 0.05), money_text(-3.0, 10_000.0, signed=True)
    ('0.00004051', '-3.00')
    """
    return f"{value:{'+' if signed else ''}.{money_digits(value, account)}f}"


def traded(quantity: float, price: float) -> float:
    """The amount of a trade: what tells how small its account may be, where nothing else of that is known."""
    return quantity * price


def written_out(number: float) -> str:
    """The number as it round-trips, its digits written out unless there are very many.

    >>> written_out(0.1), written_out(1.96e-08), written_out(1e300)
    ('0.1', '0.0000000196', '1e+300')
    """
    text = repr(number)
    return f"{Decimal(text):f}" if "e-" in text and abs(number) > LEAST_WRITTEN_OUT else text


def price_text(price: float) -> str:
    """A price with eight digits that say something.

    >>> price_text(95123.45), price_text(1.96e-08), price_text(100.0)
    ('95123.45', '0.0000000196', '100')
    """
    return written_out(float(f"{price:.8g}")).removesuffix(".0")


def amount_text(number: float) -> str:
    """A quantity or a level without what sums of floats leave in its last digits.

    >>> amount_text(0.010480000000000001), amount_text(94965.26340000001), amount_text(1e-08)
    ('0.01048', '94965.2634', '0.00000001')
    """
    return written_out(float(f"{number:.12g}")).removesuffix(".0")
