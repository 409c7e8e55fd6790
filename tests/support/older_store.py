"""Turns a store into what an earlier version left, so that whoever opens it migrates it."""

from __future__ import annotations

import re
import sqlite3
from itertools import chain

from chalicelib.adapters.sqlite.migrations import MIGRATIONS

ADDED = re.compile(r"ALTER TABLE (\w+) ADD COLUMN (\w+)")


def drop_columns_since(store: sqlite3.Connection, version: int) -> None:
    """Take out every column that a later version has added, and say that this one wrote the store."""
    for statement in chain(*MIGRATIONS[version:]):
        added = ADDED.match(statement)
        if added:
            store.execute(f"ALTER TABLE {added[1]} DROP COLUMN {added[2]}")
    store.execute(f"PRAGMA user_version = {version}")
