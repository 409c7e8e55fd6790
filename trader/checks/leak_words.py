"""A leak in words."""

from __future__ import annotations

from collections.abc import Sequence

from chalicelib.moments import second_text
from trader.checks.lookahead import Leak

BECAUSE = {
    "cut": "later bars were missing",
    "streamed": "it was fed bar by bar",
    "open": "the rest of its bar was another",
    "range": "the close of its bar was another",
}


def sentence(leak: Leak, symbols: Sequence[str]) -> str:
    """The leak as one line."""
    where = f"{leak.subject}: {value_name(leak, symbols)}".rstrip(": ")
    if leak.words:
        return f"{where} at {second_text(leak.time_ms)}: {leak.words}"
    values = f"{shown(leak.full)} with all data, {shown(leak.truncated)} when {BECAUSE[leak.how]}"
    return f"{where} at {second_text(leak.time_ms)} is {values}"


def value_name(leak: Leak, symbols: Sequence[str]) -> str:
    """The column with its symbol in place of the symbol's number."""
    symbol = symbol_of(leak, symbols)
    return leak.column if symbol is None else f"{leak.column.removesuffix(f' {leak.symbol}')} of {symbol}"


def symbol_of(leak: Leak, symbols: Sequence[str]) -> str | None:
    """The symbol that it belongs to, None for the whole account."""
    return symbols[leak.symbol] if leak.symbol >= 0 else None


def shown(value: float | None) -> str:
    """A value with every digit that it needs, - for none.

    >>> shown(0.1), shown(None)
    ('0.1', '-')
    """
    return "-" if value is None or value != value else repr(value)
