from __future__ import annotations

from dataclasses import dataclass

from hypothesis import given, settings
from hypothesis import strategies as st

from chalicelib.adapters.dynamodb import DynamoNewsStore
from chalicelib.adapters.sqlite import Database, SqliteNewsStore
from chalicelib.domain import DAY_MS, NewsItem, ScoredNews
from chalicelib.ports import NewsStore
from chalicelib.same_news import Known, shared_keys, unseen
from tests.contract.samples import news_item, score
from tests.support.effort import examples
from tests.support.moto_dynamodb import tables_in_memory

SYMBOLS = ("BTCUSDT", "ETHUSDT")


@dataclass(frozen=True)
class Batch:
    """Items that arrive together; those that are new become known at `known_ms`, the last `unscored` of them never."""

    items: list[NewsItem]
    known_ms: int
    unscored: int


def mixed_item(guid: int, link: int, title: int, symbols: tuple[str, ...]) -> NewsItem:
    """An item whose three keys collide with others' independently; some have no guid, no link or no date."""
    url = news_item(link).url if link % 4 else ""
    name = news_item(guid).guid if guid % 3 else ""
    published_ms = (guid + link) * DAY_MS // 3 if title % 2 else None
    return NewsItem(published_ms, link * DAY_MS // 2, f"Desk {title % 2}", news_item(title).title, url, name, symbols)


few = st.integers(0, 12)
symbol_sets = st.lists(st.sampled_from(SYMBOLS), max_size=2, unique=True).map(tuple)
items = st.builds(mixed_item, few, few, few, symbol_sets)
batches = st.lists(st.builds(Batch, st.lists(items, max_size=5), few, st.integers(0, 2)), max_size=6)


@settings(max_examples=examples(100))
@given(batches)
def test_news_are_stored_once_and_known_as_in_a_plain_list(arrivals: list[Batch]) -> None:
    with Database(":memory:") as database:
        check(SqliteNewsStore(database), arrivals)


@settings(max_examples=examples(8))
@given(batches)
def test_news_are_stored_once_in_dynamodb_too(arrivals: list[Batch]) -> None:
    with tables_in_memory() as tables:
        check(DynamoNewsStore(tables), arrivals)


def check(store: NewsStore, arrivals: list[Batch]) -> None:
    """What the store says after each batch against plain lists."""
    keys: Known = {}
    known: list[ScoredNews] = []
    waiting: list[tuple[str, NewsItem]] = []
    for batch in arrivals:
        shared = shared_keys(batch.items)
        added = store.add(batch.items, shared)
        assert [item for _, item in added] == unseen(batch.items, shared, keys)
        scored = added[: len(added) - batch.unscored]
        waiting += added[len(scored) :]
        news = [ScoredNews(news_id, item, score(0.5), batch.known_ms) for news_id, item in scored]
        store.record(news)
        known += news
        assert store.unscored(99) == waiting
        assert_known(store, known)


def assert_known(store: NewsStore, known: list[ScoredNews]) -> None:
    """`known` of every symbol, time and a few counts against the list in the order of storing."""
    for symbol in SYMBOLS:
        for at_ms in range(0, 13, 3):
            matching = [n for n in known if n.known_ms <= at_ms and (not n.item.symbols or symbol in n.item.symbols)]
            matching.sort(key=lambda news: (news.known_ms, int(news.id)), reverse=True)
            for count in (1, 3, 99):
                assert store.known(symbol, at_ms, count) == matching[:count]
