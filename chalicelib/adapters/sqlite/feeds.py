"""The memory of each feed."""

from __future__ import annotations

from chalicelib import codec
from chalicelib.adapters.sqlite.database import Database
from chalicelib.domain import FeedHealth, FeedState
from chalicelib.feed_key import feed_key

_LOAD = "SELECT etag, last_modified, health FROM feed WHERE feed = ?"
_SAVE = """INSERT INTO feed (feed, etag, last_modified, health) VALUES (?, ?, ?, ?) ON CONFLICT (feed) DO UPDATE
    SET etag = excluded.etag, last_modified = excluded.last_modified, health = excluded.health"""
_HEALTH = "SELECT health FROM feed WHERE health != '{}'"


class SqliteFeedStore:
    """`FeedStore` over a Database."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def load(self, feed: str) -> FeedState:
        rows = self._database.query(_LOAD, (feed_key(feed),))
        return FeedState(rows[0][0], rows[0][1], codec.load(FeedHealth, rows[0][2])) if rows else FeedState()

    def save(self, feed: str, state: FeedState) -> None:
        with self._database.transaction():
            row = (feed_key(feed), state.etag, state.last_modified, codec.dump(state.health))
            self._database.execute(_SAVE, row)

    def health(self) -> list[FeedHealth]:
        found = [codec.load(FeedHealth, body) for (body,) in self._database.query(_HEALTH)]
        return sorted(found, key=lambda health: health.name)
