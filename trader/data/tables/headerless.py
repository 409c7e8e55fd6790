"""Columns told apart where no header says which is which: by their number, and by what the first rows hold."""

from __future__ import annotations

from collections.abc import Sequence

from trader.data.tables.names import ColumnPlaces
from trader.data.tables.numbers_in_text import number
from trader.data.tables.unclear import Unclear

SAMPLE = 100
"""Rows by which columns are told."""
KNOWN = {6: "time, open, high, low, close, volume", 7: "Kraken's columns", 12: "Binance's columns"}
SPLIT = "MetaTrader's columns: date, time, open, high, low, close, volume"
ORDERS = {
    (0, 1, 2, 3): "open, high, low, close",
    (2, 1, 0, 3): "low, high, open, close",
    (0, 2, 3, 1): "open, close, high, low",
}
"""Places of open, high, low and close among the four prices, as some exchange writes them."""


def columns_without_names(rows: Sequence[Sequence[str]], mark: str) -> tuple[ColumnPlaces, str]:
    """The columns of rows without a header, and what they were taken for. Raises Unclear where nobody can say."""
    width = len(rows[0])
    split = width in (7, 8) and len(rows[0]) > 1 and ":" in rows[0][1]
    if not split and width not in KNOWN:
        counts = ", ".join(f"{count} ({words})" for count, words in KNOWN.items())
        raise Unclear(f"no header, and {width} columns; without one there must be {counts}")
    first = 2 if split else 1
    _refuse_other_orders([row[first : first + 4] for row in rows], mark)
    prices = (first, first + 1, first + 2, first + 3, first + 4)
    return ColumnPlaces(tuple(range(first)), prices), SPLIT if split else KNOWN[width]


def _refuse_other_orders(rows: Sequence[Sequence[str]], mark: str) -> None:
    """Raises Unclear where the prices of more rows are in another order that is in use, or those of most in none."""
    prices = [[number(cell, mark) for cell in row] for row in rows]
    counts = {
        words: len([row for row in prices if _fits([row[at] for at in order])]) for order, words in ORDERS.items()
    }
    usual, best = next(iter(counts)), max(counts, key=lambda words: counts[words])
    if best != usual:
        raise Unclear(f"no header, and its prices fit {best}: name the columns in a first line")
    if counts[usual] * 2 < len(rows):
        raise Unclear(f"no header, and its prices are no {usual}: name the columns in a first line")


def _fits(prices: Sequence[float | None]) -> bool:
    open_, high, low, close = prices
    if open_ is None or high is None or low is None or close is None:
        return True
    return low <= min(open_, close) and max(open_, close) <= high
