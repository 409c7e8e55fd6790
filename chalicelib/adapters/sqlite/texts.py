"""Small texts that processes share, in a file of a home."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from chalicelib.adapters.sqlite.database import Database

_FIND = "SELECT body FROM shared_text WHERE name = ?"
_KEEP = "INSERT INTO shared_text VALUES (?, ?) ON CONFLICT (name) DO UPDATE SET body = excluded.body"


class SqliteTexts:
    """`SharedTexts`. The file is opened for each change: they are few, and any thread may make one."""

    def __init__(self, path: Path) -> None:
        self._path = path

    def change(self, name: str, make: Callable[[str], str]) -> str:
        with Database(self._path) as database, database.transaction():
            text = "".join(body for (body,) in database.query(_FIND, (name,)))
            made = make(text)
            if made != text:
                database.execute(_KEEP, (name, made))
        return text
