"""The rolling mean: what was known at a time, and nothing else."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chalicelib.adapters.sqlite import Database, SqliteNewsStore
from chalicelib.domain import NewsItem, Score, ScoredNews, Sentiment
from chalicelib.services.rolling_sentiment import RollingSentiment


@pytest.fixture
def store() -> Iterator[SqliteNewsStore]:
    with Database(":memory:") as database:
        yield SqliteNewsStore(database)


def learn(
    store: SqliteNewsStore, known_ms: int, value: float, symbols: tuple[str, ...] = ("A",), degraded: bool = False
) -> str:
    """A headline that became known at that time with that score; its id."""
    ((key, item),) = store.add([NewsItem(None, known_ms, "Desk", f"Headline {known_ms} {value}", "", "", symbols)])
    model = "words-1" if degraded else "model-1"
    store.record([ScoredNews(key, item, Score(value, "neutral", model, degraded), known_ms)])
    return key


def test_without_headlines_sentiment_is_zero(store: SqliteNewsStore) -> None:
    assert RollingSentiment(store, 3).at("A", 10) == Sentiment(0.0)


def test_it_is_the_mean_of_the_newest_known_ones_with_their_ids(store: SqliteNewsStore) -> None:
    keys = [learn(store, time_ms, value) for time_ms, value in ((1, 0.9), (2, 0.1), (3, -0.4), (4, 0.6))]
    sentiment = RollingSentiment(store, 3).at("A", 4)
    assert sentiment.value == (0.6 + -0.4 + 0.1) / 3
    assert sentiment.evidence == ((keys[3], 0.6), (keys[2], -0.4), (keys[1], 0.1))
    assert sentiment.model == "model-1"


class PeekingStore(SqliteNewsStore):
    """A planted defect: it knows a minute early."""

    def known(self, symbol: str, at_ms: int, count: int) -> list[ScoredNews]:
        return super().known(symbol, at_ms + 60_000, count)


def looks_ahead(store: SqliteNewsStore) -> bool:
    """Whether a headline of a minute later changes sentiment as of before."""
    history = RollingSentiment(store, 3)
    learn(store, 5, 0.5)
    before = history.at("A", 9)
    learn(store, 60_009, -1.0)
    assert history.at("A", 60_009).value == -0.25
    return history.at("A", 9) != before


def test_what_becomes_known_later_does_not_count(store: SqliteNewsStore) -> None:
    assert not looks_ahead(store)


def test_a_store_that_peeks_is_noticed() -> None:
    with Database(":memory:") as database:
        assert looks_ahead(PeekingStore(database))


def test_what_another_process_recorded_with_an_earlier_time_counts_too(store: SqliteNewsStore) -> None:
    history = RollingSentiment(store, 3)
    learn(store, 5, 0.5)
    assert history.at("A", 9).value == 0.5
    learn(store, 4, -0.5)
    assert history.at("A", 9).value == 0.0


def test_headlines_of_the_symbol_and_of_none_count_others_do_not(store: SqliteNewsStore) -> None:
    learn(store, 1, 0.2, ("A", "B"))
    learn(store, 2, 0.4, ())
    learn(store, 3, -1.0, ("B",))
    assert RollingSentiment(store, 9).at("A", 9).value == (0.4 + 0.2) / 2


def test_every_model_is_named_and_a_fallback_as_such(store: SqliteNewsStore) -> None:
    for time_ms, degraded in ((1, False), (2, True), (3, False)):
        learn(store, time_ms, 0.1, degraded=degraded)
    assert RollingSentiment(store, 9).at("A", 9).model == "model-1, words-1 (fallback)"


@given(st.lists(st.floats(-1, 1), max_size=30), st.integers(1, 10))
def test_the_mean_is_the_left_to_right_sum_newest_first(values: list[float], window: int) -> None:
    with Database(":memory:") as database:
        store = SqliteNewsStore(database)
        for time_ms, value in enumerate(values):
            learn(store, time_ms, value)
        newest = values[::-1][:window]
        total = 0.0
        for value in newest:
            total += value
        expected = total / len(newest) if newest else 0.0
        assert RollingSentiment(store, window).at("A", 1000).value == expected
