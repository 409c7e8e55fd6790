"""The archive keeps what it was given to the bit, whoever else writes."""

from __future__ import annotations

import sqlite3
import subprocess
import sys
import threading
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import numpy as np
import pytest

from chalicelib.domain import DAY_MS, MINUTE_MS
from chalicelib.errors import BadInput
from tests.support.markets import wave
from trader.data.archive import Archive, Written
from trader.data.candles import CandleColumns

MARKET = "api.binance.com spot"
OTHER = "testnet.binance.vision spot"
WHOLE = wave("AAAUSDT", 3_000, 1, frozenset({1_500}))
FIRST_MS, LAST_MS = int(WHOLE.open_ms[0]), int(WHOLE.open_ms[-1])


def part(first: int, last: int) -> CandleColumns:
    rows = slice(first, last)
    return WHOLE._replace(
        open_ms=WHOLE.open_ms[rows],
        open=WHOLE.open[rows],
        high=WHOLE.high[rows],
        low=WHOLE.low[rows],
        close=WHOLE.close[rows],
        volume=WHOLE.volume[rows],
    )


def same(one: CandleColumns, other: CandleColumns) -> bool:
    return all(np.array_equal(a, b) for a, b in zip(one[1:], other[1:], strict=True))


def test_what_was_written_comes_back_as_arrays_of_float64(tmp_path: Path) -> None:
    with Archive(tmp_path / "deep" / "archive.sqlite", MARKET) as archive:
        assert archive.write(WHOLE) == Written(2_999)
        found = archive.load("AAAUSDT", FIRST_MS, LAST_MS)
    assert same(found, WHOLE)
    assert found.open_ms.dtype == np.int64
    assert {column.dtype for column in found[2:]} == {np.dtype(np.float64)}


def test_pages_in_any_order_and_twice_make_the_same_whole(tmp_path: Path) -> None:
    with Archive(tmp_path / "archive.sqlite", MARKET) as archive:
        new = [
            archive.write(page).new for page in (part(2_000, 2_999), part(0, 1_200), part(1_000, 2_100), part(0, 50))
        ]
        assert new == [999, 1_200, 800, 0]
        assert same(archive.load("AAAUSDT", 0, 2**52), WHOLE)


def test_bounds_are_inclusive_and_gaps_are_named(tmp_path: Path) -> None:
    with Archive(tmp_path / "archive.sqlite", MARKET) as archive:
        archive.write(part(10, 20))
        lower, upper = int(WHOLE.open_ms[10]), int(WHOLE.open_ms[19])
        assert archive.load("AAAUSDT", lower + MINUTE_MS, upper - MINUTE_MS).open_ms.size == 8
        assert archive.gaps("AAAUSDT", lower - 2 * MINUTE_MS, upper + MINUTE_MS) == [
            (lower - 2 * MINUTE_MS, lower - MINUTE_MS),
            (upper + MINUTE_MS, upper + MINUTE_MS),
        ]
        assert archive.gaps("OTHER", 0, MINUTE_MS) == [(0, MINUTE_MS)]


def test_two_markets_never_share_a_candle(tmp_path: Path) -> None:
    other = WHOLE._replace(close=WHOLE.low)
    with Archive(tmp_path / "archive.sqlite", MARKET) as archive, Archive(tmp_path / "archive.sqlite", OTHER) as second:
        archive.write(part(0, 100))
        assert second.gaps("AAAUSDT", FIRST_MS, FIRST_MS) == [(FIRST_MS, FIRST_MS)]
        second.write(other)
        assert same(archive.load("AAAUSDT", 0, 2**52), part(0, 100))
        assert same(second.load("AAAUSDT", 0, 2**52), other)


def test_no_row_that_is_no_candle_is_ever_stored(tmp_path: Path) -> None:
    times, lows = WHOLE.open_ms[:100].copy(), WHOLE.low[:100].copy()
    times[10:20] += 14_000
    times[30] = times[29]
    lows[40] = 0.0
    with Archive(tmp_path / "archive.sqlite", MARKET) as archive:
        assert archive.write(part(0, 100)._replace(open_ms=times, low=lows)) == Written(88)
        stored = archive.load("AAAUSDT", 0, 2**52)
    assert stored.open_ms.tolist() == [
        time for k, time in enumerate(times.tolist()) if k not in (*range(10, 20), 30, 40)
    ]


def test_what_is_told_again_changes_nothing_but_where_it_is_to_replace(tmp_path: Path) -> None:
    again = part(0, 50)._replace(close=part(0, 50).low)
    differ = int((part(0, 50).close != part(0, 50).low).sum())
    with Archive(tmp_path / "archive.sqlite", MARKET) as archive:
        archive.write(part(10, 100))
        assert archive.write(again) == Written(10, differ - int((part(0, 10).close != part(0, 10).low).sum()))
        assert archive.load("AAAUSDT", 0, 2**52).close[20] == WHOLE.close[20]
        archive.write(part(0, 100))
        written = archive.replace(again)
        found = archive.load("AAAUSDT", 0, 2**52)
    assert written.new == 0
    assert 30 < written.otherwise <= differ
    assert found.close.tolist() == [*again.close.tolist(), *part(50, 100).close.tolist()]


