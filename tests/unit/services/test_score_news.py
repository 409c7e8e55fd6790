"""What is stored when an analyzer answers nothing, not all, too late or what cannot be."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace

import pytest

from chalicelib.adapters.sqlite import Database, SqliteNewsStore
from chalicelib.domain import FALLBACK_WEIGHT, NewsItem, Score, Scoring
from chalicelib.errors import Unavailable
from chalicelib.partly_scored import PartlyScored
from chalicelib.services.score_news import BATCH, ScoreNews

NOW_MS = 1_760_000_000_000
GOOD = Score(0.9, "positive", "models-1", confidence=0.8, flags=("hidden",))
WORDS = Score(-0.6, "negative", "words-1")
WEAK = Score(-0.6 * FALLBACK_WEIGHT, "negative", "words-1", True, 0.0, ("fallback",))


@dataclass
class Answering:
    """An analyzer that answers as the test says."""

    answer: Callable[[Sequence[str]], Sequence[Score]]
    model: str = "models-1"
    calls: int = 0

    def score(self, titles: Sequence[str]) -> list[Score]:
        self.calls += 1
        return list(self.answer(titles))


def words(titles: Sequence[str]) -> list[Score]:
    return [WORDS for _ in titles]


@pytest.fixture
def store() -> Iterator[SqliteNewsStore]:
    with Database(":memory:") as database:
        yield SqliteNewsStore(database)


def add(store: SqliteNewsStore, count: int) -> None:
    store.add([NewsItem(NOW_MS, NOW_MS, "Desk", f"Headline {number}", "", f"urn:{number}") for number in range(count)])


def stored(store: SqliteNewsStore) -> list[Score]:
    """Oldest first."""
    return [news.score for news in reversed(store.known("BTCUSDT", NOW_MS, 10_000))]


def raising(error: Exception) -> Callable[[Sequence[str]], Sequence[Score]]:
    def answer(titles: Sequence[str]) -> Sequence[Score]:
        raise error

    return answer


@pytest.mark.parametrize(
    ("answer", "reason"),
    [
        (raising(Unavailable("down")), "down"),
        (lambda titles: [GOOD] * (len(titles) + 1), "4 scores for 3 headlines"),
        (lambda titles: [GOOD], "1 scores for 3 headlines"),
        (lambda titles: [GOOD, GOOD, replace(GOOD, value=float("nan"))], "an impossible score: nan"),
        (lambda titles: [replace(GOOD, value=1.5), GOOD, GOOD], "an impossible score: 1.5"),
        (lambda titles: [GOOD, replace(GOOD, label="great"), GOOD], "an impossible score: 0.9"),
        (lambda titles: [GOOD, replace(GOOD, confidence=2.0), GOOD], "an impossible score: 0.9"),
        (raising(PartlyScored("some", [replace(GOOD, value=9.0), "a", "b"])), "an impossible score: 9.0"),
        (raising(PartlyScored("some", [GOOD, "a"])), "2 scores for 3 headlines"),
    ],
)
def test_what_cannot_be_believed_is_left_to_the_fallback(
    store: SqliteNewsStore, answer: Callable[[Sequence[str]], Sequence[Score]], reason: str
) -> None:
    add(store, 3)
    report = ScoreNews(store, Answering(answer), Answering(words, "words-1")).run(NOW_MS)
    assert stored(store) == [WEAK] * 3
    assert (report.scored, report.degraded, report.errors) == (3, 3, {"models-1": reason})
    assert store.scoring() == Scoring("words-1", True, NOW_MS, 0, 3, 3)


def test_what_was_scored_is_kept_where_some_was_not(store: SqliteNewsStore) -> None:
    add(store, 3)
    partly = Answering(raising(PartlyScored("1 of 3", [GOOD, "too odd", GOOD])))
    report = ScoreNews(store, partly, Answering(words, "words-1")).run(NOW_MS)
    assert stored(store) == [GOOD, WEAK, GOOD]
    assert (report.degraded, report.errors) == (1, {"models-1": "1 of 3"})


def test_after_the_deadline_nobody_is_asked_any_more(store: SqliteNewsStore) -> None:
    """The clock goes on by 1 s a look: one for the start, one for each batch."""
    add(store, 3 * BATCH)
    times = iter(range(100))
    models = Answering(lambda titles: [GOOD] * len(titles))
    scoring = ScoreNews(
        store, models, Answering(words, "words-1"), deadline_s=2.5, elapsed_s=lambda: float(next(times))
    )
    report = scoring.run(NOW_MS)
    assert models.calls == 2
    assert stored(store) == [GOOD] * (2 * BATCH) + [WEAK] * BATCH
    assert (report.degraded, report.errors) == (BATCH, {"models-1": "no score within 2.5 s"})


def test_the_first_score_stays_when_the_models_are_back(store: SqliteNewsStore) -> None:
    add(store, 2)
    ScoreNews(store, Answering(raising(Unavailable("down"))), Answering(words, "words-1")).run(NOW_MS)
    ScoreNews(store, Answering(lambda titles: [GOOD] * len(titles)), Answering(words, "words-1")).run(NOW_MS + 60_000)
    assert stored(store) == [WEAK] * 2
