"""Small CSV files that a person writes: a header with named columns, rows in order of time, mistakes named by row."""

from __future__ import annotations

import csv
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TypeVar

from chalicelib.candle_rule import LATEST_MS, SECONDS_FROM, SECONDS_TO
from chalicelib.errors import BadInput
from chalicelib.symbol_name import symbol_name

T = TypeVar("T")

SYMBOL = "symbol"
"""The optional column that says whose a row is."""
EVERY = ""
"""In place of a symbol: the row counts for all of them."""


def read_rows(
    path: Path, columns: tuple[str, ...], parse: Callable[[dict[str, str]], T], optional: tuple[str, ...] = ()
) -> list[T]:
    """Every data row through `parse`, which raises ValueError saying what is wrong; it gets the columns and those of
    the optional ones that the file has. Raises BadInput naming the row.
    """
    try:
        with path.open(encoding="utf-8-sig", newline="") as file:
            return list(_parsed(path, csv.reader(file, strict=True), columns, optional, parse))
    except OSError as error:
        raise BadInput(f"{path}: cannot be read ({error.strerror})") from error
    except UnicodeDecodeError:
        raise BadInput(f"{path}: is not UTF-8 text") from None


def symbol_in(row: dict[str, str]) -> str:
    """The symbol of a row, EVERY where it names none. Raises ValueError for what is no symbol."""
    cell = row.get(SYMBOL, EVERY).strip()
    try:
        return EVERY if cell == EVERY else symbol_name(cell, SYMBOL)
    except BadInput as error:
        raise ValueError(str(error)) from None


def is_among_columns(path: Path, column: str) -> bool:
    """Whether the header names it; of what cannot be read `read_rows` says why."""
    try:
        with path.open(encoding="utf-8-sig", newline="") as file:
            return column in next(csv.reader(file), [])
    except (OSError, UnicodeDecodeError, csv.Error):
        return False


def _parsed(
    path: Path,
    rows: Iterator[list[str]],
    columns: tuple[str, ...],
    optional: tuple[str, ...],
    parse: Callable[[dict[str, str]], T],
) -> Iterator[T]:
    number = 0
    try:
        header = {name: place for place, name in enumerate(next(rows, []))}
        missing = [column for column in columns if column not in header]
        if missing:
            raise BadInput(f"{path}: no column {', '.join(missing)}; needed are {', '.join(columns)}")
        places = [(name, header[name]) for name in (*columns, *optional) if name in header]
        for row in rows:
            if row:
                number += 1
                yield _one(path, number, row, places, parse)
    except csv.Error as error:  # in the row after the last one that was read
        raise BadInput(f"{path}: row {number + 1}: {error}") from None


def _one(
    path: Path, number: int, row: list[str], places: list[tuple[str, int]], parse: Callable[[dict[str, str]], T]
) -> T:
    try:
        given = {name: row[place] for name, place in places}
    except IndexError:
        raise BadInput(f"{path}: row {number}: too few columns") from None
    try:
        return parse(given)
    except ValueError as error:
        raise BadInput(f"{path}: row {number}: {error}") from None


def time_ms(text: str) -> int:
    """A time in ms since 1970, plausible for one. Raises ValueError saying what it must be."""
    try:
        value = int(text)
    except ValueError:
        raise ValueError(f"time {text[:40]!r} must be a whole number of milliseconds since 1970") from None
    if not 0 <= value <= LATEST_MS or SECONDS_FROM <= value < SECONDS_TO:
        raise ValueError(f"time {value} must be milliseconds since 1970, before the year 2100, not seconds")
    return value


class Ascending:
    """Refuses a time that lies before the one given last."""

    def __init__(self) -> None:
        self._last_ms = 0

    def check(self, value_ms: int) -> int:
        """The time itself. Raises ValueError if it goes back."""
        if value_ms < self._last_ms:
            raise ValueError(
                f"time {value_ms} lies before that of the row above ({self._last_ms}); sort the rows by time"
            )
        self._last_ms = value_ms
        return value_ms
