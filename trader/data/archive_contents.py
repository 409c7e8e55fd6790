"""Contents of the archive by market and symbol: to be listed, chosen from and deleted."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import NamedTuple

import numpy as np

from chalicelib import wiring
from chalicelib.domain import DAY_MS, MINUTE_MS
from chalicelib.errors import BadInput
from trader.data.archive import Archive
from trader.data.archive_file import UNKNOWN, ArchiveFile
from trader.data.candles import CandleColumns

BEGINNING_MS, END_MS = 0, 2**62


class StoredCandles(NamedTuple):
    """The candles of one symbol on one market."""

    host: str
    symbol: str
    first_ms: int
    last_ms: int
    """open_ms, both inclusive."""
    candles: int
    gaps: int
    """Runs of minutes without a candle between first and last."""
    missing_minutes: int
    size_bytes: int


def contents(file: ArchiveFile, host: str | None = None, symbol: str | None = None) -> list[StoredCandles]:
    """All that is stored, of this host or symbol alone where one is given. Raises BadInput for a damaged day."""
    return [
        _stored(file, *row)
        for row in _sizes(file)
        if host in (None, row[0], _host_of(row[0])) and symbol in (None, row[1])
    ]


def markets_with(file: ArchiveFile, symbol: str) -> list[str]:
    """The markets that have candles of the symbol."""
    return [market for market, name, _ in _sizes(file) if name == symbol]


def drop(file: ArchiveFile, market: str, symbol: str, from_ms: int, to_ms: int) -> int:
    """Delete the candles between these times, both inclusive; how many. Whole days go though they are damaged."""
    first_day, last_day = -(-from_ms // DAY_MS), (to_ms + MINUTE_MS) // DAY_MS - 1
    whole = (market, symbol, first_day, last_day)
    where = "market = ? AND symbol = ? AND day BETWEEN ? AND ?"
    with file.explained(), file.transaction():
        count = f"SELECT COALESCE(SUM(LENGTH(candles)), 0) FROM market_days WHERE {where}"  # noqa: S608 (ours)
        dropped = int(file.database.execute(count, whole).fetchone()[0]) // 48
        file.database.execute(f"DELETE FROM market_days WHERE {where}", whole)  # noqa: S608 (ours)
        for day in {day for day in (from_ms // DAY_MS, to_ms // DAY_MS) if not first_day <= day <= last_day}:
            stored = file.read(market, symbol, day * DAY_MS, (day + 1) * DAY_MS - 1)
            kept = (stored[0] < from_ms) | (stored[0] > to_ms)
            dropped += int((~kept).sum())
            file.put(market, symbol, day, stored[:, kept])
    return dropped


def market_named(file: ArchiveFile, symbol: str, host: str | None) -> str:
    """The market that a user means by a host, or by none where one market alone has the symbol. Raises BadInput."""
    found = markets_with(file, symbol)
    meant = [market for market in found if host in (None, market, _host_of(market))]
    if len(meant) == 1:
        return meant[0]
    if not found:
        raise BadInput(f"{file.path}: no candles of {symbol}; trader history --list shows what there is")
    named = f"--host {host}: " if host is not None else ""
    raise BadInput(f"{named}candles of {symbol} are those of {', '.join(found)}: name one with --host")


def archived(
    path: Path, base_url: str, symbols: Sequence[str], bounds: tuple[int | None, int | None], say: Callable[[str], None]
) -> tuple[list[CandleColumns], str]:
    """Candles of the exchange at this address between the bounds, both inclusive, and whose they are, in words.

    Candles from before markets were told apart stand in where there are no others, which `say` hears. Raises BadInput
    where neither has any, naming the hosts that do.
    """
    first_ms, last_ms = (BEGINNING_MS if bounds[0] is None else bounds[0], END_MS if bounds[1] is None else bounds[1])
    wanted = wiring.market_of(base_url)
    with ArchiveFile(path, say) as file:
        markets = [_chosen(file, wanted, symbol, say) for symbol in symbols]
    found = []
    for market, symbol in zip(markets, symbols, strict=True):
        with Archive(path, market, say) as archive:
            found.append(archive.load(symbol, first_ms, last_ms))
    return found, f"the archive of {', '.join(dict.fromkeys(markets))}"


def _chosen(file: ArchiveFile, wanted: str, symbol: str, say: Callable[[str], None]) -> str:
    having = markets_with(file, symbol)
    if wanted in having:
        if UNKNOWN in having:
            say(
                f"{symbol}: candles of an older archive, which did not keep whose they are, are left aside; "
                f"trader history {symbol} --drop --host {UNKNOWN} deletes them"
            )
        return wanted
    if UNKNOWN in having:
        say(
            f"{symbol}: candles of an older archive, which did not keep whose they are; "
            f"trader history {symbol} downloads those of {wanted}"
        )
        return UNKNOWN
    if not having:
        raise BadInput(f"{file.path}: no candles of {symbol} in that time; trader history downloads them")
    choices = ", ".join(f"{each} (--set exchange.base_url={wiring.address_of(each)})" for each in having)
    raise BadInput(
        f"{file.path}: no candles of {symbol} on {wanted}; there are those of {choices}, "
        f"or trader history {symbol} downloads them"
    )


def _host_of(market: str) -> str:
    return market.partition(" ")[0]


def _sizes(file: ArchiveFile) -> list[tuple[str, str, int]]:
    with file.explained():
        query = "SELECT market, symbol, SUM(LENGTH(candles)) FROM market_days GROUP BY market, symbol ORDER BY 1, 2"
        return file.database.execute(query).fetchall()


def _stored(file: ArchiveFile, market: str, symbol: str, size_bytes: int) -> StoredCandles:
    times = file.read(market, symbol, BEGINNING_MS, END_MS)[0]
    missing = np.diff(times) // MINUTE_MS - 1
    first_ms, last_ms = int(times[0]), int(times[-1])
    gaps, minutes = int(np.count_nonzero(missing)), int(missing.sum())
    return StoredCandles(market, symbol, first_ms, last_ms, len(times), gaps, minutes, size_bytes)