def test_nothing_stored_is_explained(tmp_path: Path) -> None:
    with (
        Archive(tmp_path / "archive.sqlite", MARKET) as archive,
        pytest.raises(BadInput, match="no candles of AAAUSDT"),
    ):
        archive.load("AAAUSDT", 0, DAY_MS)


def test_another_file_is_refused_in_one_line(tmp_path: Path) -> None:
    path = tmp_path / "archive.sqlite"
    path.write_bytes(b"this is no database, " * 100)
    with pytest.raises(BadInput) as refused:
        Archive(path, MARKET)
    assert str(path) in str(refused.value)
    assert "\n" not in str(refused.value)


def test_a_damaged_day_is_refused_and_named(tmp_path: Path) -> None:
    path = tmp_path / "archive.sqlite"
    with Archive(path, MARKET) as archive:
        archive.write(WHOLE)
    database = sqlite3.connect(path)
    database.execute("UPDATE market_days SET candles = x'0102'")
    database.commit()
    database.close()
    with Archive(path, MARKET) as archive, pytest.raises(BadInput, match="AAAUSDT"):
        archive.load("AAAUSDT", FIRST_MS, LAST_MS)


def altered(path: Path, statement: str) -> None:
    database = sqlite3.connect(path)
    database.execute(statement)
    database.commit()
    database.close()


@pytest.mark.parametrize("where", [1, 700, 5_000])
def test_one_changed_byte_of_a_day_is_noticed_and_the_day_named(tmp_path: Path, where: int) -> None:
    path = tmp_path / "archive.sqlite"
    with Archive(path, MARKET) as archive:
        archive.write(WHOLE)
    day = FIRST_MS // DAY_MS
    zeroed = f"CAST(substr(candles, 1, {where}) || x'a5' || substr(candles, {where + 2}) AS BLOB)"
    altered(path, f"UPDATE market_days SET candles = {zeroed} WHERE day = {day}")  # noqa: S608 (ours)
    date = np.datetime64(FIRST_MS, "ms").astype("datetime64[D]")
    with Archive(path, MARKET) as archive, pytest.raises(BadInput, match=f"AAAUSDT of {date} is damaged"):
        archive.load("AAAUSDT", FIRST_MS, LAST_MS)


@pytest.mark.parametrize("days", [1, -400])
def test_a_day_under_another_ones_date_is_damaged(tmp_path: Path, days: int) -> None:
    path = tmp_path / "archive.sqlite"
    with Archive(path, MARKET) as archive:
        archive.write(part(0, 100))
    altered(path, f"UPDATE market_days SET day = day + {days}")  # noqa: S608 (ours)
    with Archive(path, MARKET) as archive, pytest.raises(BadInput, match="is damaged"):
        archive.load("AAAUSDT", 0, 2**52)


WRITER = """
import sys
import threading
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from time import perf_counter
from tests.unit.data.test_archive import MARKET, Archive, part
with Archive(Path(sys.argv[1]), MARKET) as archive:
    for first in range(int(sys.argv[2]), 2_999, 200):
        archive.write(part(first, first + 100))
"""


def test_two_processes_write_at_once_and_lose_nothing(tmp_path: Path) -> None:
    path = tmp_path / "archive.sqlite"
    root = Path(__file__).resolve().parents[3]
    writers = [subprocess.Popen([sys.executable, "-c", WRITER, str(path), str(first)], cwd=root) for first in (0, 100)]
    assert [writer.wait(60) for writer in writers] == [0, 0]
    with Archive(path, MARKET) as archive:
        assert same(archive.load("AAAUSDT", FIRST_MS, LAST_MS), WHOLE)


def test_many_open_a_new_file_at_once(tmp_path: Path) -> None:
    """A lock that SQLite does not wait for: without a queue, four that open a new file together fail in 1 of 20."""
    for number in range(60):
        path, together = tmp_path / f"{number}.sqlite", threading.Barrier(4)

        def open_it(path: Path = path, together: threading.Barrier = together) -> None:
            together.wait()
            Archive(path, MARKET).close()

        with ThreadPoolExecutor(4) as pool:
            for opened in [pool.submit(open_it) for _ in range(4)]:
                opened.result()


def test_a_year_of_minutes_comes_back_whole(tmp_path: Path) -> None:
    minutes = 525_600
    prices = np.random.default_rng(1).random(minutes) + 1.0
    times = np.arange(minutes, dtype=np.int64) * MINUTE_MS
    year = CandleColumns("AAAUSDT", times, prices, prices + 1.0, prices / 2.0, prices, prices)
    with Archive(tmp_path / "archive.sqlite", MARKET) as archive:
        archive.write(year)
        found = archive.load("AAAUSDT", 0, minutes * MINUTE_MS)
    assert same(found, year)
