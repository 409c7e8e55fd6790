"""A feed's reading is told once, and again when it becomes another."""

from __future__ import annotations

import pytest

from chalicelib.adapters.lexicon import LexiconAnalyzer
from chalicelib.domain import FeedPage, FeedReading, FeedState
from trader.cli.news import FeedPoll


class Pages:
    """Gives one reading after the other."""

    def __init__(self, *readings: FeedReading | None) -> None:
        self._readings = iter(readings)

    def fetch(self, feed: str, state: FeedState, now_ms: int) -> FeedPage:
        return FeedPage((), state, next(self._readings))


def test_a_reading_is_told_when_it_changes(capsys: pytest.CaptureFixture[str]) -> None:
    skipped, whole = FeedReading(read=1, without_text=1), FeedReading(read=2)
    pages = Pages(skipped, skipped, None, skipped, whole, skipped)
    poll = FeedPoll(["https://a.example/rss?token=abcdefgh"], pages, LexiconAnalyzer())
    told = []
    for _ in range(6):
        poll()
        told.append(capsys.readouterr().err)
    line = "trader: feed https://a.example/rss?token=***: 1 of 2 items read: 1 skipped without any text\n"
    assert told == [line, "", "", "", "", line]
