"""A file of signals, read: each row says what holds at the close of one bar."""

from __future__ import annotations

from pathlib import Path
from typing import NamedTuple

from trader.data.csv_rows import EVERY, SYMBOL, Ascending, read_rows, symbol_in, time_ms

COLUMNS = ("time", "signal")
WORDS = ("enter", "exit")


class Signal(NamedTuple):
    """One row. `time_ms` is the open_ms of the bar at whose close it holds."""

    time_ms: int
    word: str
    symbol: str


def read_signals(path: Path) -> list[Signal]:
    """Every row, sorted by time. Raises BadInput naming the row of the first mistake."""
    reader = _Reader()
    return read_rows(path, COLUMNS, reader.signal, optional=(SYMBOL,))


class _Reader:
    """Makes rows signals, one after the other."""

    def __init__(self) -> None:
        self._ascending = Ascending()
        self._time_ms = -1
        self._given: set[Signal] = set()
        """The rows of this time."""

    def signal(self, row: dict[str, str]) -> Signal:
        """Raises ValueError saying what is wrong."""
        at_ms = self._ascending.check(time_ms(row["time"]))
        made = Signal(at_ms, row["signal"].strip(), symbol_in(row))
        if made.word not in WORDS:
            raise ValueError(f"signal {made.word[:40]!r} must be {' or '.join(WORDS)}")
        if at_ms == self._time_ms:
            self._refuse_repeated(made)
        else:
            self._time_ms = at_ms
            self._given.clear()
        self._given.add(made)
        return made

    def _refuse_repeated(self, made: Signal) -> None:
        what = f"{made.word} for the bar at {made.time_ms} is given"
        if made in self._given:
            raise ValueError(f"{what} twice")
        if any(made.word == other.word and EVERY in (made.symbol, other.symbol) for other in self._given):
            raise ValueError(f"{what} for all symbols and for one of them")
