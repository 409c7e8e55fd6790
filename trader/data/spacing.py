"""The distance between candles: what is traded are minutes, and a file of anything else is refused by name."""

from __future__ import annotations

import numpy as np

from chalicelib.domain import DAY_MS, HOUR_MS, MINUTE_MS
from trader.data.arrays import Floats
from trader.data.tables.unclear import Unclear

UNITS = ((7 * DAY_MS, "a week", "weeks"), (DAY_MS, "a day", "days"), (HOUR_MS, "an hour", "hours"))
SMALL_UNITS = ((MINUTE_MS, "a minute", "minutes"), (1000, "a second", "seconds"), (1, "a millisecond", "milliseconds"))


LONGEST_RUN = 60
"""Steps of one other kind in a row that may be gaps between minutes."""
MOST_STEPS_AGAINST = 0.1
"""Of the steps between rows that are in an order; odd rows step back as well."""


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

    def __init__(self) -> None:
        self._counts: dict[float, int] = {}
        self._rows = 0
        self._run = ""

    def add(self, times: Floats) -> None:
        """Further candles, by open_time in ms; what is no time does not count."""
        with np.errstate(invalid="ignore"):
            steps = np.diff(times)
        self._run = self._run or _run_words(steps, self._rows)
        self._rows += len(times)
        minutes = int(np.count_nonzero(steps == MINUTE_MS))
        self._counts[MINUTE_MS] = self._counts.get(MINUTE_MS, 0) + minutes
        if minutes * 2 <= len(steps):
            found, counts = np.unique(
                steps[(steps != MINUTE_MS) & (steps > 0) & np.isfinite(steps)], return_counts=True
            )
            for step, count in zip(found.tolist(), counts.tolist(), strict=True):
                self._counts[step] = self._counts.get(step, 0) + count

    def refuse_others(self) -> None:
        """Raises Unclear where the commonest step is not a minute, or another stands many times in a row."""
        common = max(self._counts, key=lambda step: (self._counts[step], step == MINUTE_MS), default=MINUTE_MS)
        if common != MINUTE_MS and self._counts[common]:
            raise Unclear(f"its candles are {step_words(common)} apart, and only 1m is traded")
        if self._run:
            raise Unclear(f"its candles are {self._run}, and only 1m is traded")


def _run_words(steps: Floats, rows_before: int) -> str:
    """Where steps of another kind than a minute, one like the other, are too many in a row to be gaps."""
    starts = np.flatnonzero(np.diff(steps, prepend=np.nan) != 0)
    lengths = np.diff(starts, append=len(steps))
    runs = np.flatnonzero((lengths >= LONGEST_RUN) & (steps[starts] > 0) & (steps[starts] != MINUTE_MS))
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
