"""Headlines that older versions stored, by keys without a holder: none comes again, none is lost to them."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from dataclasses import replace
from pathlib import Path

from chalicelib.adapters.dynamodb import DynamoNewsStore
from chalicelib.adapters.dynamodb.tables import NEWS
from chalicelib.adapters.sqlite import Database, SqliteNewsStore
from chalicelib.adapters.sqlite.database import APPLICATION_ID
from chalicelib.adapters.sqlite.migrations import MIGRATIONS
from chalicelib.domain import DAY_MS, NewsItem
from chalicelib.ports import NewsStore
from chalicelib.same_news import shared_keys
from tests.contract.samples import news_item
from tests.support.headline_keys import keys_of
from tests.support.moto_dynamodb import tables_in_memory

BEFORE_HOLDERS = 6
ADD = """INSERT INTO news (number, published_ms, fetched_ms, source, title, url, guid, symbols)
    VALUES (?, ?, ?, ?, ?, ?, ?, ?)"""
NOW_MS = 1_800_000_000_000
STORED = replace(news_item(1), published_ms=NOW_MS, fetched_ms=NOW_MS, url="https://status.example/history")
COPY = replace(STORED, source="B", url="https://b.example/1", guid="b1", published_ms=NOW_MS + DAY_MS // 2)
LATER = replace(STORED, url="https://desk.example/2", guid="urn:story:2", published_ms=NOW_MS + 2 * DAY_MS)
NOTICES = [replace(news_item(number), url=STORED.url, published_ms=NOW_MS + DAY_MS) for number in (3, 4)]


def goes_on(store: NewsStore) -> None:
    """After STORED, whose keys were stored at NOW_MS."""
    assert store.add([STORED]) == []
    assert store.add([COPY]) == []
    pages: list[list[NewsItem]] = [[LATER], NOTICES, [STORED, COPY, LATER, *NOTICES], NOTICES[:1]]
    added = [item for page in pages for _, item in store.add(page, shared_keys(page))]
    assert added == [LATER, *NOTICES]


def test_those_in_a_file_stay_known(tmp_path: Path) -> None:
    path = tmp_path / "store.sqlite"
    with closing(sqlite3.connect(path)) as connection:
        for statement in (each for version in MIGRATIONS[:BEFORE_HOLDERS] for each in version):
            connection.execute(statement)
        connection.executemany("INSERT INTO news_key VALUES (?)", [(key,) for key in keys_of(STORED)])
        row = (1, STORED.published_ms, STORED.fetched_ms, STORED.source, STORED.title, STORED.url, STORED.guid, "")
        connection.execute(ADD, row)
        connection.execute(f"PRAGMA user_version = {BEFORE_HOLDERS}")
        connection.execute(f"PRAGMA application_id = {APPLICATION_ID}")
        connection.commit()
    with Database(path) as database:
        goes_on(SqliteNewsStore(database))


def test_those_in_dynamodb_stay_known() -> None:
    with tables_in_memory() as tables:
        store = DynamoNewsStore(tables, kept_days=90)
        for key in keys_of(STORED):
            item = store._seen_item(key, "")
            del item["holder"]
            tables.put(NEWS, {**item, "expires_at": {"N": str((NOW_MS + 90 * DAY_MS) // 1000)}})
        goes_on(DynamoNewsStore(tables, kept_days=90))
