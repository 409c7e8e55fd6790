"""Candles: a ring buffer per symbol."""

from __future__ import annotations

from collections.abc import Sequence

from chalicelib.adapters.sqlite.database import Database, Row
from chalicelib.domain import MINUTE_MS, Candle
from chalicelib.errors import BadInput

_APPEND = "INSERT INTO candle VALUES (?, ?, ?, ?, ?, ?, ?) ON CONFLICT DO NOTHING"
_PRUNE = """DELETE FROM candle WHERE symbol = ?1 AND open_ms <
    (SELECT open_ms FROM candle WHERE symbol = ?1 ORDER BY open_ms DESC LIMIT 1 OFFSET ?2)"""
_AFTER = "SELECT * FROM candle WHERE symbol = ? AND open_ms > ? ORDER BY open_ms LIMIT ?"
_LAST = "SELECT * FROM candle WHERE symbol = ? ORDER BY open_ms DESC LIMIT ?"


class SqliteCandleStore:
    """`CandleStore` of one-minute candles over a Database. `append` raises BadInput for another interval."""

    def __init__(self, database: Database, capacity: int = 10_000) -> None:
        """Keep at least the newest `capacity` candles of each symbol, and a sixteenth more in a market without gaps."""
        self._database = database
        self._capacity = capacity
        self._prune_every_ms = max(1, capacity // 16) * MINUTE_MS

    def append(self, candles: Sequence[Candle], kept: int = 0) -> int:
        for candle in candles:
            if candle.interval_ms != MINUTE_MS:
                raise BadInput(f"{candle.symbol}: a candle of {candle.interval_ms} ms; the store keeps {MINUTE_MS} ms")
        rows = [(c.symbol, c.open_ms, c.open, c.high, c.low, c.close, c.volume) for c in candles]
        with self._database.transaction():
            new = self._database.execute_many(_APPEND, rows)
            for symbol in {c.symbol for c in candles if c.open_ms % self._prune_every_ms == 0}:
                self._database.execute(_PRUNE, (symbol, max(self._capacity, kept) - 1))
        return new

    def after(self, symbol: str, open_ms: int | None, limit: int) -> list[Candle]:
        start_ms = -1 if open_ms is None else open_ms
        return [_candle(row) for row in self._database.query(_AFTER, (symbol, start_ms, max(limit, 0)))]

    def last(self, symbol: str, count: int) -> list[Candle]:
        rows = self._database.query(_LAST, (symbol, max(count, 0)))
        return [_candle(row) for row in reversed(rows)]


def _candle(row: Row) -> Candle:
    return Candle(*row)
