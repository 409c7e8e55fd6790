"""What conditional GET remembers of each feed."""

from __future__ import annotations

from hashlib import sha256

from chalicelib.adapters.dynamodb.client import Tables
from chalicelib.adapters.dynamodb.items import text
from chalicelib.adapters.dynamodb.tables import NEWS
from chalicelib.domain import FeedState

_FEED = "feed"


class DynamoFeedStore:
    """`FeedStore`. A read may miss a save of the last second: then a feed is fetched once more than it had to be."""

    def __init__(self, tables: Tables) -> None:
        self._tables = tables

    def load(self, feed: str) -> FeedState:
        item = self._tables.get(NEWS, _FEED, _name(feed), consistent=False)
        return FeedState(item["etag"]["S"], item["last_modified"]["S"]) if item else FeedState()

    def save(self, feed: str, state: FeedState) -> None:
        item = {
            "pk": text(_FEED),
            "sk": text(_name(feed)),
            "feed": text(feed),
            "etag": text(state.etag),
            "last_modified": text(state.last_modified),
        }
        self._tables.put(NEWS, item)


def _name(feed: str) -> str:
    """A key of any address: DynamoDB's are limited to 1 KB."""
    return sha256(feed.encode(errors="surrogatepass")).hexdigest()[:32]
