"""The distance between candles: a file of another one than is asked for is refused by name."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from chalicelib.candle_rule import LATEST_MS
from chalicelib.config.intervals import INTERVALS_MS, interval_of
from chalicelib.domain import DAY_MS, HOUR_MS, MINUTE_MS
from chalicelib.moments import minute_text
from trader.data.arrays import Floats
from trader.data.tables.unclear import Unclear

UNITS = ((7 * DAY_MS, "a week", "weeks"), (DAY_MS, "a day", "days"), (HOUR_MS, "an hour", "hours"))
SMALL_UNITS = ((MINUTE_MS, "a minute", "minutes"), (1000, "a second", "seconds"), (1, "a millisecond", "milliseconds"))


LONGEST_RUN = 60
"""Steps of one other kind in a row that may be gaps between minutes."""
MOST_STEPS_AGAINST = 0.1
"""Of the steps between rows that are in an order; odd rows step back as well."""


class Step(NamedTuple):
    """How far apart candles have to be, and what the user of a command sets for others."""

    ms: int = MINUTE_MS
    setting: str = ""
    """With an interval behind it; empty where only minutes are traded."""

    @property
    def name(self) -> str:
        """Of the interval."""
        return str(interval_of(self.ms))

    def refused(self, found: str) -> Unclear:
        """The refusal of candles of another spacing."""
        if not self.setting:
            return Unclear(f"its candles are {found}, and only {self.name} is traded")
        return Unclear(f"its candles are {found}, and {self.setting.split()[-1].rstrip('=')} is {self.name}")

    def refused_all(self, found_ms: float) -> Unclear:
        """As `refused`, where nearly all candles are so far apart, with what to do."""
        found, words = interval_of(found_ms), str(self.refused(f"{step_words(found_ms)} apart"))
        if not self.setting:
            elsewhere = f" here; trader paper backtest --set agent.interval={found} reads them" if found else ""
            return Unclear(f"{words}{elsewhere}")
        if found is None:
            return Unclear(f"{words}; candles of {', '.join(INTERVALS_MS)} can be read")
        if found_ms < self.ms and self.ms % found_ms == 0:
            bars = f", and strategy.interval={self.name} decides on bars of {self.name} made of them"
            return Unclear(f"{words}: give {self.setting}{found}{bars}")
        return Unclear(f"{words}: give {self.setting}{found}")


def is_newest_first(times: Floats) -> bool:
    """Whether the rows go back in time. Raises Unclear where they go back and forth."""
    with np.errstate(invalid="ignore"):
        steps = np.diff(times)
        forward, back = int((steps > 0).sum()), int((steps < 0).sum())
    if min(forward, back) > MOST_STEPS_AGAINST * (forward + back) and min(forward, back) > 2:
        raise Unclear(f"its rows are in no order of time ({back} of {len(times)} go back): sort them")
    return back > forward


def refuse_closes(times: Floats) -> None:
    """Raises Unclear for times of the last second of a minute: those at which candles close."""
    with np.errstate(invalid="ignore"):
        last_second = int((times % MINUTE_MS >= MINUTE_MS - 1000).sum())
    if last_second * 2 > len(times):
        raise Unclear("its times are those at which candles close (…:59); give those at which they open")


class Spacing:
    """Counts the steps between the candles of a file, oldest first."""

    def __init__(self, step: Step) -> None:
        self._step = step
        self._first_off: float | None = None
        self._off = 0
        self._counts: dict[float, int] = {}
        self._rows = 0
        self._run = ""

    def add(self, times: Floats) -> None:
        """Further candles, by open_time in ms; what is no time does not count."""
        step_ms = self._step.ms
        with np.errstate(invalid="ignore"):
            steps = np.diff(times)
        self._run = self._run or _run_words(steps, self._rows, step_ms)
        self._rows += len(times)
        usual = int(np.count_nonzero(steps == step_ms))
        self._counts[step_ms] = self._counts.get(step_ms, 0) + usual
        self._note_off_grid(times)
        if usual * 2 <= len(steps):
            found, counts = np.unique(steps[(steps != step_ms) & (steps > 0) & np.isfinite(steps)], return_counts=True)
            for step, count in zip(found.tolist(), counts.tolist(), strict=True):
                self._counts[step] = self._counts.get(step, 0) + count

    def refuse_others(self) -> None:
        """Raises Unclear where the commonest step is another, or one of others stands many times in a row.

        Also where most longer candles are on no grid that begins at midnight UTC.
        """
        step_ms = self._step.ms
        common = max(self._counts, key=lambda step: (self._counts[step], step == step_ms), default=step_ms)
        if common != step_ms and self._counts[common]:
            raise self._step.refused_all(common)
        if self._run:
            raise self._step.refused(self._run)
        if self._first_off is not None and self._off * 2 > self._rows:
            every = f"every {self._step.name} from midnight on, UTC"
            grid = "at midnight, UTC, as dates alone do" if step_ms == DAY_MS else every
            moment = minute_text(int(self._first_off))
            raise Unclear(f"its candles open at times such as {moment} UTC; those of {self._step.name} open {grid}")

    def _note_off_grid(self, times: Floats) -> None:
        """Minutes off theirs are told row by row, longer candles all at once: they are of another zone or session."""
        if self._step.ms == MINUTE_MS:
            return
        off = np.isfinite(times) & (np.abs(times) < LATEST_MS)
        off[off] = times[off] % self._step.ms != 0
        if self._first_off is None and off.any():
            self._first_off = float(times[off][0])
        self._off += int(off.sum())


def _run_words(steps: Floats, rows_before: int, step_ms: int) -> str:
    """Where steps of another kind than this one, one like the other, are too many in a row to be gaps."""
    starts = np.flatnonzero(np.diff(steps, prepend=np.nan) != 0)
    lengths = np.diff(starts, append=len(steps))
    runs = np.flatnonzero((lengths >= LONGEST_RUN) & (steps[starts] > 0) & (steps[starts] != step_ms))
    if not len(runs):
        return ""
    first = int(starts[runs[0]])
    row = rows_before + first + 1
    return f"{step_words(float(steps[first]))} apart in rows {row} to {row + int(lengths[runs[0]])}"


def step_words(step_ms: float) -> str:
    """A step between candles in words.

    >>> step_words(3_600_000), step_words(300_000), step_words(1000)
    ('an hour', '5 minutes', 'a second')
    """
    for unit_ms, one, many in (*UNITS, *SMALL_UNITS):
        if step_ms % unit_ms == 0:
            return one if step_ms == unit_ms else f"{step_ms / unit_ms:.0f} {many}"
    return f"{step_ms:g} milliseconds"
