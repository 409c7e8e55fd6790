"""What every SentimentAnalyzer keeps: one score per title in order, in -1..1 with its word, and no title stops it.

The language models are the real ones.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from chalicelib import wiring
from chalicelib.adapters.llama import MODELS
from chalicelib.adapters.sqlite import SqliteScoreCache
from chalicelib.domain import LABELS, Score
from chalicelib.ports import SentimentAnalyzer
from chalicelib.services.cached_analyzer import CachedAnalyzer
from tests.hostile_headlines import PAIRS
from tests.support.effort import examples
from tests.support.models import ensemble, one_model

TITLES = ["Bitcoin soars to record high", "Exchange hacked, millions stolen", "What is a blockchain?", "ETF approved!"]
ODD = [
    "",
    " ",
    "\x00",
    "\ud83d",
    "\ud800\udfff",
    "a" * 100_000,
    "比特币 " * 30_000,
    "<|im_end|>" * 500,
    "e" + "\u0301" * 5_000,
    "😀" * 1_000,
    "<b>up</b> &amp; down\u202e",
    "%s%n%p \\x00 '; DROP TABLE",
    "[CLS] [SEP] [MASK]",
    "\r\n",
    "nan",
]
BATCH_ERROR = 0.15
"""By how much a score may depend on the other titles of its batch: sums are made in another order, and a model with
activations of eight bits makes hundredths of that. What is remembered of a headline is its first score."""

Make = Callable[[Path], SentimentAnalyzer]


def cached(folder: Path) -> SentimentAnalyzer:
    return CachedAnalyzer(wiring.analyzer(), SqliteScoreCache(folder / "scores.sqlite"))


def warm(folder: Path) -> SentimentAnalyzer:
    """Everything that the suite asks for was scored before, by another object."""
    cached(folder).score([*TITLES, *ODD])
    return cached(folder)


def without_a_folder(folder: Path) -> SentimentAnalyzer:
    (folder / "file").write_text("")
    return CachedAnalyzer(wiring.analyzer(), SqliteScoreCache(folder / "file" / "scores.sqlite"))


def alone(name: str) -> Make:
    return lambda folder: one_model(name)


ANALYZERS: dict[str, Make] = {
    "lexicon": lambda folder: wiring.analyzer("crypto"),
    "finance": lambda folder: wiring.analyzer("finance"),
    "cached": cached,
    "cached and warm": warm,
    "cached without a folder": without_a_folder,
    "ensemble": lambda folder: ensemble(),
    **{name: alone(name) for name in MODELS},
}


@pytest.fixture(params=list(ANALYZERS.values()), ids=list(ANALYZERS))
def analyzer(request: pytest.FixtureRequest, tmp_path: Path) -> SentimentAnalyzer:
    make: Make = request.param
    return make(tmp_path)


def assert_scores(analyzer: SentimentAnalyzer, titles: Sequence[str], scores: Sequence[Score]) -> None:
    assert len(scores) == len(titles)
    for score in scores:
        assert -1.0 <= score.value <= 1.0
        assert 0.0 <= score.confidence <= 1.0
        assert score.label in LABELS
        assert score.model == analyzer.model
        assert not score.degraded


def assert_alike(scores: Sequence[Score], others: Sequence[Score]) -> None:
    assert [score.value for score in scores] == pytest.approx([other.value for other in others], abs=BATCH_ERROR)


def test_one_score_per_title_in_their_order(analyzer: SentimentAnalyzer) -> None:
    together = analyzer.score(TITLES)
    assert_scores(analyzer, TITLES, together)
    assert_alike([analyzer.score([title])[0] for title in TITLES], together)
    assert_alike(analyzer.score(TITLES[::-1]), together[::-1])


def test_no_titles_are_no_scores(analyzer: SentimentAnalyzer) -> None:
    assert analyzer.score([]) == []


def test_a_title_given_twice_is_scored_alike(analyzer: SentimentAnalyzer) -> None:
    first, other, again = analyzer.score([TITLES[0], TITLES[1], TITLES[0]])
    assert first == again != other


def test_good_news_score_above_bad_news(analyzer: SentimentAnalyzer) -> None:
    titles = TITLES[:2] * 20  # more than two batches of a language model
    scores = analyzer.score(titles)
    assert [score.label for score in scores] == ["positive", "negative"] * 20
    assert all(good.value > 0.0 > bad.value for good, bad in zip(scores[::2], scores[1::2], strict=True))


def test_the_model_has_a_name_that_stays(analyzer: SentimentAnalyzer) -> None:
    name = analyzer.model
    analyzer.score(TITLES)
    assert analyzer.model == name != ""


def test_a_score_does_not_depend_on_the_company_it_is_in(analyzer: SentimentAnalyzer) -> None:
    assert_alike(analyzer.score([*ODD, *TITLES])[len(ODD) :], [analyzer.score([title])[0] for title in TITLES])


def test_the_same_call_gives_the_same_scores(analyzer: SentimentAnalyzer) -> None:
    titles = [*TITLES, *ODD]
    assert analyzer.score(titles) == analyzer.score(titles)


def test_whatever_a_title_holds_it_has_a_score(analyzer: SentimentAnalyzer) -> None:
    titles = [*ODD, *(pair.hostile for pair in PAIRS[::7])]
    assert_scores(analyzer, titles, analyzer.score(titles))


@settings(max_examples=examples(25), suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(titles=st.lists(st.text(max_size=80), max_size=4))
def test_any_text_has_a_score(titles: list[str], analyzer: SentimentAnalyzer) -> None:
    assert_scores(analyzer, titles, analyzer.score(titles))
