"""Rows of a table that are candles of a length, by the rule that exchanges' answers are read with."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Sequence

import numpy as np

from chalicelib.candle_rule import (
    ANOTHER_OF_ITS_MINUTE,
    LATEST_MS,
    LEAST_PRICE,
    MOST_PRICE,
    MOST_VOLUME,
    OUT_OF_ORDER,
    CandleRow,
    OddRows,
    fault_of,
)
from chalicelib.config.intervals import interval_of
from chalicelib.domain import MINUTE_MS
from chalicelib.errors import BadInput
from trader.data.arrays import Flags, Floats, Integers

MOST_ODD_SHARE = 0.5
"""A table with more rows than this that are no candles is no table of candles. After an outage an exchange may open
candles off the full minute for a day and more: a month has had one row in forty that were none."""


class Sieve:
    """Lets the candles of a table pass, piece by piece, and counts the other rows. Rows are named from 1.

    Of rows with the same time the first passes; rows that say the same again are no fault. Where times go back, the
    fewest rows are left out that leave times ascending.
    """

    def __init__(self, step_ms: int = MINUTE_MS) -> None:
        """`step_ms` is the length of the candles."""
        self._step_ms = step_ms
        self.rows = 0
        self.odd = OddRows()
        self.late = 0
        """Of these, candles that came after a later one."""
        self._last = np.full(6, -np.inf)

    def sound(self, times: Floats, prices: Sequence[Floats]) -> Flags:
        """Flags of the rows that pass, all of them candles and their times ascending, over all pieces.

        `times` are open_times in milliseconds, `prices` open, high, low, close and volume.
        """
        kept = _sound(self._step_ms, times, *prices)
        if len(kept) and not (kept.all() and times[0] > self._last[0] and (np.diff(times) > 0).all()):
            kept = self._sifted(np.stack([times, *prices]), kept)
        if kept.any():
            last = int(np.flatnonzero(kept)[-1])
            self._last = np.array([times[last], *(column[last] for column in prices)])
        self.rows += len(kept)
        return kept

    @property
    def line(self) -> str:
        """The line that a user is told of rows that did not pass, empty where there is nothing to tell."""
        return self.odd.line(self._of)

    @property
    def _of(self) -> str:
        return "a minute" if self._step_ms == MINUTE_MS else str(interval_of(self._step_ms))

    def refuse_if_none(self, where: str) -> None:
        """Raises BadInput, naming the earliest, where more than `MOST_ODD_SHARE` of the rows are no candles."""
        if self.odd.number > MOST_ODD_SHARE * self.rows:
            count = f" ({self.odd.number} of {self.rows} rows are no candles of {self._of})" if self.rows > 1 else ""
            raise BadInput(f"{where}: {self.odd.first}{count}")

    def _sifted(self, table: Floats, alone: Flags) -> Flags:
        places = np.flatnonzero(alone & (table[0] > self._last[0]))
        _, first = np.unique(table[0, places], return_index=True)
        candidates = places[np.sort(first)]
        kept = np.zeros(len(alone), dtype=np.bool_)
        in_order = (np.diff(table[0, candidates]) > 0).all()
        kept[candidates if in_order else candidates[_ascending(table[0, candidates].tolist())]] = True
        again, repeated = self._same_time(table, kept, alone)
        odd = np.flatnonzero(~kept & ~repeated)
        self.late += int((alone & ~kept & ~again).sum())
        if len(odd):
            row = int(odd[0])
            order = ANOTHER_OF_ITS_MINUTE if again[row] else OUT_OF_ORDER
            complaint = fault_of(CandleRow(*table[:, row].tolist()), self._step_ms) or order
            self.odd = self.odd.with_(OddRows(len(odd), f"row {self.rows + row + 1}: {complaint}"))
        self.odd = self.odd.with_(OddRows(repeated=int(repeated.sum())))
        return kept

    def _same_time(self, table: Floats, kept: Flags, alone: Flags) -> tuple[Flags, Flags]:
        """Flags of sound rows that have the time of one that passed, and of those among them that say all the same."""
        passed = np.concatenate([self._last[:, None], table[:, kept]], axis=1)
        at = np.searchsorted(passed[0], table[0], side="right") - 1
        again: Flags = alone & ~kept & (passed[0, at] == table[0])
        return again, again & np.all(passed[:, at] == table, axis=0)


def sound_rows(times: Integers, prices: Sequence[Floats]) -> Flags:
    """Flags of the rows that a table of their own would keep."""
    return Sieve().sound(times.astype(np.float64), prices)


def _sound(
    step_ms: int, times: Floats, open_: Floats, high: Floats, low: Floats, close: Floats, volume: Floats
) -> Flags:
    """The rows without a fault of their own: where `fault_of` finds none. A NaN compares as false."""
    with np.errstate(invalid="ignore"):
        in_time = (times >= 0) & (times <= LATEST_MS) & (times % step_ms == 0)
        in_bounds = (low >= LEAST_PRICE) & (high <= MOST_PRICE) & (volume >= 0) & (volume <= MOST_VOLUME)
        in_range = (low <= open_) & (open_ <= high) & (low <= close) & (close <= high)
        sound: Flags = in_time & in_bounds & in_range
    return sound


def _ascending(times: Sequence[float]) -> list[int]:
    """Places of a longest run of times that ascend, all of them different."""
    ends: list[float] = []
    places: list[int] = []
    before: list[int] = []
    for place, time in enumerate(times):
        length = bisect_left(ends, time)
        before.append(places[length - 1] if length else -1)
        ends[length : length + 1] = [time]
        places[length : length + 1] = [place]
    run = []
    place = places[-1] if places else -1
    while place >= 0:
        run.append(place)
        place = before[place]
    return run[::-1]
