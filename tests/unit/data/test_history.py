"""A download fills what the archive lacks and nothing else."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from chalicelib.domain import MINUTE_MS, Candle
from chalicelib.errors import Unavailable
from tests.support.markets import wave
from trader.data.archive import Archive, columns_of
from trader.data.history import download, refresh
from trader.runtime.lockstep import StepClock
from trader.sim.market import SimulatedMarket
from trader.sim.tape import recorded_tapes

MINUTES = 2_500
HOLE = frozenset({700, 701, 702, 1_999})
FILE = wave("AAAUSDT", MINUTES, 1, HOLE)
FIRST_MS = int(FILE.open_ms[0])
LAST_MS = FIRST_MS + (MINUTES - 1) * MINUTE_MS


class Line(SimulatedMarket):
    """A market whose line is cut after some answers."""

    def __init__(self, answers: int = 1_000) -> None:
        super().__init__(recorded_tapes([FILE]), StepClock(LAST_MS + MINUTE_MS - 1))
        self.answers = answers
        self.given = 0

    def candles(
        self, symbol: str, interval: str, *, start_ms: int | None, end_ms: int | None, limit: int
    ) -> list[Candle]:
        if not self.answers:
            raise Unavailable("the line was cut")
        self.answers -= 1
        found = super().candles(symbol, interval, start_ms=start_ms, end_ms=end_ms, limit=limit)
        self.given += len(found)
        return found


@pytest.fixture
def archive(tmp_path: Path) -> Iterator[Archive]:
    with Archive(tmp_path / "archive.sqlite", "a market") as opened:
        yield opened


def nothing(minutes: int) -> None:
    """Nobody watches the progress."""


def assert_whole(archive: Archive) -> None:
    stored = archive.load("AAAUSDT", FIRST_MS, LAST_MS)
    assert stored.symbol == FILE.symbol
    for found, wanted in zip(stored[1:], FILE[1:], strict=True):
        assert (found == wanted).all()


def test_a_range_comes_whole_and_its_true_gaps_are_counted(archive: Archive) -> None:
    steps: list[int] = []
    report = download(Line(), archive, "AAAUSDT", FIRST_MS, LAST_MS, steps.append)
    assert_whole(archive)
    assert (report.new, report.candles) == (MINUTES - len(HOLE), MINUTES - len(HOLE))
    assert (report.gaps, report.missing_minutes) == (2, len(HOLE))
    assert sum(steps) == MINUTES


@pytest.mark.parametrize("answers", range(4))
def test_a_download_that_was_cut_goes_on_and_asks_for_nothing_twice(archive: Archive, answers: int) -> None:
    cut = Line(answers)
    if answers < 3:
        with pytest.raises(Unavailable, match="the line was cut; what came before is stored"):
            download(cut, archive, "AAAUSDT", FIRST_MS, LAST_MS, nothing)
    else:
        download(cut, archive, "AAAUSDT", FIRST_MS, LAST_MS, nothing)
    rest = Line()
    download(rest, archive, "AAAUSDT", FIRST_MS, LAST_MS, nothing)
    assert_whole(archive)
    overlap = (0, 2, 3, 2)[answers]  # the candle before each true gap, and before the rest
    assert cut.given + rest.given == MINUTES - len(HOLE) + overlap


def test_what_is_stored_stays_as_it_is(archive: Archive) -> None:
    other = Candle("AAAUSDT", FIRST_MS + MINUTE_MS, 1.0, 2.0, 0.5, 1.5, 9.0)
    archive.write(columns_of("AAAUSDT", [other]))
    report = download(Line(), archive, "AAAUSDT", FIRST_MS, LAST_MS, nothing)
    assert report.new == MINUTES - len(HOLE) - 1
    assert [line.split(": ", 1)[1][:52] for line in report.notes()] == [
        "a market tells 1 of the stored candles beside a gap "
    ]
    assert archive.load("AAAUSDT", FIRST_MS, LAST_MS).close[1] == 1.5


def test_a_refresh_replaces_what_is_told_otherwise_adds_what_is_missing_and_keeps_what_is_untold(
    archive: Archive,
) -> None:
    wrong = [Candle("AAAUSDT", FIRST_MS + k * MINUTE_MS, 1.0, 2.0, 0.5, 1.5, 9.0) for k in (3, 5, 701)]
    archive.write(columns_of("AAAUSDT", wrong))
    steps: list[int] = []
    report = refresh(Line(), archive, "AAAUSDT", FIRST_MS, LAST_MS, steps.append)
    assert (report.new, report.changed, report.untold) == (MINUTES - len(HOLE) - 2, 2, 1)
    assert (report.candles, report.missing_minutes, sum(steps)) == (MINUTES - 3, 3, MINUTES)
    assert report.notes() == ["AAAUSDT: 1 stored candles are not told by a market any more; they stay"]
    stored = archive.load("AAAUSDT", FIRST_MS, LAST_MS)
    assert stored.close[stored.open_ms != FIRST_MS + 701 * MINUTE_MS].tolist() == FILE.close.tolist()
    assert refresh(Line(), archive, "AAAUSDT", FIRST_MS, LAST_MS, nothing).changed == 0
