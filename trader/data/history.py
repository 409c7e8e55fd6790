"""One-minute candles from an exchange into the archive, only those that it lacks."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import asdict, dataclass

from chalicelib.domain import MINUTE_MS
from chalicelib.errors import Unavailable
from chalicelib.ports import MarketDataSource
from trader.data.archive import Archive, columns_of

PAGE = 1000


@dataclass(frozen=True, slots=True)
class HistoryReport:
    """What the archive holds of the range after a download."""

    symbol: str
    new: int
    """Candles that this download added."""
    candles: int
    gaps: int
    """Runs of minutes that the exchange has no candle for."""
    missing_minutes: int

    def as_dict(self) -> dict[str, str | int | float | None]:
        return asdict(self)


def minutes_of(from_ms: int, to_ms: int) -> int:
    """How many minutes open in the range, bounds included.

    >>> minutes_of(0, 120_000)
    3
    """
    first, last = -(-from_ms // MINUTE_MS), to_ms // MINUTE_MS
    return max(last - first + 1, 0)


def download(
    market: MarketDataSource, archive: Archive, symbol: str, from_ms: int, to_ms: int, advance: Callable[[int], None]
) -> HistoryReport:
    """Fill every gap of the range page by page, each page stored for good before the next is asked for.

    `advance` hears of minutes done, stored ones included. Raises Unavailable, BadInput of market and archive; what was
    stored until then stays.
    """
    open_gaps = archive.gaps(symbol, from_ms, to_ms)
    advance(minutes_of(from_ms, to_ms) - sum(minutes_of(first, last) for first, last in open_gaps))
    new = sum(_fill(market, archive, symbol, first, last, advance) for first, last in open_gaps)
    left = archive.gaps(symbol, from_ms, to_ms)
    missing = sum(minutes_of(first, last) for first, last in left)
    return HistoryReport(symbol, new, minutes_of(from_ms, to_ms) - missing, len(left), missing)


def _fill(
    market: MarketDataSource, archive: Archive, symbol: str, first_ms: int, last_ms: int, advance: Callable[[int], None]
) -> int:
    new = 0
    next_ms = first_ms
    while next_ms <= last_ms:
        try:
            page = market.candles(symbol, "1m", start_ms=next_ms, end_ms=last_ms, limit=PAGE)
        except Unavailable as error:
            message = f"{error}; what came before is stored, and the same command goes on from there"
            raise Unavailable(message, error.retry_after_s) from error
        if not page:
            break
        new += archive.write(columns_of(symbol, page))
        done_ms = page[-1].open_ms
        advance(minutes_of(next_ms, done_ms))
        next_ms = done_ms + MINUTE_MS
    advance(minutes_of(next_ms, last_ms))
    return new
