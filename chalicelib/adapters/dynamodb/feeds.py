"""The memory of each feed."""

from __future__ import annotations

from chalicelib import codec
from chalicelib.adapters.dynamodb.client import Tables
from chalicelib.adapters.dynamodb.items import Item, text
from chalicelib.adapters.dynamodb.tables import NEWS
from chalicelib.domain import FeedHealth, FeedState
from chalicelib.feed_key import feed_key

_FEED = "feed"
_HEALTH = "health"


class DynamoFeedStore:
    """`FeedStore`. A read may miss a save of the last second: then a feed is fetched once more than it had to be."""

    def __init__(self, tables: Tables) -> None:
        self._tables = tables

    def load(self, feed: str) -> FeedState:
        item = self._tables.get(NEWS, _FEED, feed_key(feed), consistent=False)
        return FeedState(item["etag"]["S"], item["last_modified"]["S"], _health(item)) if item else FeedState()

    def save(self, feed: str, state: FeedState) -> None:
        item = {
            "pk": text(_FEED),
            "sk": text(feed_key(feed)),
            "etag": text(state.etag),
            "last_modified": text(state.last_modified),
            _HEALTH: text(codec.dump(state.health)),
        }
        self._tables.put(NEWS, item)

    def health(self) -> list[FeedHealth]:
        items = self._tables.query(NEWS, _FEED, consistent=False)
        return sorted((_health(item) for item in items if _HEALTH in item), key=lambda health: health.name)


def _health(item: Item) -> FeedHealth:
    return codec.load(FeedHealth, item[_HEALTH]["S"]) if _HEALTH in item else FeedHealth()
