"""Amounts of money with the digits that say something, be the currency one of cents or one of hundred-millionths."""

from __future__ import annotations

from math import ceil, floor, log10

USUAL_DIGITS, MOST_DIGITS = 2, 14
SMALL_ACCOUNT = 100.0
"""Below it two digits are not enough."""
SHOWN_SHARE = 6
"""Of a small account a millionth (ten to the minus this) shows."""
NOTHING = 1e-12
"""Of an account: what is left where sums of floats should have come to nothing."""


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
