"""History in the store: from archives whose checksum is theirs, else from the exchange, fetched once."""

from __future__ import annotations

import io
import zipfile
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import cast

import numpy as np
import pytest
import requests

from chalicelib.domain import MINUTE_MS, Candle
from chalicelib.errors import BadInput, Rejected, Unavailable
from chalicelib.ports import MarketDataSource
from tests.fakes.archive_server import ArchiveServer, archive_of, archive_server, path_of
from tests.fakes.clock import HandClock
from tests.support.markets import wave
from trader.cloud_backtest.bulk import Bulk, ChecksumMismatch, read_archive
from trader.cloud_backtest.folder import FolderObjects
from trader.cloud_backtest.history import CandleSource, ensure
from trader.cloud_backtest.pieces import Piece, pieces_of
from trader.cloud_backtest.tables import joined, packed, unpacked
from trader.data.candles import CandleColumns, between

SYMBOL = "AAAUSDT"
MINUTES = 30 * 1440  # from 2023-11-14 into December
CANDLES = wave(SYMBOL, MINUTES, 3)
NOVEMBER, DECEMBER = pieces_of([SYMBOL], int(CANDLES.open_ms[0]), int(CANDLES.open_ms[-1]))
URL = "http://exchange"


@dataclass
class Market:
    """An exchange that tells of `candles` and counts how often it is asked."""

    candles_of: CandleColumns
    asked: int = 0
    seen: list[str] = field(default_factory=list)

    def candles(
        self, symbol: str, interval: str, *, start_ms: int | None, end_ms: int | None, limit: int
    ) -> list[Candle]:
        self.asked += 1
        self.seen.append(symbol)
        found = between(self.candles_of, start_ms, end_ms)
        rows = zip(*(column.tolist() for column in found[1:]), strict=True)
        return [Candle(symbol, *row) for row in rows][:limit]


@pytest.fixture
def server() -> Iterator[ArchiveServer]:
    with archive_server() as served:
        yield served


@pytest.fixture
def objects(tmp_path: Path) -> FolderObjects:
    return FolderObjects(tmp_path)


def exchange(market: Market, now_ms: int = int(CANDLES.open_ms[-1]) + MINUTE_MS) -> CandleSource:
    return CandleSource(URL, cast("MarketDataSource", market), HandClock(now_ms))


def bulk(server: ArchiveServer) -> Bulk:
    return Bulk(requests.Session(), server.url)


def stored(objects: FolderObjects, key: str) -> CandleColumns:
    content = objects.read(key)
    assert content is not None
    return unpacked(key, SYMBOL, content)


def same(found: CandleColumns, expected: CandleColumns) -> bool:
    return packed(found) == packed(expected) and found.symbol == expected.symbol


def test_a_published_month_is_taken_from_its_archive_once(server: ArchiveServer, objects: FolderObjects) -> None:
    server.publish(CANDLES)
    market = Market(CANDLES)
    key = ensure(objects, NOVEMBER, bulk(server), exchange(market))
    assert same(stored(objects, key), between(CANDLES, NOVEMBER.first_ms, NOVEMBER.last_ms))
    asked = server.asked.total()
    assert ensure(objects, NOVEMBER, bulk(server), exchange(market)) == key
    assert (server.asked.total(), market.asked) == (asked, 0)


def test_what_is_not_published_is_asked_for_once(server: ArchiveServer, objects: FolderObjects) -> None:
    server.publish(between(CANDLES, NOVEMBER.first_ms, NOVEMBER.last_ms))
    market = Market(CANDLES)
    key = ensure(objects, DECEMBER, bulk(server), exchange(market))
    assert ensure(objects, DECEMBER, bulk(server), exchange(market)) == key
    assert ensure(objects, DECEMBER, None, exchange(market)) == key
    assert market.asked == 1
    assert same(stored(objects, key), between(CANDLES, DECEMBER.first_ms, DECEMBER.last_ms))


def test_two_markets_never_share_an_object(server: ArchiveServer, objects: FolderObjects) -> None:
    server.publish(CANDLES)
    keys = {
        ensure(objects, NOVEMBER, bulk(server), exchange(Market(CANDLES))),
        ensure(objects, NOVEMBER, None, exchange(Market(CANDLES))),
        ensure(
            objects,
            NOVEMBER,
            None,
            CandleSource("http://other", cast("MarketDataSource", Market(CANDLES)), HandClock(2**50)),
        ),
    }
    assert len(keys) == 3


def test_a_minute_that_has_not_closed_is_refused(objects: FolderObjects) -> None:
    """The same key would hold more candles later."""
    with pytest.raises(BadInput, match="has not closed"):
        ensure(objects, DECEMBER, None, exchange(Market(CANDLES), DECEMBER.last_ms + MINUTE_MS - 1))
    assert ensure(objects, DECEMBER, None, exchange(Market(CANDLES), DECEMBER.last_ms + MINUTE_MS))


def test_a_mismatch_is_refused_and_the_next_attempt_succeeds(server: ArchiveServer, objects: FolderObjects) -> None:
    server.publish(CANDLES)
    path = path_of(SYMBOL, NOVEMBER.month)
    server.wrong[path] = (1, archive_of(wave(SYMBOL, 60, 9), f"{SYMBOL}-1m-{NOVEMBER.month}.csv"))
    with pytest.raises(ChecksumMismatch, match="published is"):
        ensure(objects, NOVEMBER, bulk(server), exchange(Market(CANDLES)))
    assert not list((objects._folder).rglob("*.npy"))
    key = ensure(objects, NOVEMBER, bulk(server), exchange(Market(CANDLES)))
    assert same(stored(objects, key), between(CANDLES, NOVEMBER.first_ms, NOVEMBER.last_ms))


