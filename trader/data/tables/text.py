"""The layout of a table in a text: what separates cells, where the header is, how numbers are written.

It is told from the first lines alone; what does not fit further down is refused by its row.
"""

from __future__ import annotations

import csv
import re
from collections.abc import Sequence
from itertools import chain
from typing import NamedTuple

from chalicelib.candle_rule import SECONDS_FROM
from trader.data.tables.dates import EXAMPLE
from trader.data.tables.headerless import SAMPLE, columns_without_names
from trader.data.tables.names import TICK_VOLUMES, ColumnPlaces, columns_of, is_header, plain_name
from trader.data.tables.numbers_in_text import decimal_mark, number
from trader.data.tables.unclear import Unclear

DELIMITERS = {
    ",": "",
    ";": "cells separated by semicolons",
    "\t": "cells separated by tabs",
    "|": "cells separated by bars",
}
LINES_BEFORE_HEADER = 5
LEAST_COLUMNS = 5
LINES_BY_SYMBOL = 3
"""Of a header with the kind of price, the symbol and the name of the times."""


class TextLayout(NamedTuple):
    """The way in which a text is to be read."""

    delimiter: str
    lines_before_data: int
    names: tuple[str, ...]
    """As in the header, empty without one."""
    width: int
    columns: ColumnPlaces
    mark: str
    texts: frozenset[int]
    """Places of the columns of time that hold text."""
    words: tuple[str, ...]


def layout_of(lines: Sequence[str], symbol: str | None) -> TextLayout:
    """The layout of a text that begins with these lines. Raises Unclear naming what was found in them."""
    if header := _header_by_symbol(lines):
        layout = layout_of([header, *lines[LINES_BY_SYMBOL:]], symbol)
        words = (f"{LINES_BY_SYMBOL} lines of header read as one", *layout.words)
        return layout._replace(lines_before_data=LINES_BY_SYMBOL, words=words)
    for delimiter in DELIMITERS:
        for at in range(min(len(lines), LINES_BEFORE_HEADER + 1)):
            cells = _cells(lines[at], delimiter)
            if is_header(cells):
                return _with_header(lines, at, delimiter, symbol)
            if _is_data(cells):
                return _without_header(lines, at, delimiter)
    first = next((line for line in lines if line.strip()), "")
    if "\0" in first or "\ufffd" in first:
        raise Unclear("neither text nor Parquet, Feather, zip or gzip by its content")
    raise Unclear(f"no table of candles: neither names of columns nor numbers in its first line ({first[:60]!r})")


def _header_by_symbol(lines: Sequence[str]) -> str:
    """The header of a table of columns by symbol, as pandas writes what yfinance gives; "" where it is no such.

    >>> _header_by_symbol(["Price,Close,Open", "Ticker,BTC-USD,BTC-USD", "Datetime,,"])
    'Datetime,Close,Open'
    """
    rows = [_cells(line, ",") for line in lines[:LINES_BY_SYMBOL]]
    if len(rows) < LINES_BY_SYMBOL or [row[:1] for row in rows[:2]] != [["Price"], ["Ticker"]] or any(rows[2][1:]):
        return ""
    if len(several := dict.fromkeys(filter(None, rows[1][1:]))) > 1:
        raise Unclear(f"several symbols in one file ({', '.join(several)[:60]}): one file a symbol")
    return ",".join([*rows[2][:1], *rows[0][1:]])


def _with_header(lines: Sequence[str], at: int, delimiter: str, symbol: str | None) -> TextLayout:
    names = [name.strip().lstrip("\ufeff") for name in _cells(lines[at], delimiter)]
    rows = _rows(lines[at + 1 :], delimiter)
    columns = _traded(columns_of(names, symbol), names, rows)
    times = [row[columns.time[0]].strip() for row in rows if columns.time[0] < len(row)]
    _refuse_numbers_of_rows(names, columns, times)
    _refuse_rounded(times)
    mark = _mark(rows, columns, delimiter)
    skipped = (f"{at} line{'s' if at > 1 else ''} before its header left out",) if at else ()
    words = (*skipped, *_delimited(delimiter, mark))
    return TextLayout(
        delimiter, at + 1, tuple(names), len(names), columns, mark, _texts(rows, columns.time, mark), words
    )


