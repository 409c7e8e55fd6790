"""Columns told apart where no header says which is which: by their number, and by what the first rows hold."""

from __future__ import annotations

import re
from collections.abc import Sequence
from itertools import pairwise
from typing import TypeAlias

from chalicelib.addition import added
from chalicelib.domain import DAY_MS
from trader.data.tables.dates import EXAMPLE
from trader.data.tables.names import ColumnPlaces
from trader.data.tables.numbers_in_text import number
from trader.data.tables.unclear import Unclear

Cells: TypeAlias = Sequence[float | None]

SAMPLE = 100
"""Rows by which columns are told."""
LEAST_ROWS, CLEARLY_LESS = 10, 4.0
"""From so many rows on what their numbers say together is no chance; how many times less a sum of distances must be."""
KNOWN = {
    6: "time, open, high, low, close, volume",
    7: "time, open, high, low, close, volume and another",
    12: "Binance's columns",
}
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
    cells = [[number(cell, mark) for cell in row] for row in rows]
    _refuse_times_of_day([row[0] for row in cells])
    _refuse_other_orders([row[first : first + 4] for row in cells])
    if len(rows) >= LEAST_ROWS:
        if all(re.match(r"\d{4}", row[0].strip()) for row in (rows[0], rows[-1])):  # the order of 31.01.2025 is another
            is_newest_first = " ".join(rows[0][:first]) > " ".join(rows[-1][:first])
            _refuse_turned([row[first : first + 4] for row in (cells[::-1] if is_newest_first else cells)])
        _refuse_price_as_volume([row[first + 1 : first + 5] for row in cells])
    prices = (first, first + 1, first + 2, first + 3, first + 4)
    return ColumnPlaces(tuple(range(first)), prices), SPLIT if split else KNOWN[width]


def _refuse_times_of_day(times: Sequence[float | None]) -> None:
    """Raises Unclear for milliseconds since midnight, as QuantConnect's LEAN writes them, and for numbers of rows."""
    if all(time is not None and time < DAY_MS for time in times):
        raise Unclear(f"no header, and times such as {times[0]:g} that do not say their day: write them as {EXAMPLE}")


def _refuse_other_orders(rows: Sequence[Cells]) -> None:
    """Raises Unclear where the prices of more rows are in another order that is in use, or those of most in none."""
    counts = {words: len([row for row in rows if _fits([row[at] for at in order])]) for order, words in ORDERS.items()}
    usual, best = next(iter(counts)), max(counts, key=lambda words: counts[words])
    if best != usual:
        raise Unclear(f"no header, and its prices fit {best}: name the columns in a first line")
    if counts[usual] * 2 < len(rows):
        raise Unclear(f"no header, and its prices are no {usual}: name the columns in a first line")


def _refuse_turned(rows: Sequence[Cells]) -> None:
    """Raises Unclear where open and close of rows, oldest first, have changed places: markets open where they close."""
    ends = [(row[0], row[3]) for row in rows if row[0] is not None and row[3] is not None]
    pairs = list(pairwise(ends))
    as_named = added(abs(opened - closed) for (_, closed), (opened, _) in pairs)
    turned = added(abs(opened - closed) for (closed, _), (_, opened) in pairs)
    if turned * CLEARLY_LESS < as_named:
        raise Unclear("no header, and its prices fit close, high, low, open: name the columns in a first line")


def _refuse_price_as_volume(rows: Sequence[Cells]) -> None:
    """Raises Unclear where what stands for the volume of high, low, close and volume is a mean or adjusted price."""
    if all(_fits([volume, high, low, volume]) for high, low, _, volume in rows):
        raise Unclear("no header, and its sixth column holds prices, no volume: name the columns in a first line")


def _fits(prices: Cells) -> bool:
    open_, high, low, close = prices
    if open_ is None or high is None or low is None or close is None:
        return True
    return low <= min(open_, close) and max(open_, close) <= high
