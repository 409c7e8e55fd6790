"""Headlines that are too old do not count, and push no others out; how old one is goes by when it was published."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chalicelib.adapters.sqlite import Database, SqliteNewsStore
from chalicelib.domain import NewsItem, Score, ScoredNews, Sentiment
from chalicelib.ports import NewsStore
from chalicelib.services.rolling_sentiment import RollingSentiment

HOUR = 3_600_000
CLOSE = 100 * HOUR


@dataclass(frozen=True)
class Heard:
    """A headline as it came."""

    published_ms: int | None
    fetched_ms: int
    known_ms: int
    value: float


def stored(store: NewsStore, headlines: Sequence[Heard]) -> list[str]:
    """Each stored in this order; their ids."""
    ids = []
    for number, each in enumerate(headlines):
        item = NewsItem(each.published_ms, each.fetched_ms, "Desk", f"Headline {number}", "", f"guid-{number}", ())
        [(key, item)] = store.add([item])
        store.record([ScoredNews(key, item, Score(each.value, "neutral", "model-1"), each.known_ms)])
        ids.append(key)
    return ids


@pytest.fixture
def store() -> Iterator[SqliteNewsStore]:
    with Database(":memory:") as database:
        yield SqliteNewsStore(database)


def heard(hours: float, value: float = 0.5) -> Heard:
    """Published, fetched and known so long before the close."""
    at_ms = CLOSE - round(hours * HOUR)
    return Heard(at_ms, at_ms, at_ms, value)


def at_close(store: NewsStore, headlines: Sequence[Heard], hours: float | None = 24, window: int = 3) -> Sentiment:
    stored(store, headlines)
    return RollingSentiment(store, window, None if hours is None else round(hours * HOUR)).at("A", CLOSE)


def test_a_headline_counts_up_to_the_age_and_no_longer(store: SqliteNewsStore) -> None:
    found = at_close(store, [heard(24 + 1 / HOUR, -1.0), heard(24, 0.5)])
    assert (found.value, len(found.evidence), found.max_age_ms) == (0.5, 1, 24 * HOUR)


def test_where_all_are_too_old_nothing_is_known(store: SqliteNewsStore) -> None:
    assert at_close(store, [heard(25, -1.0), heard(30, -1.0)]) == Sentiment(0.0, (), "", 24 * HOUR)


def test_without_an_age_all_count_whatever_theirs(store: SqliteNewsStore) -> None:
    found = at_close(store, [heard(50_000, -1.0), heard(30, -0.5)], hours=None)
    assert (found.value, found.max_age_ms) == (-0.75, None)


def test_the_age_goes_by_when_it_was_published_and_not_by_when_it_was_fetched(store: SqliteNewsStore) -> None:
    old = Heard(CLOSE - 60 * HOUR, CLOSE - HOUR, CLOSE - HOUR, -1.0)
    assert at_close(store, [old, heard(2, 0.25)]).value == 0.25


def test_without_a_date_it_goes_by_when_it_was_fetched(store: SqliteNewsStore) -> None:
    young = Heard(None, CLOSE - HOUR, CLOSE, 0.5)
    scored_late = Heard(None, CLOSE - 25 * HOUR, CLOSE - HOUR, -1.0)
    assert at_close(store, [young, scored_late]).value == 0.5


def test_a_date_that_was_still_to_come_does_not_keep_a_headline_young(store: SqliteNewsStore) -> None:
    ahead = Heard(CLOSE - 10 * HOUR, CLOSE - 30 * HOUR, CLOSE - 30 * HOUR, -1.0)
    assert at_close(store, [ahead, heard(2, 0.25)]).value == 0.25


def test_old_ones_that_were_fetched_lately_push_no_young_ones_out_of_the_window(store: SqliteNewsStore) -> None:
    first_page = [Heard(CLOSE - 1_000 * HOUR, CLOSE - HOUR, CLOSE - HOUR, -1.0)] * 40
    found = at_close(store, [heard(5, 0.1), heard(4, 0.2), heard(3, 0.3), heard(2, 0.4), *first_page])
    assert [score for _, score in found.evidence] == [0.4, 0.3, 0.2]


def test_one_that_expires_leaves_its_place_to_the_one_behind_it(store: SqliteNewsStore) -> None:
    stored(store, [heard(5, 0.1), Heard(CLOSE - 23 * HOUR, CLOSE, CLOSE, 0.9)])
    history = RollingSentiment(store, 1, 24 * HOUR)
    assert [history.at("A", CLOSE + minutes * 60_000).value for minutes in (60, 61)] == [0.9, 0.1]


moments = st.integers(-9, 9).map(lambda step: CLOSE + step * HOUR // 2)
headlines = st.lists(
    st.builds(Heard, st.none() | moments, moments, moments, st.sampled_from([0.1, -0.3, 0.7, 1e-17, -1.0])),
    max_size=25,
)


def by_hand(headlines: Sequence[Heard], close_ms: int, window: int, age_ms: int) -> list[float]:
    """The scores that count, newest first: every headline looked at for itself."""
    found = []
    for number, each in enumerate(headlines):
        since_ms = each.fetched_ms if each.published_ms is None else each.published_ms
        age = close_ms - since_ms if since_ms < each.known_ms else close_ms - each.known_ms
        if each.known_ms <= close_ms and age <= age_ms:
            found.append((each.known_ms, number, each.value))
    return [value for _, _, value in sorted(found, reverse=True)[:window]]


@given(headlines=headlines, window=st.integers(1, 6), age_ms=st.integers(0, 12).map(lambda half: half * HOUR // 2))
def test_those_that_count_are_those_picked_by_hand(headlines: list[Heard], window: int, age_ms: int) -> None:
    with Database(":memory:") as database:
        store = SqliteNewsStore(database)
        stored(store, headlines)
        for close_ms in (CLOSE - HOUR, CLOSE, CLOSE + 3 * HOUR):
            evidence = RollingSentiment(store, window, age_ms).at("A", close_ms).evidence
            assert [score for _, score in evidence] == by_hand(headlines, close_ms, window, age_ms)
