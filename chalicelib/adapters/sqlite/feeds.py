"""What conditional GET remembers of each feed."""

from __future__ import annotations

from chalicelib.adapters.sqlite.database import Database
from chalicelib.domain import FeedState

_LOAD = "SELECT etag, last_modified FROM feed WHERE feed = ?"
_SAVE = """INSERT INTO feed VALUES (?, ?, ?)
    ON CONFLICT (feed) DO UPDATE SET etag = excluded.etag, last_modified = excluded.last_modified"""


class SqliteFeedStore:
    """`FeedStore` over a Database."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def load(self, feed: str) -> FeedState:
        rows = self._database.query(_LOAD, (feed,))
        return FeedState(*rows[0]) if rows else FeedState()

    def save(self, feed: str, state: FeedState) -> None:
        with self._database.transaction():
            self._database.execute(_SAVE, (feed, state.etag, state.last_modified))
