"""What a sweep needs of an equity curve, in one pass that numba compiles."""

from __future__ import annotations

import numpy as np

from chalicelib.kernel.risk import DAY_MS
from trader.backtest.arrays import Floats, Integers


def curve_of(cash: float, times: Integers, equity: Floats) -> tuple[float, Floats]:
    """The largest drawdown (a fraction, 0.0 or more) and the last mark of every UTC day that has one."""
    days = np.empty(len(times))
    count = 0
    peak = cash
    deepest = 0.0
    day_end_ms = (times[0] // DAY_MS + 1) * DAY_MS if len(times) else 0
    for minute in range(len(times)):
        if times[minute] >= day_end_ms:
            days[count] = equity[minute - 1]
            count += 1
            day_end_ms = (times[minute] // DAY_MS + 1) * DAY_MS
        peak = max(peak, equity[minute])
        deepest = max(deepest, (peak - equity[minute]) / peak)
    if len(times):
        days[count] = equity[len(times) - 1]
        count += 1
    return deepest, days[:count].copy()
