"""Nothing that is wrong with the file where scores are kept stops anybody, and any number of processes share it."""

from __future__ import annotations

import sqlite3
from collections.abc import Sequence
from concurrent.futures import ProcessPoolExecutor
from contextlib import closing
from dataclasses import replace
from multiprocessing import get_context
from pathlib import Path
from threading import Thread

import pytest

from chalicelib import codec
from chalicelib.adapters.sqlite import SqliteScoreCache
from chalicelib.domain import Score
from chalicelib.services.cached_analyzer import CachedAnalyzer
from chalicelib.wiring.local_scoring import remembered_scores


class Counting:
    """An analyzer that remembers what it was asked."""

    model = "counting-1"

    def __init__(self) -> None:
        self.asked: list[str] = []

    def score(self, titles: Sequence[str]) -> list[Score]:
        self.asked += titles
        values = [len(title) / 7 % 1 * (-1) ** len(title) for title in titles]
        return [Score(value, "neutral", self.model) for value in values]


def cache(tmp_path: Path, analyzer: Counting | None = None, told: list[str] | None = None) -> CachedAnalyzer:
    reported: list[str] = [] if told is None else told
    return CachedAnalyzer(
        analyzer or Counting(), SqliteScoreCache(tmp_path / "cache" / "scores.sqlite", reported.append)
    )


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
        other.execute("CREATE TABLE scores_2 (whatever)")
        other.commit()
    assert len(cache(tmp_path).score(["one"])) == 1


def test_nonsense_in_a_row_is_scored_anew(tmp_path: Path) -> None:
    made = cache(tmp_path).score(["one"])
    sound = SqliteScoreCache(tmp_path / "cache" / "scores.sqlite").find(Counting.model, ["one"])["one"]
    unsound = [codec.dump(replace(sound, value=7.5)), codec.dump(replace(sound, label="great"))]
    with closing(sqlite3.connect(tmp_path / "cache" / "scores.sqlite")) as file:
        for nonsense in (*unsound, "{", "[]", "", None, 5, b"\xff"):
            file.execute("UPDATE scores_2 SET body = ?", (nonsense,))
            file.commit()
            assert cache(tmp_path).score(["one"]) == made
            again = Counting()
            cache(tmp_path, again).score(["one"])
            assert again.asked == []


def test_scores_that_nobody_made_for_long_go(tmp_path: Path) -> None:
    times = iter([0.0, 89 * 86_400.0, 91 * 86_400.0])
    kept = SqliteScoreCache(tmp_path / "scores.sqlite", now_s=lambda: next(times))
    for title in ("old", "newer", "new"):
        kept.keep("m", {title: Score(0.5, "positive", "m")})
    assert kept.find("m", ["old", "newer", "new"]).keys() == {"newer", "new"}


def test_a_file_that_others_keep_locked_is_done_without(tmp_path: Path) -> None:
    file = tmp_path / "scores.sqlite"
    impatient = CachedAnalyzer(Counting(), SqliteScoreCache(file, lock_wait_s=0.05))
    made = impatient.score(["one"])
    with closing(sqlite3.connect(file, isolation_level=None)) as other:
        other.execute("BEGIN EXCLUSIVE")
        assert impatient.score(["one", "two"])[:1] == made


def test_a_folder_that_cannot_be_made_is_done_without_and_said_once(tmp_path: Path) -> None:
    (tmp_path / "cache").write_text("a file")
    told: list[str] = []
    cached = cache(tmp_path, told=told)
    assert len(cached.score(["one"])) == len(cached.score(["two"])) == 1
    [line] = told
    assert "cannot be used" in line
    assert line.endswith("headlines are scored anew")


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


def test_it_stands_in_the_users_cache_folder(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    remembered_scores(lambda line: None).keep("m", {"a": Score(0.5, "positive", "m")})
    assert (tmp_path / "ai-trader" / "scores.sqlite").is_file()
