"""What every ScoreCache keeps, whatever the title."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from chalicelib.adapters.dynamodb import DynamoScoreCache, Tables
from chalicelib.adapters.sqlite import SqliteScoreCache
from chalicelib.domain import Score
from chalicelib.ports import ScoreCache
from tests.support.dynamodb import created, shared_connection
from tests.support.moto_dynamodb import drop

Open = Callable[[], ScoreCache]
"""The cache as one more process opens it."""

MODEL = "smollm2-crypto-b179c952-1f2e3d4c"
SCORE = Score(-0.123456789012345, "negative", MODEL, False, 0.87654321, ("hidden", "disagreement"))


@pytest.fixture(params=["sqlite", "dynamodb"])
def open_cache(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Open]:
    if request.param == "sqlite":
        yield lambda: SqliteScoreCache(tmp_path / "scores.sqlite")
        return
    connection = shared_connection(str(request.getfixturevalue("dynamodb_endpoint")))
    prefix = created(connection)
    yield lambda: DynamoScoreCache(Tables(connection, prefix))
    drop(prefix)


@pytest.fixture
def cache(open_cache: Open) -> ScoreCache:
    return open_cache()


def test_what_was_kept_comes_back_as_it_was(cache: ScoreCache) -> None:
    cache.keep(MODEL, {"Bitcoin falls": SCORE})
    assert cache.find(MODEL, ["Bitcoin falls"]) == {"Bitcoin falls": SCORE}


def test_what_was_never_kept_is_left_out(cache: ScoreCache) -> None:
    cache.keep(MODEL, {"Bitcoin falls": SCORE})
    assert cache.find(MODEL, ["Ether falls", "Bitcoin falls"]) == {"Bitcoin falls": SCORE}
    assert cache.find(MODEL, []) == {}


def test_another_model_or_head_has_scores_of_its_own(cache: ScoreCache) -> None:
    cache.keep(MODEL, {"Bitcoin falls": SCORE})
    assert cache.find(f"{MODEL[:-1]}d", ["Bitcoin falls"]) == {}


def test_a_title_is_known_in_any_white_space_and_form_and_nothing_else_is_the_same(cache: ScoreCache) -> None:
    cache.keep(MODEL, {"Caf\u00e9 opens": SCORE})
    same, others = " Cafe\u0301\n opens ", ["caf\u00e9 opens", "Caf\u00e9 opens!", "Caf\u00e9\u200b opens"]
    assert cache.find(MODEL, [same, *others]) == {same: SCORE}


def test_a_title_asked_for_twice_is_one(cache: ScoreCache) -> None:
    cache.keep(MODEL, {"a b": SCORE})
    assert cache.find(MODEL, ["a b", "a  b", "a b"]) == {"a b": SCORE, "a  b": SCORE}


def test_it_outlives_the_process(open_cache: Open) -> None:
    open_cache().keep(MODEL, {"Bitcoin falls": SCORE})
    assert open_cache().find(MODEL, ["Bitcoin falls"]) == {"Bitcoin falls": SCORE}


def test_a_first_score_stays_and_is_what_keeping_gives(cache: ScoreCache) -> None:
    later, other = replace(SCORE, value=0.5), replace(SCORE, value=0.25)
    assert cache.keep(MODEL, {"Bitcoin falls": SCORE}) == {"Bitcoin falls": SCORE}
    assert cache.keep(MODEL, {"Bitcoin  falls": later, "Ether falls": other}) == {
        "Bitcoin  falls": SCORE,
        "Ether falls": other,
    }
    assert cache.find(MODEL, ["Bitcoin falls", "Ether falls"]) == {"Bitcoin falls": SCORE, "Ether falls": other}


def test_keeping_again_is_no_error(cache: ScoreCache) -> None:
    cache.keep(MODEL, {"Bitcoin falls": SCORE})
    cache.keep(MODEL, {"Bitcoin falls": SCORE, " Bitcoin  falls": SCORE})
    cache.keep(MODEL, {})
    assert cache.find(MODEL, ["Bitcoin falls"]) == {"Bitcoin falls": SCORE}


@pytest.mark.parametrize("title", ["", "x" * 100_000, "half a pair \ud83d", "nul \x00", "\u202eright to left"])
def test_any_title_is_kept(cache: ScoreCache, title: str) -> None:
    cache.keep(MODEL, {title: SCORE})
    assert cache.find(MODEL, [title]) == {title: SCORE}


def test_more_than_one_request_takes(cache: ScoreCache) -> None:
    scores = {f"Headline {number}": replace(SCORE, value=number / 1000) for number in range(230)}
    cache.keep(MODEL, scores)
    assert cache.find(MODEL, [*scores, "another"]) == scores
