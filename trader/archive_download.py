"""Filling the archive from an exchange: only what is missing, page by page, each page safe once it is written."""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple

from chalicelib.domain import MINUTE_MS
from chalicelib.errors import Unavailable
from chalicelib.ports import MarketDataSource
from trader.archive import Archive, columns_of

PAGE = 1000
INTERVAL = "1m"


class Plan(NamedTuple):
    """What to ask for: the runs of minutes that the archive lacks, as (first, last) open_ms."""

    symbol: str
    from_ms: int
    to_ms: int
    missing: list[tuple[int, int]]

    @property
    def minutes(self) -> int:
        """How many minutes are missing."""
        return sum(minutes_in(run) for run in self.missing)


def plan(archive: Archive, market: MarketDataSource, symbol: str, from_ms: int, to_ms: int) -> Plan:
    """What has closed and is not stored of from_ms <= open_ms <= to_ms.

    Raises BadInput where the exchange has no such symbol, Unavailable.
    """
    market.symbol(symbol)
    closed_ms = market.server_time_ms() // MINUTE_MS * MINUTE_MS - MINUTE_MS
    last_ms = min(to_ms, closed_ms)
    missing = archive.gaps(symbol, from_ms, last_ms) if from_ms <= last_ms else []
    return Plan(symbol, from_ms, last_ms, missing)


def download(archive: Archive, market: MarketDataSource, todo: Plan, advance: Callable[[int], object]) -> int:
    """Fetch and store what the plan names; how many candles were new. Calls `advance` with the minutes done since.

    Raises Unavailable; what was stored until then stays, and a new plan leaves it out.
    """
    new = 0
    for first_ms, last_ms in todo.missing:
        start_ms = first_ms
        while start_ms <= last_ms:
            try:
                page = market.candles(todo.symbol, INTERVAL, start_ms=start_ms, end_ms=last_ms, limit=PAGE)
            except Unavailable as error:
                message = f"{error}; {new} candles are stored, the same command goes on from there"
                raise Unavailable(message, error.retry_after_s) from error
            new += archive.write(columns_of(todo.symbol, page))
            next_ms = page[-1].open_ms + MINUTE_MS if len(page) == PAGE else last_ms + MINUTE_MS
            advance((next_ms - start_ms) // MINUTE_MS)
            start_ms = next_ms
    return new


def minutes_in(run: tuple[int, int]) -> int:
    """Minutes from the first to the last open_ms of a run.

    >>> minutes_in((0, 60_000))
    2
    """
    return (run[1] - run[0]) // MINUTE_MS + 1
