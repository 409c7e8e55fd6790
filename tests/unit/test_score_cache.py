"""Scores are made once by each model, and nothing that is wrong with the file where they are kept stops anybody."""

from __future__ import annotations

import sqlite3
import tempfile
from collections.abc import Sequence
from concurrent.futures import ProcessPoolExecutor
from contextlib import closing
from multiprocessing import get_context
from pathlib import Path
from threading import Thread

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from chalicelib.adapters.lexicon import LexiconAnalyzer
from chalicelib.domain import Score
from chalicelib.errors import Unavailable
from trader.score_cache import CachedAnalyzer, cache_file


class Counting:
    """An analyzer that remembers what it was asked."""

    def __init__(self, model: str = "counting-1", degraded: bool = False, named: str | None = None) -> None:
        self.model = model
        self.asked: list[str] = []
        self._degraded = degraded
        self._named = model if named is None else named

    def score(self, titles: Sequence[str]) -> list[Score]:
        self.asked += titles
        values = [len(title) / 7 % 1 * (-1) ** len(title) for title in titles]
        return [Score(value, "neutral", self._named, self._degraded) for value in values]


class Silent:
    """An analyzer that cannot be reached."""

    model = "counting-1"

    def score(self, titles: Sequence[str]) -> list[Score]:
        raise Unavailable("the model is not there")


def cache(tmp_path: Path, analyzer: Counting | Silent | None = None, told: list[str] | None = None) -> CachedAnalyzer:
    heard: list[str] = [] if told is None else told
    return CachedAnalyzer(analyzer or Counting(), tmp_path / "cache" / "scores.sqlite", heard.append)


def test_each_title_is_scored_once_by_each_model(tmp_path: Path) -> None:
    first, again, other = Counting(), Counting(), Counting("counting-2")
    made = cache(tmp_path, first).score(["one", "two", "one"])
    assert first.asked == ["one", "two"]
    assert cache(tmp_path, again).score(["three", "one", "two"])[1:] == made[:2]
    assert again.asked == ["three"]
    assert cache(tmp_path, other).score(["one"])[0].model == "counting-2"
    assert other.asked == ["one"]


def test_titles_are_told_apart_exactly(tmp_path: Path) -> None:
    asked = Counting()
    cached = cache(tmp_path, asked)
    for title in ("Bitcoin soars", "BITCOIN SOARS", "Bitcoin soars!", "Bitcoin  soars", "\ud83d", "\udc00"):
        cached.score([title])
    assert len(asked.asked) == 6


@settings(max_examples=60, deadline=None)
@given(st.lists(st.floats(-1.0, 1.0), min_size=1, max_size=6))
def test_a_kept_score_is_exactly_the_score(values: list[float]) -> None:
    class Given(Counting):
        def score(self, titles: Sequence[str]) -> list[Score]:
            self.asked += titles
            return [Score(values[int(title)], "positive", self.model) for title in titles]

    titles = [str(number) for number in range(len(values))]
    with tempfile.TemporaryDirectory() as folder:
        fresh = Given()
        made = cache(Path(folder), fresh).score(titles)
        kept = cache(Path(folder), Silent()).score(titles)
    assert kept == made
    assert [score.value for score in made] == values


def test_what_a_fallback_scored_is_not_kept(tmp_path: Path) -> None:
    for fallback in (Counting(degraded=True), Counting(named="words-1")):
        assert cache(tmp_path, fallback).score(["one"])[0].value == Counting().score(["one"])[0].value
    real = Counting()
    cache(tmp_path, real).score(["one"])
    assert real.asked == ["one"]


def test_an_analyzer_that_is_unavailable_is_so_except_for_what_is_kept(tmp_path: Path) -> None:
    made = cache(tmp_path).score(["one"])
    assert cache(tmp_path, Silent()).score(["one"]) == made
    with pytest.raises(Unavailable, match="the model is not there"):
        cache(tmp_path, Silent()).score(["one", "two"])


@pytest.mark.parametrize("content", [b"no database at all", b"SQLite format 3\0" + b"\xff" * 4_000, b"\0" * 5_000])
def test_a_damaged_file_is_put_aside_and_said_so(content: bytes, tmp_path: Path) -> None:
    file = tmp_path / "cache" / "scores.sqlite"
    file.parent.mkdir()
    file.write_bytes(content)
    told: list[str] = []
    assert len(cache(tmp_path, told=told).score(["one"])) == 1
    assert (file.parent / "scores.sqlite.damaged").read_bytes() == content
    [line] = told
    assert line.startswith(f"{file}: damaged (")
    assert line.endswith("put aside as scores.sqlite.damaged; headlines are scored anew")
    again = Counting()
    cache(tmp_path, again).score(["one"])
    assert again.asked == []


