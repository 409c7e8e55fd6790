"""A list of trades as CSV, as programs for taxes read it: plain decimals without exponents, nothing for None."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from decimal import Decimal

from trader.data.trade_list import COLUMNS, ListedTrade

FLOAT_DIGITS = 15
"""Decimal digits that a float always holds."""


def csv_rows(trades: Iterable[ListedTrade]) -> Iterator[Sequence[str]]:
    """The header and a row a trade."""
    yield COLUMNS
    for trade in trades:
        yield csv_row(trade)


def csv_row(trade: ListedTrade) -> list[str]:
    """The values of COLUMNS as text; what a trade cost and brought is the product of what stands there, exactly."""
    prices = {"cost": trade.entry_price, **({} if trade.is_open else {"proceeds": trade.price})}
    return [
        plain(meant(trade.quantity) * meant(prices[name])) if name in prices else _text(value)
        for name, value in trade.as_dict().items()
    ]


def meant(number: float) -> Decimal:
    """The decimal that a float stands for: it holds every one of so many digits, what follows is the float's own.

    >>> meant(0.010450000000000001), meant(0.1 + 0.2), meant(95_705.44)
    (Decimal('0.01045'), Decimal('0.3'), Decimal('95705.44'))
    """
    return Decimal(f"{number:.{FLOAT_DIGITS}g}")


def plain(number: Decimal) -> str:
    """A number in digits and one dot.

    >>> plain(Decimal("1e-08")), plain(Decimal("100.0"))
    ('0.00000001', '100.0')
    """
    return format(number, "f")


def _text(value: str | float | int | None) -> str:
    if isinstance(value, float):
        return plain(meant(value))
    return "" if value is None else str(value)
