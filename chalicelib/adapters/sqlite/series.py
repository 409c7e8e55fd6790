"""Values of named series, a row each."""

from __future__ import annotations

from collections.abc import Sequence
from math import nan

from chalicelib.adapters.sqlite.database import Database, Row
from chalicelib.domain import SeriesValue
from chalicelib.series import is_new

_NEWEST = """SELECT name, symbol, value, known_ms, evidence FROM series
    WHERE name = ? AND symbol = ? AND known_ms <= ? ORDER BY known_ms DESC LIMIT ?"""
_PUT = "INSERT INTO series (name, symbol, value, known_ms, evidence) VALUES (?, ?, ?, ?, ?)"
_LATEST_MS = 2**62


class SqliteSeriesStore:
    """`SeriesStore` over a Database. A `put` that is refused stores nothing."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def put(self, values: Sequence[SeriesValue]) -> int:
        with self._database.transaction():
            return len([value for value in values if self._put(value)])

    def known(self, name: str, symbol: str, at_ms: int) -> SeriesValue | None:
        found = [each for of in dict.fromkeys((symbol, "")) for each in self._newest(name, of, at_ms, 1)]
        return max(
            found, key=lambda each: each.known_ms, default=None
        )  # of two of one time the first: the symbol's own

    def latest(self, name: str, symbol: str, count: int) -> list[SeriesValue]:
        return self._newest(name, symbol, _LATEST_MS, count)

    def _put(self, value: SeriesValue) -> bool:
        newest = self._newest(value.name, value.symbol, _LATEST_MS, 1)
        by_then = self._newest(value.name, value.symbol, value.known_ms, 1)
        stored = next((each for each in by_then if each.known_ms == value.known_ms), None)
        if not is_new(value, newest[0].known_ms if newest else None, stored):
            return False
        number = None if value.value != value.value else value.value
        self._database.execute(_PUT, (value.name, value.symbol, number, value.known_ms, value.evidence))
        return True

    def _newest(self, name: str, symbol: str, at_ms: int, count: int) -> list[SeriesValue]:
        return [_value(row) for row in self._database.query(_NEWEST, (name, symbol, at_ms, max(count, 0)))]


def _value(row: Row) -> SeriesValue:
    name, symbol, value, known_ms, evidence = row
    return SeriesValue(name, symbol, nan if value is None else value, known_ms, evidence)