def test_a_file_damaged_in_the_middle_is_never_fatal(tmp_path: Path) -> None:
    titles = [f"headline {number}" for number in range(2_000)]
    made = cache(tmp_path).score(titles)
    file = tmp_path / "cache" / "scores.sqlite"
    content = bytearray(file.read_bytes())
    for place in range(4_096, len(content), 4_096):
        content[place : place + 1_500] = b"\xa5" * 1_500
    file.write_bytes(content)
    assert cache(tmp_path).score(titles) == made


def test_another_programs_tables_are_left_alone(tmp_path: Path) -> None:
    file = tmp_path / "cache" / "scores.sqlite"
    file.parent.mkdir()
    with closing(sqlite3.connect(file)) as other:
        other.execute("CREATE TABLE scores_1 (whatever)")
        other.commit()
    assert len(cache(tmp_path).score(["one"])) == 1


def test_nonsense_in_a_row_is_scored_anew(tmp_path: Path) -> None:
    made = cache(tmp_path).score(["one"])
    with closing(sqlite3.connect(tmp_path / "cache" / "scores.sqlite")) as file:
        for nonsense in ((7.5, "neutral"), ("x", "neutral"), (None, "neutral"), (0.5, "great"), (0.5, None)):
            file.execute("UPDATE scores_1 SET value = ?, label = ?", nonsense)
            file.commit()
            assert cache(tmp_path).score(["one"]) == made


def test_a_file_that_others_keep_locked_is_done_without(tmp_path: Path) -> None:
    file = tmp_path / "scores.sqlite"
    impatient = CachedAnalyzer(Counting(), file, lambda line: None, lock_wait_s=0.05)
    made = impatient.score(["one"])
    with closing(sqlite3.connect(file, isolation_level=None)) as other:
        other.execute("BEGIN EXCLUSIVE")
        assert impatient.score(["one", "two"])[:1] == made


def test_a_folder_that_cannot_be_made_is_done_without(tmp_path: Path) -> None:
    (tmp_path / "cache").write_text("a file")
    told: list[str] = []
    assert len(cache(tmp_path, told=told).score(["one"])) == 1
    assert told == []


def score_many(folder: str, first: int) -> list[float]:
    """In a process of its own: overlapping titles, batch after batch."""
    titles = [f"headline {number}" for number in range(first, first + 400)]
    cached = cache(Path(folder))
    found: list[float] = []
    for start in range(0, len(titles), 20):
        found += [score.value for score in cached.score(titles[start : start + 20])]
    return found


def test_several_processes_share_one_file_from_its_beginning(tmp_path: Path) -> None:
    firsts = [0, 100, 200, 300]
    with ProcessPoolExecutor(max_workers=3, mp_context=get_context("spawn")) as pool:
        found = list(pool.map(score_many, [str(tmp_path)] * len(firsts), firsts))
    for first, values in zip(firsts, found, strict=True):
        titles = [f"headline {number}" for number in range(first, first + 400)]
        assert values == [score.value for score in Counting().score(titles)]
    again = Counting()
    cache(tmp_path, again).score([f"headline {number}" for number in range(700)])
    assert again.asked == []
    with closing(sqlite3.connect(tmp_path / "cache" / "scores.sqlite")) as file:
        assert file.execute("PRAGMA integrity_check").fetchone() == ("ok",)


def test_threads_share_one_analyzer(tmp_path: Path) -> None:
    cached = cache(tmp_path)
    found: dict[int, list[Score]] = {}

    def work(number: int) -> None:
        found[number] = cached.score([f"headline {each}" for each in range(50)])

    threads = [Thread(target=work, args=(number,)) for number in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert [found[number] for number in range(4)] == [found[0]] * 4


def test_it_keeps_what_the_word_list_says(tmp_path: Path) -> None:
    words = LexiconAnalyzer("crypto")
    titles = ["Bitcoin soars", "Exchange hacked", "What is a blockchain?"]
    cached = CachedAnalyzer(words, tmp_path / "scores.sqlite", lambda line: None)
    assert cached.score(titles) == cached.score(titles) == words.score(titles)
    assert cached.model == words.model


def test_it_stands_in_the_users_cache_folder(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    assert cache_file() == tmp_path / "ai-trader" / "scores.sqlite"
