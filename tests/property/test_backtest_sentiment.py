"""Sentiment for all closes at once is what its history says at each of them, bit for bit."""

from __future__ import annotations

from pathlib import Path
from tempfile import TemporaryDirectory

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from chalicelib.adapters.sqlite import Database, SqliteNewsStore
from chalicelib.domain import MINUTE_MS, NewsItem, Score, ScoredNews, close_of
from chalicelib.ports import NewsStore
from chalicelib.services.rolling_sentiment import RollingSentiment
from tests.support.effort import examples
from tests.support.markets import START_MS
from trader.backtest.sentiment_columns import HeadlineSeries, closes_of, means_at, rolling_at, series_of, steps_at
from trader.data.arrays import Floats
from trader.data.sentiment_file import SentimentFile

SYMBOLS = ("AAA", "BBB")
MINUTES = 12
AGES = (None, 0, MINUTE_MS, 5 * MINUTE_MS - 1)

times = st.lists(st.integers(0, MINUTES - 1), min_size=1, unique=True).map(
    lambda minutes: np.array([START_MS + minute * MINUTE_MS for minute in sorted(minutes)], dtype=np.int64)
)
moments = st.builds(
    lambda minute, beside: START_MS + minute * MINUTE_MS + beside,
    st.integers(-2, MINUTES + 2),
    st.sampled_from([-1, 0, 1, 30_000]),
)
scores = st.floats(-1.0, 1.0) | st.sampled_from([0.1, -0.3, 1e-17, -1.0])
rows = st.lists(st.tuples(moments, scores), max_size=30)


def bits(values: Floats | list[float]) -> list[str]:
    return [float(value).hex() for value in values]


@settings(max_examples=examples(200))
@given(rows=rows, minutes=times)
def test_a_sentiment_file_at_every_close(rows: list[tuple[int, float]], minutes: np.ndarray) -> None:
    with TemporaryDirectory() as folder:
        path = Path(folder) / "mood.csv"
        lines = [f"{time_ms},{value!r}" for time_ms, value in sorted(rows, key=lambda row: row[0])]
        path.write_text("\n".join(["time,score", *lines]), "utf-8")
        file = SentimentFile(path)
    for age_ms in AGES:
        expected = [file.of_age(age_ms).at("ANY", close_of(int(open_ms))).value for open_ms in minutes]
        assert bits(steps_at(closes_of(minutes), *file.steps, age_ms)) == bits(expected)


def test_the_close_of_a_bar_is_the_last_moment_that_counts_for_it() -> None:
    minutes = np.array([START_MS, START_MS + MINUTE_MS])
    known = [START_MS + MINUTE_MS, START_MS + MINUTE_MS + 1]
    assert steps_at(closes_of(minutes), known, [0.5, -0.5]).tolist() == [0.5, -0.5]
    assert steps_at(minutes, known, [0.5, -0.5]).tolist() == [0.0, 0.5]  # what reading it at the open would give


named = st.sampled_from([(), ("AAA",), ("BBB",), ("BBB", "AAA"), ("CCC",)])
Arrival = tuple[int | None, int, float, tuple[str, ...]]
headlines = st.lists(st.tuples(st.none() | moments, moments, scores, named), max_size=30)


def filled(store: NewsStore, arrivals: list[Arrival]) -> NewsStore:
    """The store with each of these scored at its time, in this order: another process may be late with an early one."""
    for number, (published_ms, known_ms, value, symbols) in enumerate(arrivals):
        [(key, item)] = store.add([NewsItem(published_ms, known_ms, "Desk", f"Headline {number}", "", "", symbols)])
        store.record([ScoredNews(key, item, Score(value, "neutral", "model-1"), known_ms)])
    return store


@settings(max_examples=examples(200))
@given(arrivals=headlines, minutes=times, window=st.integers(1, 40), age_ms=st.sampled_from(AGES))
def test_headlines_at_every_close(
    arrivals: list[Arrival], minutes: np.ndarray, window: int, age_ms: int | None
) -> None:
    with Database(":memory:") as database:
        store = filled(SqliteNewsStore(database), arrivals)
        history = RollingSentiment(store, window, age_ms)
        closes = closes_of(minutes)
        for symbol in (*SYMBOLS, "DDD"):
            expected = [history.at(symbol, int(close_ms)).value for close_ms in closes]
            series = series_of(store.known(symbol, int(closes[-1]), 99))
            assert bits(rolling_at(closes, series, window, age_ms)) == bits(expected)


def by_cumulative_sum(ends: np.ndarray, values: Floats, window: int) -> Floats:
    """A defect: the usual way to a rolling mean."""
    sums = np.concatenate(([0.0], np.cumsum(values)))
    return np.asarray((sums[ends] - sums[np.maximum(ends - window, 0)]) / np.clip(ends, 1, window))


def oldest_first(ends: np.ndarray, values: Floats, window: int) -> Floats:
    """A defect: the right numbers, added up in the other direction."""
    return np.array([sum(values[max(end - window, 0) : end].tolist()) / min(max(end, 1), window) for end in ends])


@pytest.mark.parametrize("defect", [by_cumulative_sum, oldest_first])
def test_another_order_of_addition_is_noticed(defect: object) -> None:
    values = np.array([0.1, 0.7, -0.3, 0.2, 0.6, -0.9, 0.3, 1e-3])
    ends = np.arange(len(values) + 1)
    assert callable(defect)
    assert np.allclose(defect(ends, values, 5), means_at(ends, values, 5), rtol=0.0, atol=1e-12)
    assert bits(defect(ends, values, 5)) != bits(means_at(ends, values, 5))


def test_without_headlines_it_is_zero() -> None:
    nothing = HeadlineSeries(np.empty(0, np.int64), np.empty(0), np.empty(0, np.int64))
    assert rolling_at(np.array([1, 2, 3]), nothing, 20).tolist() == [0.0] * 3
