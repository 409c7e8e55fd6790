"""The store that a backtest hears headlines by answers as the SQLite store of a run does, whatever it is asked."""

from __future__ import annotations

from collections.abc import Sequence

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from chalicelib.adapters.sqlite import Database, SqliteNewsStore
from chalicelib.domain import FeedState, NewsItem, ScoredNews
from chalicelib.errors import BadInput
from chalicelib.ports import FeedStore, NewsStore
from tests.contract.samples import news_item, score
from tests.property.test_news_store import Batch, batches, check
from tests.support.effort import examples
from trader.backtest.memory_news import MemoryFeedStore, MemoryNewsStore

COUNTS = (0, 1, 3, 99)


@settings(max_examples=examples(150))
@given(batches)
def test_it_is_what_every_news_store_is(arrivals: list[Batch]) -> None:
    check(MemoryNewsStore(), arrivals)


Arrival = tuple[list[NewsItem], list[int], int]
"""What comes in, the numbers of the headlines that are scored then, and when."""

published = st.none() | st.integers(0, 5)
dated = st.builds(
    lambda title, at, symbols: NewsItem(at, title % 4, "Desk", f"Headline {title}", "", "", symbols),
    st.integers(0, 9),
    published,
    st.sampled_from([(), ("AAA",), ("BBB",), ("BBB", "AAA")]),
)
steps = st.lists(st.tuples(st.lists(dated, max_size=4), st.lists(st.integers(1, 12), max_size=4), st.integers(0, 5)))


def answers(store: NewsStore, arrivals: Sequence[Arrival]) -> list[object]:
    """Everything that it says while items come in, and scores for some of them, in any order and again and again."""
    said: list[object] = []
    stored: dict[str, NewsItem] = {}
    for items, numbers, known_ms in arrivals:
        added = store.add(items)
        stored.update(added)
        said.append(added)
        wanted = [str(number) for number in numbers if str(number) in stored]
        store.record([ScoredNews(key, stored[key], score(known_ms / 7), known_ms) for key in wanted])
        for count in COUNTS:
            said += [store.unscored(count), store.latest(count)]
            said += [store.known(symbol, at_ms, count) for symbol in ("AAA", "BBB", "CCC") for at_ms in range(6)]
    return said


@settings(max_examples=examples(150))
@given(steps)
def test_it_says_what_sqlite_says(arrivals: list[Arrival]) -> None:
    with Database(":memory:") as database:
        assert answers(MemoryNewsStore(), arrivals) == answers(SqliteNewsStore(database), arrivals)


class Forgetful(MemoryNewsStore):
    """A planted defect: the keys of a duplicate are not remembered."""

    def add(self, items: Sequence[NewsItem], shared: frozenset[str] = frozenset()) -> list[tuple[str, NewsItem]]:
        before = dict(self._known)
        added = super().add(items, shared)
        if not added:
            self._known = before
        return added


def test_the_comparison_notices_a_store_that_forgets() -> None:
    first, twin, third = (NewsItem(None, 0, "Desk", f"Headline {n}", "", guid) for n, guid in enumerate("aab"))
    fourth = NewsItem(None, 0, "Another", twin.title, "", "c")
    arrivals: list[Arrival] = [([item], [], 0) for item in (first, twin, third, fourth)]
    with Database(":memory:") as database:
        told = answers(SqliteNewsStore(database), arrivals)
    assert answers(MemoryNewsStore(), arrivals) == told
    assert answers(Forgetful(), arrivals) != told


@pytest.mark.parametrize("key", ["2", "0", "-1", "x", "", "1.0"])
def test_a_score_of_nothing_stored_is_refused_with_all_that_came_with_it(key: str) -> None:
    store = MemoryNewsStore()
    [(known, item)] = store.add([news_item(1)])
    good = ScoredNews(known, item, score(0.5), 1)
    with pytest.raises(BadInput, match="no stored headline has the id"):
        store.record([good, ScoredNews(key, item, score(0.5), 1)])
    assert store.unscored(9) == [(known, item)]


def test_feeds_are_remembered() -> None:
    store: FeedStore = MemoryFeedStore()
    assert store.load("feed") == FeedState()
    store.save("feed", FeedState(etag="7"))
    assert (store.load("feed"), store.load("other")) == (FeedState(etag="7"), FeedState())
