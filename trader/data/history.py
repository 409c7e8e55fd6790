"""One-minute candles from an exchange into the archive: those that it lacks, or a range anew."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import asdict, dataclass

from chalicelib.domain import MINUTE_MS, Candle
from chalicelib.errors import Unavailable
from chalicelib.ports import MarketDataSource
from trader.data.archive import Archive, columns_of

PAGE = 1000


@dataclass(frozen=True, slots=True)
class HistoryReport:
    """What the archive holds of the range after a download."""

    market: str
    symbol: str
    new: int
    """Candles that this download added."""
    changed: int
    """Stored candles that it replaced by other numbers."""
    candles: int
    gaps: int
    """Runs of minutes that the exchange has no candle for."""
    missing_minutes: int
    otherwise: int = 0
    """Candles at the edges of what was stored that the exchange tells with other numbers now; they stay as stored."""
    untold: int = 0
    """Stored candles that the exchange does not tell any more; they stay."""

    def as_dict(self) -> dict[str, str | int | float | None]:
        """The figures that are printed."""
        return {name: value for name, value in asdict(self).items() if name not in ("otherwise", "untold")}

    def notes(self) -> list[str]:
        """Lines of what else a user is told."""
        told = []
        if self.otherwise:
            told.append(
                f"{self.symbol}: {self.market} tells {self.otherwise} of the stored candles beside a gap with other "
                "numbers now: --refresh asks for all of them anew, --drop deletes them"
            )
        if self.untold:
            told.append(
                f"{self.symbol}: {self.untold} stored candles are not told by {self.market} any more; they stay"
            )
        return told


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

    `advance` hears of minutes done, stored ones included. With a gap the stored candle before it is asked for as well,
    which shows a market that is another one now. Raises Unavailable, BadInput of market and archive; what was stored
    until then stays.
    """
    wanted = [(_with_neighbour(archive, symbol, first), last) for first, last in archive.gaps(symbol, from_ms, to_ms)]
    advance(minutes_of(from_ms, to_ms) - sum(minutes_of(first, last) for first, last in wanted))
    new = otherwise = 0
    for first_ms, last_ms in wanted:
        for page in _pages(market, symbol, first_ms, last_ms, advance, ", and the same command goes on from there"):
            written = archive.write(columns_of(symbol, page))
            new, otherwise = new + written.new, otherwise + written.otherwise
    return _report(archive, symbol, from_ms, to_ms, new=new, changed=0, otherwise=otherwise)


def refresh(
    market: MarketDataSource, archive: Archive, symbol: str, from_ms: int, to_ms: int, advance: Callable[[int], None]
) -> HistoryReport:
    """Ask for the whole range anew, and put what is told in place of what is stored, page by page.

    What is stored and not told any more stays. Raises as `download`.
    """
    new = changed = told = 0
    for page in _pages(market, symbol, from_ms, to_ms, advance):
        written = archive.replace(columns_of(symbol, page))
        new, changed, told = new + written.new, changed + written.otherwise, told + len(page)
    stored = minutes_of(from_ms, to_ms) - sum(minutes_of(*gap) for gap in archive.gaps(symbol, from_ms, to_ms))
    return _report(archive, symbol, from_ms, to_ms, new=new, changed=changed, untold=stored - told)


def _with_neighbour(archive: Archive, symbol: str, first_ms: int) -> int:
    """The moment to ask from for a gap: a minute earlier where that one is stored."""
    before_ms = first_ms - MINUTE_MS
    return first_ms if before_ms < 0 or archive.gaps(symbol, before_ms, before_ms) else before_ms


def _report(archive: Archive, symbol: str, from_ms: int, to_ms: int, **counts: int) -> HistoryReport:
    left = archive.gaps(symbol, from_ms, to_ms)
    missing = sum(minutes_of(first, last) for first, last in left)
    return HistoryReport(
        archive.market,
        symbol,
        candles=minutes_of(from_ms, to_ms) - missing,
        gaps=len(left),
        missing_minutes=missing,
        **counts,
    )


def _pages(
    market: MarketDataSource, symbol: str, first_ms: int, last_ms: int, advance: Callable[[int], None], then: str = ""
) -> Iterator[list[Candle]]:
    next_ms = first_ms
    while next_ms <= last_ms:
        try:
            page = market.candles(symbol, "1m", start_ms=next_ms, end_ms=last_ms, limit=PAGE)
        except Unavailable as error:
            message = f"{error}; what came before is stored{then}"
            raise Unavailable(message, error.retry_after_s) from error
        if not page:
            break
        yield page
        done_ms = page[-1].open_ms
        advance(minutes_of(next_ms, done_ms))
        next_ms = done_ms + MINUTE_MS
    advance(minutes_of(next_ms, last_ms))