def _without_header(lines: Sequence[str], at: int, delimiter: str) -> TextLayout:
    rows = _rows(lines[at:], delimiter)
    if delimiter == ";" and re.fullmatch(r"\d{8} \d{6}", rows[0][0]):
        raise Unclear(f"no header, and times such as {rows[0][0]!r} are HistData's, in UTC-5: write them as {EXAMPLE}")
    mark = decimal_mark(cell for row in rows for cell in row[1:]) if delimiter != "," else "."
    columns, taken = columns_without_names(rows, mark)
    words = (f"no header, read as {taken}", *_delimited(delimiter, mark))
    return TextLayout(delimiter, at, (), len(rows[0]), columns, mark, _texts(rows, columns.time, mark), words)


def _cells(line: str, delimiter: str) -> list[str]:
    return next(csv.reader([line], delimiter=delimiter), [])


def _is_data(cells: Sequence[str]) -> bool:
    """Whether a row begins with a time and goes on with numbers."""
    if len(cells) < LEAST_COLUMNS or not cells[0].strip("\ufeff ")[:1].isdigit():
        return False
    return all(number(cell) is not None or number(cell, ",") is not None for cell in cells[2:5])


def _rows(lines: Sequence[str], delimiter: str) -> list[list[str]]:
    return [_cells(line, delimiter) for line in lines if line.strip()][:SAMPLE]


def _refuse_numbers_of_rows(names: Sequence[str], columns: ColumnPlaces, times: Sequence[str]) -> None:
    """Raises Unclear where all that could be a time is a column without a name that counts the rows."""
    first = number(times[0]) if times else None
    if not names[columns.time[0]] and first is not None and first < SECONDS_FROM:
        raise Unclear(f"no column open_time; it has {', '.join(filter(None, names))} and the numbers of its rows")


def _refuse_rounded(times: Sequence[str]) -> None:
    if len(times) > 1 and times[0] == times[1] and re.fullmatch(r"\d(\.\d+)?[eE]\+?\d+", times[0]):
        raise Unclear(
            f"times such as {times[0]} have lost their digits, as in a spreadsheet: take the file it came from"
        )


def _traded(columns: ColumnPlaces, names: Sequence[str], rows: Sequence[Sequence[str]]) -> ColumnPlaces:
    """MetaTrader has two volumes: what was traded, where the broker knows it, and how often the price changed."""
    ticks = [place for place, name in enumerate(names) if plain_name(name) in TICK_VOLUMES]
    if not ticks or plain_name(names[columns.prices[4]]) != "vol":
        return columns
    traded = any(number(row[columns.prices[4]]) for row in rows if len(row) == len(names))
    return columns if traded else columns._replace(prices=(*columns.prices[:4], ticks[0]))


def _mark(rows: Sequence[Sequence[str]], columns: ColumnPlaces, delimiter: str) -> str:
    if delimiter == ",":
        return "."
    return decimal_mark(chain.from_iterable([row[at] for at in columns.prices if at < len(row)] for row in rows))


def _delimited(delimiter: str, mark: str) -> tuple[str, ...]:
    words = DELIMITERS[delimiter] + (", decimals behind a comma" if mark == "," else "")
    return (words,) if words else ()


def _texts(rows: Sequence[Sequence[str]], time: Sequence[int], mark: str) -> frozenset[int]:
    """The columns of time that begin with a text; a date and a clock are texts even where they are digits alone."""
    if len(time) > 1:
        return frozenset(time)
    cells = [row[time[0]].lstrip("\ufeff").strip() for row in rows if time[0] < len(row) and row[time[0]].strip()]
    return (
        frozenset(time) if cells and (number(cells[0], mark) is None or _is_date_in_digits(cells[0])) else frozenset()
    )


def _is_date_in_digits(cell: str) -> bool:
    """20250131, 202501310930 or 20250131093000: no number of this length is a time since 1970."""
    return cell.isdigit() and len(cell) in (8, 12, 14) and cell[:2] in ("19", "20")
