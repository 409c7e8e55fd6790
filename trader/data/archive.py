"""The local archive: one-minute candles in bulk for backtests, by market, in one SQLite file."""

from __future__ import annotations

import logging
from collections.abc import Callable, Sequence
from pathlib import Path
from types import TracebackType
from typing import NamedTuple

import numpy as np

from chalicelib.domain import DAY_MS, MINUTE_MS, Candle
from chalicelib.errors import BadInput
from trader.data.archive_file import ArchiveFile
from trader.data.arrays import Integers
from trader.data.candle_faults import sound_rows
from trader.data.candles import CandleColumns

log = logging.getLogger(__name__)


class Written(NamedTuple):
    """The outcome of writing a page to the archive."""

    new: int
    otherwise: int = 0
    """Candles that were stored with other numbers."""


class Archive:
    """The candles of one market, by symbol: those of another exchange or network never stand in for them.

    Raises BadInput for a file that is no archive, Unavailable while another process keeps it locked.
    """

    def __init__(self, path: Path, market: str, say: Callable[[str], None] = log.warning) -> None:
        """`market` as `wiring.market_of` names it; `say` hears in one line what an older file loses."""
        self.market = market
        self._file = ArchiveFile(path, say)

    def __enter__(self) -> Archive:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def close(self) -> None:
        """Let go of the file."""
        self._file.database.close()

    def write(self, columns: CandleColumns) -> Written:
        """Store the candles not stored yet, all or none. A stored candle is not changed.

        Rows that are no candles of a minute are never stored; whoever brings them tells of them.
        """
        return self._write(columns, lambda stored, given: [stored, given])

    def replace(self, columns: CandleColumns) -> Written:
        """As `write`, but in place of what is stored of the same minutes."""
        return self._write(columns, lambda stored, given: [given, stored])

    def load(self, symbol: str, from_ms: int, to_ms: int) -> CandleColumns:
        """The candles with from_ms <= open_ms <= to_ms, oldest first. Raises BadInput where there are none."""
        table = self._file.read(self.market, symbol, from_ms, to_ms)
        if table.shape[1] == 0:
            where = f"{self._file.path}: no candles of {symbol} on {self.market} in that time"
            raise BadInput(f"{where}; trader history downloads them")
        times, *values = table
        return CandleColumns(symbol, times, *(column.view(np.float64) for column in values))

    def gaps(self, symbol: str, from_ms: int, to_ms: int) -> list[tuple[int, int]]:
        """(first, last) open_ms of every run of minutes from from_ms to to_ms (both inclusive) without a candle."""
        first_ms = -(-from_ms // MINUTE_MS) * MINUTE_MS
        last_ms = to_ms // MINUTE_MS * MINUTE_MS
        times = self._file.read(self.market, symbol, from_ms, to_ms)[0]
        fence = np.concatenate(([first_ms - MINUTE_MS], times, [last_ms + MINUTE_MS])).astype(np.int64)
        before = np.flatnonzero(np.diff(fence) > MINUTE_MS)
        return [(int(fence[at]) + MINUTE_MS, int(fence[at + 1]) - MINUTE_MS) for at in before]

    def _write(self, columns: CandleColumns, in_turn: Callable[[Integers, Integers], list[Integers]]) -> Written:
        _, times, *prices = columns
        table = _table(columns)[:, sound_rows(times, prices)]
        days = table[0] // DAY_MS
        new = otherwise = 0
        with self._file.explained(), self._file.transaction():
            for day in np.unique(days).tolist():
                given = table[:, days == day]
                stored = self._file.read(self.market, columns.symbol, day * DAY_MS, (day + 1) * DAY_MS - 1)
                both = np.concatenate(in_turn(stored, given), axis=1)
                _, kept = np.unique(both[0], return_index=True)  # of equal times the first
                again = np.intersect1d(stored[0], given[0], return_indices=True)
                differ = int((stored[:, again[1]] != given[:, again[2]]).any(axis=0).sum())
                new, otherwise = new + len(kept) - stored.shape[1], otherwise + differ
                if differ or len(kept) > stored.shape[1]:
                    self._file.put(self.market, columns.symbol, day, both[:, kept])
        return Written(new, otherwise)


def columns_of(symbol: str, candles: Sequence[Candle]) -> CandleColumns:
    """The candles as columns."""
    return CandleColumns(
        symbol,
        np.array([candle.open_ms for candle in candles], dtype=np.int64),
        np.array([candle.open for candle in candles], dtype=np.float64),
        np.array([candle.high for candle in candles], dtype=np.float64),
        np.array([candle.low for candle in candles], dtype=np.float64),
        np.array([candle.close for candle in candles], dtype=np.float64),
        np.array([candle.volume for candle in candles], dtype=np.float64),
    )


def _table(columns: CandleColumns) -> Integers:
    """The six columns as rows of one little-endian integer table; floats keep their bits."""
    _, times, *values = columns
    return np.stack([times.astype("<i8")] + [column.astype("<f8").view("<i8") for column in values])
