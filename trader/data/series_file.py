"""A named series from a file: a step function for each symbol, each row known from its time on."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Sequence
from math import isfinite, nan
from pathlib import Path
from typing import NamedTuple

from chalicelib.domain import KnownValue
from chalicelib.series import counting
from trader.data.csv_rows import EVERY, SYMBOL, Ascending, read_rows, symbol_in, time_ms

COLUMNS = ("time", "value")


Row = tuple[int, float, str]
"""From when on it is known, its value, and its symbol."""


class Steps(NamedTuple):
    """The rows of one symbol, oldest first."""

    times: list[int]
    values: list[float]


def rows_of(path: Path) -> list[Row]:
    """Every row of a file. Raises BadInput naming the row of the first mistake."""
    ascending = Ascending()
    return read_rows(
        path,
        COLUMNS,
        lambda row: (ascending.check(time_ms(row["time"])), _value(row["value"]), symbol_in(row)),
        optional=(SYMBOL,),
    )


class SeriesFile:
    """The rows of a series; of two rows of one time the later one holds."""

    def __init__(self, name: str, path: Path, rows: Sequence[Row] | None = None) -> None:
        """`rows` are what the file comes to, None: what it has. Raises BadInput naming the row of the first mistake."""
        self._rows = rows_of(path) if rows is None else rows
        self.name = name
        self.path = path
        self.words = f"file {path.name}"

    def __len__(self) -> int:
        return len(self._rows)

    @property
    def symbols(self) -> set[str]:
        """Those that any row names."""
        return {symbol for _, _, symbol in self._rows} - {EVERY}

    def steps(self, symbol: str) -> Steps:
        """The rows that count for a symbol: its own, and those of all."""
        rows = [(at, value) for at, value, of in self._rows if of in (EVERY, symbol)]
        return Steps([at for at, _ in rows], [value for _, value in rows])

    def of_age(self, max_age_ms: int | None) -> SeriesOfFile:
        """The series, of which a row counts until it is older than this; None: until the next one."""
        return SeriesOfFile(self, max_age_ms)


class SeriesOfFile:
    """Implements SeriesHistory."""

    def __init__(self, file: SeriesFile, max_age_ms: int | None) -> None:
        self._file = file
        self._max_age_ms = max_age_ms
        self._steps: dict[str, Steps] = {}

    def at(self, symbol: str, close_ms: int) -> KnownValue:
        """The value of the last row with time <= close_ms, NaN before the first and once too old."""
        if symbol not in self._steps:
            self._steps[symbol] = self._file.steps(symbol)
        times, values = self._steps[symbol]
        row = bisect_right(times, close_ms) - 1
        value, known_ms = (nan, None) if row < 0 else (values[row], times[row])
        return counting(KnownValue(self._file.name, value, known_ms, self._file.words), close_ms, self._max_age_ms)


def _value(text: str) -> float:
    if not text.strip():
        return nan
    try:
        value = float(text)
    except ValueError:
        value = nan
    if not isfinite(value):
        raise ValueError(f"value {text[:40]!r} must be a number, or empty where it is unknown from then on")
    return value
