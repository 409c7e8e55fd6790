"""What the archive holds is listed, chosen by market and deleted; older files are read on."""

from __future__ import annotations

import sqlite3
from pathlib import Path

import numpy as np
import pytest

from chalicelib.domain import DAY_MS, MINUTE_MS
from chalicelib.errors import BadInput
from tests.support.markets import wave
from trader.data.archive import Archive
from trader.data.archive_contents import archived, contents, drop, market_named
from trader.data.archive_file import UNKNOWN, ArchiveFile
from trader.data.candles import CandleColumns, between

BINANCE, TESTNET = "api.binance.com spot", "testnet.binance.vision spot"
WAVE = wave("AAAUSDT", 3_000, 1, frozenset({1_500, 1_501}))
FIRST_MS, LAST_MS = int(WAVE.open_ms[0]), int(WAVE.open_ms[-1])
V2 = """
CREATE TABLE candle_days (symbol TEXT NOT NULL, day INTEGER NOT NULL, candles BLOB NOT NULL, PRIMARY KEY (symbol, day))
"""


def silent(line: str) -> None:
    raise AssertionError(line)


@pytest.fixture
def path(tmp_path: Path) -> Path:
    path = tmp_path / "archive.sqlite"
    for market in (BINANCE, TESTNET):
        with Archive(path, market) as archive:
            archive.write(WAVE)
    with Archive(path, TESTNET) as archive:
        archive.write(wave("BBBUSDT", 10, 2))
    return path


def older(path: Path, columns: CandleColumns, version: int) -> None:
    """An archive as versions 1 and 2 wrote it: no markets, and off the full minute whatever had whole seconds."""
    database = sqlite3.connect(path)
    database.execute(V2)
    if version == 2:
        database.execute("ALTER TABLE candle_days ADD COLUMN checksum INTEGER")
    days = columns.open_ms // DAY_MS
    for day in np.unique(days).tolist():
        rows = [column[days == day] for column in columns[1:]]
        blob = np.stack([rows[0].astype("<i8"), *(row.astype("<f8").view("<i8") for row in rows[1:])]).tobytes()
        database.execute("INSERT INTO candle_days (symbol, day, candles) VALUES (?, ?, ?)", ("AAAUSDT", day, blob))
    database.execute(f"PRAGMA user_version = {version}")
    database.commit()
    database.close()


def test_what_is_stored_is_listed_by_host_and_symbol(path: Path) -> None:
    with ArchiveFile(path, silent) as file:
        listed = contents(file)
        assert [(each.host, each.symbol, each.candles) for each in listed] == [
            (BINANCE, "AAAUSDT", 2_998),
            (TESTNET, "AAAUSDT", 2_998),
            (TESTNET, "BBBUSDT", 10),
        ]
        assert listed[0][2:] == (FIRST_MS, LAST_MS, 2_998, 1, 2, 2_998 * 48)
        assert contents(file, "testnet.binance.vision") == listed[1:] == contents(file, TESTNET)
        assert contents(file, None, "AAAUSDT") == listed[:2]
        assert contents(file, "elsewhere") == []


@pytest.mark.parametrize(
    "bounds", [(0, 2**62), (FIRST_MS + 5 * MINUTE_MS, LAST_MS - 5 * MINUTE_MS), (FIRST_MS, FIRST_MS)]
)
def test_a_dropped_range_is_gone_of_its_market_and_symbol_alone(path: Path, bounds: tuple[int, int]) -> None:
    gone = len(between(WAVE, *bounds).open_ms)
    with ArchiveFile(path, silent) as file:
        assert drop(file, TESTNET, "AAAUSDT", *bounds) == gone
        left = {(each.host, each.symbol): each.candles for each in contents(file)}
    kept = {(TESTNET, "AAAUSDT"): 2_998 - gone} if gone < 2_998 else {}
    assert left == {(BINANCE, "AAAUSDT"): 2_998, (TESTNET, "BBBUSDT"): 10, **kept}


