"""Scores that are remembered, batches that fail, analyzers that hang."""

from __future__ import annotations

import subprocess
import sys
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path

import pytest

from chalicelib.adapters.sqlite import SqliteScoreCache
from chalicelib.domain import Score
from chalicelib.errors import BadInput, Unavailable
from chalicelib.partly_scored import PartlyScored
from chalicelib.ports import ScoreCache
from chalicelib.services.cached_analyzer import AT_ONCE, NO_TIME, CachedAnalyzer
from chalicelib.services.in_time import InTimeAnalyzer
from tests.fakes.hanging_analyzer import Hanging

GOOD = Score(0.5, "positive", "scripted", confidence=0.75)


@dataclass
class Scripted:
    """Scores everything alike, but for headlines that it is told about."""

    odd: Mapping[str, Score | Exception] = field(default_factory=dict)
    asked: list[list[str]] = field(default_factory=list)
    model: str = "scripted"

    def score(self, titles: Sequence[str]) -> list[Score]:
        self.asked.append(list(titles))
        for title in titles:
            odd = self.odd.get(title)
            if isinstance(odd, Exception):
                raise odd
        return [found if isinstance(found := self.odd.get(title, GOOD), Score) else GOOD for title in titles]


class DeadCache:
    """Never answers."""

    def find(self, model: str, titles: Sequence[str]) -> dict[str, Score]:
        raise Unavailable("no cache")

    def keep(self, model: str, scores: Mapping[str, Score]) -> dict[str, Score]:
        raise BadInput("no cache")


@pytest.fixture
def cache(tmp_path: Path) -> ScoreCache:
    return SqliteScoreCache(tmp_path / "scores.sqlite")


def test_the_analyzer_is_asked_once_for_each_headline(cache: ScoreCache) -> None:
    analyzer = Scripted()
    cached = CachedAnalyzer(analyzer, cache)
    assert cached.model == "scripted"
    assert cached.score(["a", "b", "a", " a "]) == [GOOD] * 4
    assert cached.score(["b", "c"]) == [GOOD] * 2
    assert analyzer.asked == [["a", "b"], ["c"]]
    assert cached.score([]) == []


def test_what_is_scored_is_the_form_that_is_remembered(cache: ScoreCache) -> None:
    """So that a twin in other white space cannot leave its score to the headline."""
    analyzer = Scripted()
    CachedAnalyzer(analyzer, cache).score([" Bitcoin\n\tfalls "])
    assert analyzer.asked == [["Bitcoin falls"]]


def test_batches_are_bounded(cache: ScoreCache) -> None:
    analyzer = Scripted()
    CachedAnalyzer(analyzer, cache).score([str(number) for number in range(2 * AT_ONCE + 1)])
    assert list(map(len, analyzer.asked)) == [AT_ONCE, AT_ONCE, 1]


@pytest.mark.parametrize("error", [Unavailable("cannot\nread"), ValueError("cannot\nread")])
def test_a_headline_that_fails_costs_no_other_its_score(cache: ScoreCache, error: Exception) -> None:
    cached = CachedAnalyzer(Scripted({"b": error}), cache)
    with pytest.raises(PartlyScored, match="1 of 3 headlines not scored: cannot read") as raised:
        cached.score(["a", "b", "c"])
    assert raised.value.scores == (GOOD, "cannot read", GOOD)
    assert cache.find("scripted", ["a", "b", "c"]).keys() == {"a", "c"}


@pytest.mark.parametrize("value", [float("nan"), float("inf"), -1.01])
def test_an_impossible_score_is_none_and_not_remembered(cache: ScoreCache, value: float) -> None:
    cached = CachedAnalyzer(Scripted({"b": replace(GOOD, value=value)}), cache)
    with pytest.raises(PartlyScored) as raised:
        cached.score(["a", "b"])
    assert raised.value.scores == (GOOD, f"an impossible score: {value!r}")
    assert cache.find("scripted", ["b"]) == {}


def test_nothing_scored_at_all_is_unavailable(cache: ScoreCache) -> None:
    with pytest.raises(Unavailable, match="down") as raised:
        CachedAnalyzer(Scripted({"a": Unavailable("down")}), cache).score(["a"])
    assert not isinstance(raised.value, PartlyScored)


def test_a_fallback_s_score_is_not_remembered(cache: ScoreCache) -> None:
    weak = replace(GOOD, degraded=True)
    assert CachedAnalyzer(Scripted({"a": weak}), cache).score(["a"]) == [weak]
    assert cache.find("scripted", ["a"]) == {}


