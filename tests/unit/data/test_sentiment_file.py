"""Sentiment from a file: a step function, known from each row's time on."""

from __future__ import annotations

from pathlib import Path

import pytest

from chalicelib.domain import Sentiment
from chalicelib.errors import BadInput
from trader.data.sentiment_file import SentimentFile

T = 1_750_000_000_000


def sentiment_file(tmp_path: Path, *lines: str) -> SentimentFile:
    path = tmp_path / "mood.csv"
    path.write_text("\n".join(["time,score", *lines]), "utf-8")
    return SentimentFile(path)


def test_the_score_holds_from_its_time_until_the_next(tmp_path: Path) -> None:
    history = sentiment_file(tmp_path, f"{T},0.5", f"{T + 10},-1", f"{T + 10},1e-1")
    values = [history.at("ANY", T + offset).value for offset in (-1, 0, 9, 10, 10**9)]
    assert values == [0.0, 0.5, 0.5, 0.1, 0.1]  # of two rows of one time the later holds


def test_it_names_the_row_and_the_file_it_rests_on(tmp_path: Path) -> None:
    history = sentiment_file(tmp_path, f"{T},0.5")
    assert history.at("ANY", T) == Sentiment(0.5, ((str(T), 0.5),), "file mood.csv")
    assert history.at("ANY", T - 1) == Sentiment(0.0, (), "file mood.csv")


def test_a_row_that_is_too_old_is_unknown_and_says_which_age_applied(tmp_path: Path) -> None:
    history = sentiment_file(tmp_path, f"{T},0.5", f"{T + 100},-1").of_age(60)
    assert [history.at("ANY", T + offset).value for offset in (-1, 0, 60, 61, 99, 100)] == [0.0, 0.5, 0.5, 0.0, 0.0, -1]
    assert history.at("ANY", T + 61) == Sentiment(0.0, (), "file mood.csv", 60)
    assert history.of_age(None).at("ANY", T + 61) == Sentiment(0.5, ((str(T), 0.5),), "file mood.csv")


def test_an_empty_file_is_neutral_for_ever(tmp_path: Path) -> None:
    assert sentiment_file(tmp_path).at("ANY", T).value == 0.0


@pytest.mark.parametrize("score", ["1.01", "-2", "nan", "inf", "", "good", "0,5", "1" * 500])
def test_a_score_that_is_none_is_refused_by_row(score: str, tmp_path: Path) -> None:
    with pytest.raises(BadInput, match=r"mood.csv: row 2: score '.*' must be a number from -1 to 1"):
        sentiment_file(tmp_path, f"{T},0.5", f'{T},"{score}"')
