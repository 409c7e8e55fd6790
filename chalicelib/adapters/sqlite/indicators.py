"""Indicator state under an optimistic version, and a ring buffer of ticks beside it."""

from __future__ import annotations

from collections.abc import Sequence

from chalicelib import codec
from chalicelib.adapters.sqlite.database import Database
from chalicelib.domain import MINUTE_MS, IndicatorRecord, Tick
from chalicelib.errors import Conflict

_LOAD = "SELECT version, cursor_ms, state FROM indicator WHERE key = ?"
_INSERT = "INSERT INTO indicator (version, cursor_ms, state, key) VALUES (?, ?, ?, ?) ON CONFLICT DO NOTHING"
_UPDATE = "UPDATE indicator SET version = ?1, cursor_ms = ?2, state = ?3 WHERE key = ?4 AND version = ?1 - 1"
_APPEND = "INSERT INTO tick VALUES (?, ?, ?) ON CONFLICT DO NOTHING"
_PRUNE = """DELETE FROM tick WHERE key = ?1 AND open_ms <
    (SELECT open_ms FROM tick WHERE key = ?1 ORDER BY open_ms DESC LIMIT 1 OFFSET ?2)"""
_TICKS = "SELECT body FROM tick WHERE key = ? AND open_ms > ? ORDER BY open_ms LIMIT ?"


class SqliteIndicatorStore:
    """`IndicatorStore` over a Database. A stored tick is never changed: one of the same minute is passed over."""

    def __init__(self, database: Database, capacity: int = 10_000) -> None:
        """Keep at least the newest `capacity` ticks of each key, and a sixteenth more in a market without gaps."""
        self._database = database
        self._capacity = capacity
        self._prune_every_ms = max(1, capacity // 16) * MINUTE_MS

    def load(self, key: str) -> IndicatorRecord:
        rows = self._database.query(_LOAD, (key,))
        if not rows:
            return IndicatorRecord(key, 0, None)
        version, cursor_ms, state = rows[0]
        return IndicatorRecord(key, version, codec.load(object, state), cursor_ms)

    def commit(self, record: IndicatorRecord, ticks: Sequence[Tick]) -> None:
        row = (record.version, record.cursor_ms, codec.dump(record.state), record.key)
        bodies = [(record.key, tick.candle.open_ms, codec.dump(tick)) for tick in ticks]
        with self._database.transaction():
            if self._database.execute(_INSERT if record.version == 1 else _UPDATE, row) == 0:
                raise Conflict(f"indicators {record.key}: version {record.version} does not follow the stored one")
            self._database.execute_many(_APPEND, bodies)
            if any(tick.candle.open_ms % self._prune_every_ms == 0 for tick in ticks):
                self._database.execute(_PRUNE, (record.key, self._capacity - 1))

    def ticks(self, key: str, after_ms: int | None, limit: int) -> list[Tick]:
        start_ms = -1 if after_ms is None else after_ms
        return [codec.load(Tick, body) for (body,) in self._database.query(_TICKS, (key, start_ms, max(limit, 0)))]
