"""Monthly archives of candles as Binance publishes them, taken only if their published SHA-256 is theirs.

The layout: https://github.com/binance/binance-public-data. Spot times are in microseconds from 2025 on.
"""

from __future__ import annotations

import hashlib
import io
import logging
import re
import zipfile
from collections.abc import Callable

import numpy as np
import requests

from chalicelib.candle_rule import OddRows
from chalicelib.errors import BadInput, Rejected, Unavailable
from trader.cloud_backtest.pieces import pieces_of
from trader.data.arrays import Floats
from trader.data.candle_faults import Sieve
from trader.data.candles import CandleColumns
from trader.data.tables.epochs import in_milliseconds

VISION = "https://data.binance.vision"
TIMEOUT_S = (5.0, 60.0)
LARGEST_ARCHIVE_BYTES = 64 * 2**20
LARGEST_TABLE_BYTES = 256 * 2**20
"""A month of minutes is 6 MB of text, 2 MB zipped."""

log = logging.getLogger(__name__)


class ChecksumMismatch(Unavailable):
    """What came is not what was published; coming again it may be."""


class Bulk:
    """The archives under one address."""

    def __init__(self, session: requests.Session, url: str) -> None:
        self.url = url.rstrip("/")
        self._session = session

    def month(self, symbol: str, month: str) -> CandleColumns | None:
        """All candles of the month, None where it is not published.

        Raises ChecksumMismatch, Unavailable, Rejected, and BadInput for an archive that holds no market.
        """
        name = f"{symbol}-1m-{month}"
        address = f"{self.url}/data/spot/monthly/klines/{symbol}/1m/{name}.zip"
        published = self._get(f"{address}.CHECKSUM")
        content = self._get(address) if published is not None else None
        if published is None or content is None:
            return None
        _verify(address, f"{name}.zip", published, content)
        return read_archive(address, symbol, month, _member(address, f"{name}.csv", content))

    def _get(self, address: str) -> bytes | None:
        try:
            with self._session.get(address, timeout=TIMEOUT_S, stream=True) as answer:
                if answer.status_code == 404:
                    return None
                if answer.status_code != 200:
                    refused = Unavailable if answer.status_code >= 500 or answer.status_code == 429 else Rejected
                    raise refused(f"{address}: HTTP {answer.status_code}")
                content = bytearray()
                for chunk in answer.iter_content(1 << 20):
                    content += chunk
                    if len(content) > LARGEST_ARCHIVE_BYTES:
                        raise Rejected(f"{address}: more than {LARGEST_ARCHIVE_BYTES} bytes: no month of candles")
                return bytes(content)
        except requests.RequestException as error:
            raise Unavailable(f"{address}: {type(error).__name__}") from error


def _verify(address: str, name: str, published: bytes, content: bytes) -> None:
    """Raises ChecksumMismatch unless the published line names this file and the SHA-256 of what came."""
    line = re.fullmatch(rf"([0-9a-fA-F]{{64}}) [ *]?{re.escape(name)}", published.decode("utf-8", "replace").strip())
    if line is None:
        raise ChecksumMismatch(f"{address}.CHECKSUM: no SHA-256 of {name} in it")
    found = hashlib.sha256(content).hexdigest()
    if found != line[1].lower():
        raise ChecksumMismatch(f"{address}: SHA-256 {found[:12]}…, published is {line[1][:12].lower()}…")


def _member(address: str, name: str, content: bytes) -> bytes:
    """The file of this name in the archive."""
    try:
        with zipfile.ZipFile(io.BytesIO(content)) as archive:
            if archive.getinfo(name).file_size > LARGEST_TABLE_BYTES:
                raise BadInput(f"{address}: {name} unpacks to more than {LARGEST_TABLE_BYTES} bytes")
            return archive.read(name)
    except KeyError:
        raise BadInput(f"{address}: no {name} in it") from None
    except (zipfile.BadZipFile, NotImplementedError, RuntimeError) as error:
        raise BadInput(f"{address}: no zip archive ({error})") from None


def read_archive(
    where: str, symbol: str, month: str, text: bytes, say: Callable[[str], None] = log.warning
) -> CandleColumns:
    """The candles of a month's CSV, with or without a header; `say` hears in one line of the rows that are none.

    Raises BadInput where most rows are none of this month, naming the first.
    """
    times, *prices = _numbers(where, text)
    sieve = Sieve()
    kept = sieve.sound(times, prices)
    [whole] = pieces_of([symbol], *_bounds(month))
    outside = kept & ((times < whole.first_ms) | (times > whole.last_ms))
    if outside.any():
        first = f"row {int(np.argmax(outside)) + 1}: open_time is not in {month}"
        sieve.odd = sieve.odd.with_(OddRows(int(outside.sum()), first))
    sieve.refuse_if_none(where)
    if told := sieve.odd.line():
        say(f"{where}: {told}")
    kept &= ~outside
    return CandleColumns(symbol, times[kept].astype(np.int64), *(column[kept] for column in prices))


def _numbers(where: str, text: bytes) -> Floats:
    """The first six columns, times in milliseconds."""
    header = int(not text[:1].isdigit())
    if not text.strip():
        raise BadInput(f"{where}: no candles in it")
    try:
        table = np.loadtxt(io.BytesIO(text), delimiter=",", skiprows=header, usecols=range(6), ndmin=2, comments=None)
    except ValueError as error:
        raise BadInput(f"{where}: {' '.join(str(error).split())[:160]}") from None
    columns = np.ascontiguousarray(table.T)
    columns[0], _ = in_milliseconds(columns[0])
    return columns


def _bounds(month: str) -> tuple[int, int]:
    """First and last moment of a month, in ms."""
    first = np.datetime64(month, "M")
    start, end = np.array([first, first + np.timedelta64(1, "M")]).astype("datetime64[ms]").astype(np.int64).tolist()
    return start, end - 1
