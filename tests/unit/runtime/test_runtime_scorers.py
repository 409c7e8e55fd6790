"""Headlines from before the first minute are scored before it: in batches, until told to stop."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from threading import Event

import pytest

from chalicelib import wiring
from chalicelib.domain import MINUTE_MS, Score
from chalicelib.errors import Unavailable
from chalicelib.services.cached_analyzer import AT_ONCE
from chalicelib.wiring.scoring import Scorer
from trader.data.news_file import NewsFile
from trader.runtime.markets import RunHeadlines
from trader.runtime.scorers import score_ahead

COUNT = 2 * AT_ONCE + 5


@dataclass
class Stopping:
    """Counts batches; sets `stop` after so many, and never has a score."""

    stop: Event
    after: int
    asked: list[int] = field(default_factory=list)
    model: str = "stopping"

    def score(self, titles: Sequence[str]) -> list[Score]:
        self.asked.append(len(titles))
        if len(self.asked) >= self.after:
            self.stop.set()
        raise Unavailable("down")


@pytest.fixture
def headlines(tmp_path: Path) -> RunHeadlines:
    rows = "".join(f"{number * MINUTE_MS},Title {number},wire,\n" for number in range(COUNT + 10))
    path = tmp_path / "news.csv"
    path.write_text(f"time,title,source,url\n{rows}", "utf-8")
    return RunHeadlines(NewsFile(path), (str(path),))


@pytest.mark.parametrize(("after", "asked"), [(99, [AT_ONCE, AT_ONCE, 5]), (1, [AT_ONCE]), (2, [AT_ONCE, AT_ONCE])])
def test_what_is_known_by_then_is_scored_until_told_to_stop(
    headlines: RunHeadlines, after: int, asked: list[int]
) -> None:
    analyzer, told = Stopping(Event(), after), list[str]()
    scorer = Scorer(analyzer, wiring.analyzer())
    score_ahead(scorer, headlines, (COUNT - 1) * MINUTE_MS, analyzer.stop, told.append)
    assert analyzer.asked == asked
    assert told == [f"scoring {COUNT} headlines from before the first minute"]


def test_the_word_list_needs_no_start(headlines: RunHeadlines) -> None:
    analyzer = Stopping(Event(), 1)
    score_ahead(Scorer(analyzer), headlines, COUNT * MINUTE_MS, analyzer.stop, pytest.fail)
    assert analyzer.asked == []