def test_a_damaged_day_can_be_dropped_whole(path: Path) -> None:
    database = sqlite3.connect(path)
    database.execute("UPDATE market_days SET candles = x'0102' WHERE symbol = 'BBBUSDT'")
    database.commit()
    database.close()
    day_ms = FIRST_MS // DAY_MS * DAY_MS
    with ArchiveFile(path, silent) as file:
        with pytest.raises(
            BadInput,
            match=r"BBBUSDT of 2023-11-14 is damaged; .* BBBUSDT --drop --host testnet.binance.vision --from",
        ):
            contents(file)
        drop(file, TESTNET, "BBBUSDT", day_ms, day_ms + DAY_MS - 1)
        assert len(contents(file)) == 2


def test_a_host_is_named_where_several_have_the_symbol(path: Path) -> None:
    with ArchiveFile(path, silent) as file:
        assert market_named(file, "BBBUSDT", None) == TESTNET
        assert market_named(file, "AAAUSDT", "api.binance.com") == BINANCE
        with pytest.raises(BadInput, match=f"AAAUSDT are those of {BINANCE}, {TESTNET}: name one with --host"):
            market_named(file, "AAAUSDT", None)
        with pytest.raises(BadInput, match="--host elsewhere: candles of AAAUSDT are those of"):
            market_named(file, "AAAUSDT", "elsewhere")
        with pytest.raises(BadInput, match="no candles of CCCUSDT; trader history --list"):
            market_named(file, "CCCUSDT", None)


def test_a_backtest_takes_the_candles_of_its_own_exchange_or_none(path: Path) -> None:
    for address in ("https://api4.binance.com", "https://data-api.binance.vision/api/"):
        [found], whose = archived(path, address, ["AAAUSDT"], (FIRST_MS, None), silent)
        assert (len(found.open_ms), whose) == (2_998, f"the archive of {BINANCE}")
    with pytest.raises(BadInput) as refused:
        archived(path, "https://api.binance.com", ["BBBUSDT"], (None, None), silent)
    assert str(refused.value).endswith(
        f"no candles of BBBUSDT on {BINANCE}; there are those of {TESTNET} "
        "(--set exchange.base_url=https://testnet.binance.vision), or trader history BBBUSDT downloads them"
    )


@pytest.mark.parametrize("version", [1, 2])
def test_an_archive_of_an_older_version_is_read_on_as_of_an_unknown_host_and_without_what_is_no_candle(
    tmp_path: Path, version: int
) -> None:
    times = WAVE.open_ms.copy()
    times[2_000:2_100] += 14_000
    path = tmp_path / "archive.sqlite"
    older(path, WAVE._replace(open_ms=times), version)
    said: list[str] = []
    [found], whose = archived(path, "https://api.binance.com", ["AAAUSDT"], (None, None), said.append)
    sound = np.flatnonzero(times % MINUTE_MS == 0)
    for mine, theirs in zip(found[1:], WAVE[1:], strict=True):
        assert mine.tolist() == theirs[sound].tolist()
    assert whose == f"the archive of {UNKNOWN}"
    assert "AAAUSDT: 100 rows are no candles of a minute and are left out, the first is row" in said[0]
    assert said[1] == (
        "AAAUSDT: candles of an older archive, which did not keep whose they are; "
        f"trader history AAAUSDT downloads those of {BINANCE}"
    )
    assert len(said) == 2
    with Archive(path, BINANCE, silent) as archive:  # nothing is said of it twice
        archive.write(between(WAVE, FIRST_MS, FIRST_MS))
    said.clear()
    [own], _ = archived(path, "https://api.binance.com", ["AAAUSDT"], (None, None), said.append)
    assert len(own.open_ms) == 1
    assert said == [
        "AAAUSDT: candles of an older archive, which did not keep whose they are, are left aside; "
        "trader history AAAUSDT --drop --host unknown deletes them"
    ]


def test_a_damaged_day_of_an_older_archive_stays_damaged(tmp_path: Path) -> None:
    path = tmp_path / "archive.sqlite"
    older(path, WAVE, 2)
    database = sqlite3.connect(path)
    database.execute("UPDATE candle_days SET checksum = 5")
    database.commit()
    database.close()
    said: list[str] = []
    with pytest.raises(BadInput, match="is damaged"):
        archived(path, "https://api.binance.com", ["AAAUSDT"], (None, None), said.append)
