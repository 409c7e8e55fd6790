"""The halt flags."""

from __future__ import annotations

from chalicelib.adapters.sqlite.database import Database
from chalicelib.domain import ALL_AGENTS, HaltFlag

_FLAGS = "SELECT scope, reason, since_ms, flatten FROM halt WHERE scope IN (?, ?) ORDER BY scope"
_THROW = """INSERT INTO halt VALUES (?, ?, ?, ?)
    ON CONFLICT (scope) DO UPDATE SET flatten = max(flatten, excluded.flatten)"""
_CLEAR = "DELETE FROM halt WHERE scope = ?"


class SqliteHaltStore:
    """`HaltStore` over a Database.

    SQLite lets one transaction write at a time, and a portfolio's commit reads the flags inside its own: it is either
    over before `throw` begins, or sees the flag. Thrown inside an outer transaction the flag is up when that commits.
    """

    def __init__(self, database: Database) -> None:
        self._database = database

    def flags(self, agent_id: str) -> list[HaltFlag]:
        rows = self._database.query(_FLAGS, (agent_id, ALL_AGENTS))
        return [HaltFlag(scope, reason, since_ms, bool(flatten)) for scope, reason, since_ms, flatten in rows]

    def throw(self, flag: HaltFlag) -> None:
        with self._database.transaction():
            self._database.execute(_THROW, (flag.scope, flag.reason, flag.since_ms, int(flag.flatten)))

    def clear(self, scope: str) -> None:
        with self._database.transaction():
            self._database.execute(_CLEAR, (scope,))
