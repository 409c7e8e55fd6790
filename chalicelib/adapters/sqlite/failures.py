"""How often in a row an agent failed to trade."""

from __future__ import annotations

from chalicelib.adapters.sqlite.database import Database

_COUNT = """INSERT INTO failure VALUES (?, ?, 1) ON CONFLICT (agent_id) DO UPDATE SET
    count = CASE WHEN cursor_ms IS excluded.cursor_ms THEN count + 1 ELSE 1 END, cursor_ms = excluded.cursor_ms
    RETURNING count"""


class SqliteFailureStore:
    """`FailureStore` over a Database."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def count(self, agent_id: str, cursor_ms: int | None) -> int:
        with self._database.transaction():
            [(count,)] = self._database.query(_COUNT, (agent_id, cursor_ms))
        return int(count)

    def forget(self, agent_id: str) -> None:
        with self._database.transaction():
            self._database.query("DELETE FROM failure WHERE agent_id = ?", (agent_id,))