def test_a_cache_that_does_not_answer_costs_nothing_but_time() -> None:
    analyzer = Scripted()
    cached = CachedAnalyzer(analyzer, DeadCache())
    assert cached.score(["a"]) == cached.score(["a"]) == [GOOD]
    assert analyzer.asked == [["a"], ["a"]]


class Slow:
    """A cache for which somebody waits in vain, and that counts how often."""

    def __init__(self, finds: bool) -> None:
        self.waited = 0
        self._finds = finds

    def find(self, model: str, titles: Sequence[str]) -> dict[str, Score]:
        return {} if self._finds else self.keep(model, {})

    def keep(self, model: str, scores: Mapping[str, Score]) -> dict[str, Score]:
        self.waited += 1
        raise Unavailable("no answer within 9 s")


@pytest.mark.parametrize("finds", [True, False])
def test_a_cache_is_waited_for_once_in_a_call(finds: bool) -> None:
    slow = Slow(finds)
    cached = CachedAnalyzer(Scripted(), slow)
    titles = [str(number) for number in range(3 * AT_ONCE)]
    assert cached.score(titles) == [GOOD] * len(titles)
    assert slow.waited == 1
    cached.score(titles)
    assert slow.waited == 2


def test_the_first_score_of_a_headline_is_everybodys(cache: ScoreCache) -> None:
    """Another process may have kept its own since this one looked."""
    other = replace(GOOD, value=0.25)

    class Raced(Scripted):
        def score(self, titles: Sequence[str]) -> list[Score]:
            cache.keep("scripted", {"a": other})
            return super().score(titles)

    assert CachedAnalyzer(Raced(), cache).score(["a", "b"]) == [other, GOOD]
    assert cache.find("scripted", ["a", "b"]) == {"a": other, "b": GOOD}


def test_what_the_time_does_not_suffice_for_is_said(cache: ScoreCache) -> None:
    times = iter(range(100))
    cached = CachedAnalyzer(Scripted(), cache, elapsed_s=lambda: float(next(times)))
    titles = [str(number) for number in range(3 * AT_ONCE)]
    with pytest.raises(PartlyScored) as raised:
        cached.score_within(titles, 2.5)
    assert raised.value.scores == (*[GOOD] * 2 * AT_ONCE, *[NO_TIME] * AT_ONCE)


def test_a_late_answer_is_none_until_the_call_ends() -> None:
    hanging = Hanging()
    in_time = InTimeAnalyzer(hanging, 0.05)
    with pytest.raises(Unavailable, match=r"^hanging: no answer within 0\.05 s$"):
        in_time.score(["a"])
    with pytest.raises(Unavailable, match="still busy"):
        in_time.score(["a"])
    hanging.released.set()
    assert soon(lambda: in_time.score(["a", "b"])) == [GOOD, GOOD]
    assert in_time.model == "hanging"


def soon(score: Callable[[], list[Score]]) -> list[Score]:
    """What it gives as soon as it does not refuse any more; a call that was let go takes a moment to end."""
    for _ in range(1_000):
        try:
            return score()
        except Unavailable:
            time.sleep(0.01)
    return score()


def test_what_the_analyzer_raises_is_raised() -> None:
    with pytest.raises(Unavailable, match="down"):
        InTimeAnalyzer(Scripted({"a": Unavailable("down")}), 10.0).score(["a"])


ENDS_WHILE_IT_COMPUTES = """
import sys, threading, time
from chalicelib.domain import Score
from chalicelib.errors import Unavailable
from chalicelib.services.in_time import InTimeAnalyzer

class Computing:
    model = "computing"
    def score(self, titles):
        time.sleep(0.5)
        print("computed", flush=True)
        return [Score(0.0, "neutral", "computing") for _ in titles]

def score_on():
    in_time = InTimeAnalyzer(Computing(), 5.0)
    while True:
        try:
            in_time.score(["a"])
        except Unavailable as error:
            print("refused", error, flush=True)

threading.Thread(target=score_on, daemon=True).start()
time.sleep(0.1)
"""


def test_a_process_ends_after_the_call_under_way_and_begins_none() -> None:
    """A library in C that is unloaded under a thread of its own takes the process down with it."""
    done = subprocess.run(
        [sys.executable, "-c", ENDS_WHILE_IT_COMPUTES], capture_output=True, text=True, check=False, timeout=60
    )
    assert (done.returncode, done.stdout, done.stderr) == (0, "computed\n", "")
