"""What every SentimentAnalyzer keeps: one score per title in order, in -1..1 with its word, and no title stops it."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from chalicelib.adapters.lexicon import LexiconAnalyzer
from chalicelib.domain import Score
from chalicelib.ports import SentimentAnalyzer
from trader.score_cache import CachedAnalyzer

TITLES = ["Bitcoin soars to record high", "Exchange hacked, millions stolen", "What is a blockchain?", "ETF approved!"]
NASTY = ["", " ", "\0", "\ud83d", "x" * 100_000, "<b>up</b> &amp; down\u202e", "涨" * 50, "' OR 1=1 --", "\r\n", "nan"]
LABELS = {"negative", "neutral", "positive"}

Make = Callable[[Path], SentimentAnalyzer]


def lexicon(folder: Path) -> SentimentAnalyzer:
    return LexiconAnalyzer("crypto")


def cached(folder: Path) -> SentimentAnalyzer:
    return CachedAnalyzer(LexiconAnalyzer("crypto"), folder / "scores.sqlite", lambda line: None)


def warm(folder: Path) -> SentimentAnalyzer:
    """Everything that the suite asks for was scored before, by another object."""
    cached(folder).score([*TITLES, *NASTY])
    return cached(folder)


def without_a_folder(folder: Path) -> SentimentAnalyzer:
    (folder / "file").write_text("")
    return CachedAnalyzer(LexiconAnalyzer("crypto"), folder / "file" / "scores.sqlite", lambda line: None)


ANALYZERS: dict[str, Make] = {
    "lexicon": lexicon,
    "finance": lambda folder: LexiconAnalyzer("finance"),
    "cached": cached,
    "cached and warm": warm,
    "cached without a folder": without_a_folder,
}


@pytest.fixture(params=list(ANALYZERS.values()), ids=list(ANALYZERS))
def analyzer(request: pytest.FixtureRequest, tmp_path: Path) -> SentimentAnalyzer:
    make: Make = request.param
    return make(tmp_path)


def assert_scores(analyzer: SentimentAnalyzer, titles: Sequence[str], scores: Sequence[Score]) -> None:
    assert len(scores) == len(titles)
    for score in scores:
        assert -1.0 <= score.value <= 1.0
        assert score.label in LABELS
        assert score.model == analyzer.model or score.degraded


def test_one_score_per_title_in_their_order(analyzer: SentimentAnalyzer) -> None:
    together = analyzer.score(TITLES)
    assert_scores(analyzer, TITLES, together)
    assert [analyzer.score([title])[0] for title in TITLES] == together
    assert analyzer.score(TITLES[::-1]) == together[::-1]


def test_no_titles_are_no_scores(analyzer: SentimentAnalyzer) -> None:
    assert analyzer.score([]) == []


def test_a_title_given_twice_is_scored_alike(analyzer: SentimentAnalyzer) -> None:
    first, other, again = analyzer.score([TITLES[0], TITLES[1], TITLES[0]])
    assert first == again != other


def test_good_news_score_above_bad_news(analyzer: SentimentAnalyzer) -> None:
    good, bad = analyzer.score(TITLES[:2])
    assert good.value > 0.0 > bad.value
    assert (good.label, bad.label) == ("positive", "negative")


def test_the_model_has_a_name_that_stays(analyzer: SentimentAnalyzer) -> None:
    name = analyzer.model
    analyzer.score(TITLES)
    assert analyzer.model == name != ""


@pytest.mark.parametrize("title", NASTY, ids=range(len(NASTY)))
def test_whatever_the_title_it_has_a_score(title: str, analyzer: SentimentAnalyzer) -> None:
    assert_scores(analyzer, [title], analyzer.score([title]))
    assert analyzer.score([title]) == analyzer.score([title])


@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(titles=st.lists(st.text(), max_size=8))
def test_any_text_has_a_score(titles: list[str], analyzer: SentimentAnalyzer) -> None:
    assert_scores(analyzer, titles, analyzer.score(titles))
