from __future__ import annotations

from chalicelib.domain import FeedHealth, FeedState
from tests.contract.backends import Stores

FEED = "https://desk.example/rss?tag=crypto&n=1"


def test_an_unknown_feed_is_empty(stores: Stores) -> None:
    assert stores.feeds.load(FEED) == FeedState()


def test_a_feed_keeps_what_was_saved_last(stores: Stores) -> None:
    stores.feeds.save(FEED, FeedState('W/"one"', "Mon, 19 May 2025 00:00:00 GMT"))
    stores.feeds.save(FEED, FeedState('W/"two"', ""))
    assert stores.feeds.load(FEED) == FeedState('W/"two"', "")


def test_feeds_do_not_mix(stores: Stores) -> None:
    stores.feeds.save(FEED, FeedState("one"))
    assert stores.feeds.load("https://other.example/rss") == FeedState()


HEALTH = FeedHealth("https://desk.example/rss?tag=***", 5, 4, 3, 20, 2, True, 1, "answered 429", 9)


def test_how_a_feed_fared_is_kept_with_it_and_listed_by_name(stores: Stores) -> None:
    stores.feeds.save(FEED, FeedState("one", "", HEALTH))
    stores.feeds.save("a", FeedState(health=FeedHealth(name="a")))
    assert stores.feeds.load(FEED) == FeedState("one", "", HEALTH)
    assert stores.feeds.health() == [FeedHealth(name="a"), HEALTH]
