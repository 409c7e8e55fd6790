"""A range in calendar months, the size in which exchanges publish history and in which it is kept."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import UTC, datetime
from typing import NamedTuple
from urllib.parse import urlsplit

from chalicelib.domain import MINUTE_MS

HISTORY = "history"


class Piece(NamedTuple):
    """The part of one month of one symbol that a run is over."""

    symbol: str
    month: str
    """As 2025-05."""
    first_ms: int
    last_ms: int
    """open_ms of the last minute, inclusive."""


def pieces_of(symbols: Sequence[str], from_ms: int, to_ms: int) -> list[Piece]:
    """Symbol by symbol, oldest first; bounds inclusive.

    >>> [piece.month for piece in pieces_of(["BTCUSDT"], 1_735_689_540_000, 1_735_689_600_000)]
    ['2024-12', '2025-01']
    """
    months = list(_months(from_ms, to_ms))
    return [Piece(symbol, *month) for symbol in symbols for month in months]


def _months(from_ms: int, to_ms: int) -> Iterator[tuple[str, int, int]]:
    first_ms = -(-from_ms // MINUTE_MS) * MINUTE_MS
    last_ms = to_ms // MINUTE_MS * MINUTE_MS
    while first_ms <= last_ms:
        start = datetime.fromtimestamp(first_ms / 1000, UTC)
        following = datetime(start.year + start.month // 12, start.month % 12 + 1, 1, tzinfo=UTC)
        next_ms = round(following.timestamp()) * 1000
        yield f"{start:%Y-%m}", first_ms, min(last_ms, next_ms - MINUTE_MS)
        first_ms = next_ms


def archived_key(url: str, piece: Piece) -> str:
    """Where the whole month is kept that was published under this address.

    >>> archived_key("https://data.binance.vision", Piece("BTCUSDT", "2025-05", 0, 0))
    'history/data.binance.vision/BTCUSDT/1m/2025-05.npy'
    """
    return f"{HISTORY}/{_host(url)}/{piece.symbol}/1m/{piece.month}.npy"


def asked_key(url: str, piece: Piece) -> str:
    """Where exactly these minutes are kept, as the exchange at this address told them.

    >>> asked_key("http://127.0.0.1:9000", Piece("BTCUSDT", "2025-05", 0, 60_000))
    'history/127.0.0.1_9000/BTCUSDT/1m/2025-05_0_60000.npy'
    """
    return f"{HISTORY}/{_host(url)}/{piece.symbol}/1m/{piece.month}_{piece.first_ms}_{piece.last_ms}.npy"


def _host(url: str) -> str:
    """Two markets never share a key: a test network has candles of the same names."""
    return urlsplit(url).netloc.replace(":", "_")