def test_a_checksum_of_another_file_is_no_checksum(server: ArchiveServer) -> None:
    server.publish(CANDLES)
    path = f"{path_of(SYMBOL, NOVEMBER.month)}.CHECKSUM"
    server.files[path] = server.files[path].replace(b"2023-11", b"2023-10")
    with pytest.raises(ChecksumMismatch, match="no SHA-256 of"):
        bulk(server).month(SYMBOL, NOVEMBER.month)


def test_an_archive_that_does_not_answer_is_asked_again_later(server: ArchiveServer) -> None:
    server.publish(CANDLES)
    server.wrong[path_of(SYMBOL, NOVEMBER.month)] = (1, b"")
    with pytest.raises(Unavailable, match="HTTP 500"):
        bulk(server).month(SYMBOL, NOVEMBER.month)
    with pytest.raises(Unavailable):
        Bulk(requests.Session(), "http://127.0.0.1:1").month(SYMBOL, NOVEMBER.month)


def _zip(name: str, text: bytes) -> bytes:
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w") as archive:
        archive.writestr(name, text)
    return stream.getvalue()


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (b"no zip at all", "no zip archive"),
        (_zip("other.csv", b"1"), "no AAAUSDT-1m-2023-11.csv in it"),
        (_zip("AAAUSDT-1m-2023-11.csv", b""), "no candles"),
        (_zip("AAAUSDT-1m-2023-11.csv", b"1698796800000,1,2,1,x,5\n"), "could not convert"),
        (_zip("AAAUSDT-1m-2023-11.csv", b"1698796800000,1,0.5,1,1,5\n"), "row 1: high is below low"),
        (_zip("AAAUSDT-1m-2023-11.csv", b"1701388800000,1,2,1,1,5\n"), "row 1: open_time is not in 2023-11"),
    ],
)
def test_a_broken_archive_is_refused_though_its_checksum_fits(
    server: ArchiveServer, content: bytes, words: str
) -> None:
    server.put(SYMBOL, "2023-11", content)
    with pytest.raises(BadInput, match=words):
        bulk(server).month(SYMBOL, "2023-11")


def test_rows_of_a_month_that_are_no_candles_are_left_out_and_told_in_one_line() -> None:
    """As the exchange publishes February 2018: after an outage candles open off the full minute."""
    first_ms = 1_517_443_200_000
    whole = [f"{first_ms + 60_000 * row},1,2,0.5,1,7,0\n" for row in range(30)]
    off = [f"{first_ms + 60_000 * (40 + row) + 14_789},1,2,0.5,1,7,0\n" for row in range(10)]
    next_month = "1519862400000,1,2,0.5,1,7,0\n"
    said: list[str] = []
    columns = read_archive("a test", SYMBOL, "2018-02", "".join([*whole, *off, next_month]).encode(), said.append)
    assert columns.open_ms.tolist() == [first_ms + 60_000 * row for row in range(30)]
    [line] = said
    assert line.startswith("a test: 11 rows are no candles of a minute and are left out, the first is row 31: open")


def test_what_is_too_large_for_a_month_is_refused(server: ArchiveServer, monkeypatch: pytest.MonkeyPatch) -> None:
    server.publish(CANDLES)
    monkeypatch.setattr("trader.cloud_backtest.bulk.LARGEST_TABLE_BYTES", 1000)
    with pytest.raises(BadInput, match="unpacks to more than"):
        bulk(server).month(SYMBOL, "2023-11")
    monkeypatch.setattr("trader.cloud_backtest.bulk.LARGEST_ARCHIVE_BYTES", 1000)
    with pytest.raises(Rejected, match="no month of candles"):
        bulk(server).month(SYMBOL, "2023-11")


@pytest.mark.parametrize("factor", [1, 1000])
@pytest.mark.parametrize("header", ["", "open_time,open,high,low,close,volume,close_time\n"])
def test_times_in_micro_and_milliseconds_with_and_without_a_header(factor: int, header: str) -> None:
    first_ms = 1_735_689_600_000
    rows = "".join(f"{(first_ms + 60_000 * row) * factor},1.1,2.2,0.5,{1 + row / 3},7,0\n" for row in range(3))
    columns = read_archive("a test", SYMBOL, "2025-01", (header + rows).encode())
    assert columns.open_ms.tolist() == [first_ms, first_ms + 60_000, first_ms + 120_000]
    assert columns.close.tolist() == [1.0, 1 + 1 / 3, 1 + 2 / 3]


def test_candles_are_kept_to_the_bit() -> None:
    content = packed(CANDLES)
    assert packed(unpacked("a key", SYMBOL, content)) == content
    halves = [between(CANDLES, None, NOVEMBER.last_ms), between(CANDLES, DECEMBER.first_ms, None)]
    assert packed(joined(SYMBOL, halves)) == content
    with pytest.raises(BadInput, match="no table of candles"):
        unpacked("a key", SYMBOL, content[:200])
    with pytest.raises(BadInput, match="no table of candles"):
        unpacked("a key", SYMBOL, b"")
    stream = io.BytesIO()
    np.save(stream, np.zeros((2, 2)))
    with pytest.raises(BadInput, match="rows of int64"):
        unpacked("a key", SYMBOL, stream.getvalue())


def test_a_piece_is_named_by_its_bounds() -> None:
    assert Piece(SYMBOL, "2023-12", *DECEMBER[2:]) == DECEMBER
    assert DECEMBER.first_ms == 1_701_388_800_000
