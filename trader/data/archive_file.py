"""The file that the archive is kept in: how it is opened, what a day's row holds, and how older files are read on.

One row per market, symbol and UTC day holds that day's candles as the bytes of six columns, with their checksum. A year
of minutes (525,600) then loads in about 15 ms, against 440 to 970 ms from a row per candle; a blob per month loads no
faster, and adding a page to it costs 7 ms instead of 0.1.
"""

from __future__ import annotations

import sqlite3
import zlib
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from types import TracebackType

import numpy as np

from chalicelib import wiring
from chalicelib.candle_rule import OddRows
from chalicelib.domain import DAY_MS
from chalicelib.errors import BadInput, Unavailable
from trader.data.arrays import Integers
from trader.data.candle_faults import Sieve

COLUMNS = 6
UNKNOWN = "unknown"
"""The market of candles from before markets were told apart, when all that was downloaded stood together."""
_VERSION = 3
_LOCK_WAIT_S = 30.0
_SCHEMA = """
CREATE TABLE IF NOT EXISTS market_days (
  market TEXT NOT NULL,
  symbol TEXT NOT NULL,
  day INTEGER NOT NULL,
  candles BLOB NOT NULL,
  checksum INTEGER,
  PRIMARY KEY (market, symbol, day)
)
"""
_PUT = "INSERT OR REPLACE INTO market_days (market, symbol, day, candles, checksum) VALUES (?, ?, ?, ?, ?)"


class ArchiveFile:
    """Days of candles. Several processes may read and write the file at once.

    Raises BadInput for a file that is no archive, Unavailable while another process keeps it locked.
    """

    def __enter__(self) -> ArchiveFile:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.database.close()

    def __init__(self, path: Path, say: Callable[[str], None]) -> None:
        """Opens the file, made with its folder if there is none; `say` hears once what an older one loses."""
        self.path = path
        with self.explained():
            path.parent.mkdir(parents=True, exist_ok=True)
            self.database = sqlite3.connect(path, timeout=_LOCK_WAIT_S, isolation_level=None)
            try:
                self._prepare(say)
            except BaseException:
                self.database.close()
                raise

    def put(self, market: str, symbol: str, day: int, table: Integers) -> None:
        """Store a day's table in place of what was there; a day without candles is removed."""
        if table.shape[1]:
            blob = np.ascontiguousarray(table).tobytes()
            self.database.execute(_PUT, (market, symbol, day, blob, zlib.crc32(blob)))
        else:
            where = "market = ? AND symbol = ? AND day = ?"
            self.database.execute(f"DELETE FROM market_days WHERE {where}", (market, symbol, day))  # noqa: S608 (ours)

    def read(self, market: str, symbol: str, from_ms: int, to_ms: int) -> Integers:
        """The table of six rows (times, and five of floats seen as integers) between these times, inclusive."""
        with self.explained():
            found = self.database.execute(
                "SELECT day, candles, checksum FROM market_days "
                "WHERE market = ? AND symbol = ? AND day BETWEEN ? AND ? ORDER BY day",
                (market, symbol, from_ms // DAY_MS, to_ms // DAY_MS),
            ).fetchall()
        if not found:
            return np.empty((COLUMNS, 0), dtype=np.int64)
        table = np.concatenate([self._decoded(market, symbol, *row) for row in found], axis=1)
        first, last = np.searchsorted(table[0], [from_ms, to_ms + 1])
        return table[:, first:last]

    @contextmanager
    def transaction(self) -> Iterator[None]:
        """All that is written within, or nothing."""
        self.database.execute("BEGIN IMMEDIATE")
        try:
            yield
        except BaseException:
            self.database.execute("ROLLBACK")
            raise
        self.database.execute("COMMIT")

    @contextmanager
    def explained(self) -> Iterator[None]:
        """SQLite's errors as ours."""
        try:
            yield
        except sqlite3.OperationalError as error:
            raise Unavailable(f"{self.path}: {error}") from error
        except sqlite3.DatabaseError as error:
            raise BadInput(f"{self.path}: not a candle archive ({error})") from error
        except OSError as error:
            raise BadInput(f"{self.path}: {error.strerror or error}") from error

    def _prepare(self, say: Callable[[str], None]) -> None:
        version = self.database.execute("PRAGMA user_version").fetchone()[0]
        if version > _VERSION:
            raise BadInput(f"{self.path}: written by a later version of this program (format {version})")
        # In turn: of processes that switch a new file to WAL at once, some find it locked without any wait.
        with wiring.turn(f"{self.path}-queue", _LOCK_WAIT_S):
            self.database.execute("PRAGMA journal_mode = WAL")
        self.database.execute("PRAGMA synchronous = NORMAL")  # a power cut may cost the last page, never the file
        if version < _VERSION:
            with self.transaction():
                self.database.execute(_SCHEMA)
                self._take_over(say)
                self.database.execute(f"PRAGMA user_version = {_VERSION}")

    def _take_over(self, say: Callable[[str], None]) -> None:
        """The days of an older file, which knew no markets and took candles that are none."""
        named = [column[1] for column in self.database.execute("PRAGMA table_info(candle_days)")]
        if not named:  # a new file, or another process has just done it
            return
        checksum = "checksum" if "checksum" in named else "NULL"
        rows = self.database.execute(f"SELECT symbol, day, candles, {checksum} FROM candle_days")  # noqa: S608 (ours)
        odd: dict[str, OddRows] = {}
        for symbol, day, blob, given in rows.fetchall():
            if _is_damaged(day, blob, given):  # it is named when it is read
                self.database.execute(_PUT, (UNKNOWN, symbol, day, blob, -1))
                continue
            table = _table(blob)
            sieve = Sieve()
            times, *values = table
            sound = sieve.sound(times.astype(np.float64), [column.view(np.float64) for column in values])
            self.put(UNKNOWN, symbol, day, table[:, sound])
            odd[symbol] = odd.get(symbol, OddRows()).with_(sieve.odd)
        self.database.execute("DROP TABLE candle_days")
        for symbol, left_out in odd.items():
            if told := left_out.line():
                say(f"{self.path}: {symbol}: {told}; they were removed")

    def _decoded(self, market: str, symbol: str, day: int, blob: bytes, checksum: int | None) -> Integers:
        if _is_damaged(day, blob, checksum):
            date = datetime.fromtimestamp(day * DAY_MS / 1000, UTC).date()
            command = f"trader history {symbol} --drop --host {market.split()[0]} --from {date} --to {date}"
            raise BadInput(
                f"{self.path}: {symbol} of {date} is damaged; {command} removes that day, to be downloaded again"
            )
        return _table(blob)


def _is_damaged(day: int, blob: bytes, checksum: int | None) -> bool:
    whole = isinstance(blob, bytes) and bool(blob) and not len(blob) % (8 * COLUMNS)
    if not whole or checksum not in (None, zlib.crc32(blob)):
        return True
    return {*(_table(blob)[0, [0, -1]] // DAY_MS).tolist()} != {day}


def _table(blob: bytes) -> Integers:
    return np.frombuffer(blob, dtype="<i8").reshape(COLUMNS, -1)
