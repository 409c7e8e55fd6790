"""A SQLite file of a version that knew no stored series takes them."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from pathlib import Path

from chalicelib.adapters.sqlite import Database, SqliteHaltStore, SqliteSeriesStore
from chalicelib.adapters.sqlite.database import APPLICATION_ID
from chalicelib.adapters.sqlite.migrations import MIGRATIONS
from chalicelib.domain import SeriesValue
from chalicelib.feed_key import feed_key

BEFORE_SERIES = 8


def test_an_older_file_opens_and_keeps_values(tmp_path: Path) -> None:
    path = tmp_path / "trader.db"
    with closing(sqlite3.connect(path)) as connection:
        connection.create_function("feed_key", 1, feed_key, deterministic=True)
        for statement in (each for version in MIGRATIONS[:BEFORE_SERIES] for each in version):
            connection.execute(statement)
        connection.execute("INSERT INTO halt VALUES ('*', 'by hand', 1, 0)")
        connection.execute(f"PRAGMA user_version = {BEFORE_SERIES}")
        connection.execute(f"PRAGMA application_id = {APPLICATION_ID}")
        connection.commit()
    given = SeriesValue("funding", "", 0.5, 10, "a desk")
    with Database(path) as database:
        assert SqliteSeriesStore(database).put([given]) == 1
        assert [flag.reason for flag in SqliteHaltStore(database).flags("default")] == ["by hand"]
    with Database(path) as database:
        assert SqliteSeriesStore(database).known("funding", "BTCUSDT", 10) == given
