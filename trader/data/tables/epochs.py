"""Times written as numbers since 1970: seconds, milliseconds, microseconds and nanoseconds never share a size.

A number between 2000 and 2100 in one unit is in none of the others; smaller ones are milliseconds of earlier years.
"""

from __future__ import annotations

import numpy as np

from chalicelib.candle_rule import SECONDS_FROM, SECONDS_TO
from trader.data.arrays import Floats

UNITS = (("seconds", 1e-3), ("milliseconds", 1.0), ("microseconds", 1e3), ("nanoseconds", 1e6))
"""Names, and how many of them are a millisecond."""


def in_milliseconds(values: Floats) -> tuple[Floats, tuple[str, ...]]:
    """The times in milliseconds, each told by its own size, and the names of the units that were met.

    What is of no unit (NaN, negative, a date written as a number) stays as it is. Whole minutes stay exact in each.

    >>> in_milliseconds(np.array([1735689600.0, 1735689660000.0, 1735689720000000.0]))
    (array([1.73568960e+12, 1.73568966e+12, 1.73568972e+12]), ('seconds', 'milliseconds', 'microseconds'))
    """
    with np.errstate(invalid="ignore"):
        if bool(((values >= SECONDS_FROM * 1e3) & (values < SECONDS_TO * 1e3)).all()):
            return values, ("milliseconds",)
        times = values
        met: list[str] = []
        for name, per_millisecond in UNITS:
            first, end = SECONDS_FROM * 1e3 * per_millisecond, SECONDS_TO * 1e3 * per_millisecond
            inside = (values >= first) & (values < end)
            if inside.any():
                times = np.where(inside, values / per_millisecond, times)
                met.append(name)
    return times, tuple(met)
