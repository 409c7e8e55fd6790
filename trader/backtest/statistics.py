"""What equity curves say of themselves: for a sweep in one pass that numba compiles, for one curve minute by minute."""

from __future__ import annotations

import numpy as np

from chalicelib.kernel.risk import DAY_MS
from trader.data.arrays import Floats, Integers

MINUTES_A_DAY = 1440


def curve_of(cash: float, times: Integers, equity: Floats) -> tuple[float, Floats]:
    """The largest drawdown (a fraction, 0.0 or more) and the last mark of every UTC day that has one.

    A drawdown is worked out once per peak, at the lowest mark after it: divisions are slow.
    """
    days = np.empty(len(times))
    count = 0
    peak = lowest = cash
    deepest = 0.0
    start = 0
    while start < len(times):
        day_end_ms = (times[start] // DAY_MS + 1) * DAY_MS
        end = start + np.searchsorted(times[start : start + MINUTES_A_DAY], day_end_ms)
        for mark in equity[start:end]:
            if mark > peak or mark < lowest:
                if mark > peak:
                    deepest = max(deepest, (peak - lowest) / peak)
                    peak = mark
                lowest = mark
        days[count] = equity[end - 1]
        count += 1
        start = end
    return max(deepest, (peak - lowest) / peak), days[:count].copy()


def falls(cash: float, equity: Floats) -> Floats:
    """How far every mark lies below the highest before it, the starting cash included, as a fraction of that; (T,)."""
    peaks = np.maximum.accumulate(np.maximum(equity, cash))
    return np.asarray((peaks - equity) / peaks)
