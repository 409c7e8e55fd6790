"""What makes a row of candles impossible, as the files and archives that bring it are told: by its number."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import chain

import numpy as np

from chalicelib.domain import MINUTE_MS
from chalicelib.errors import BadInput
from trader.data.arrays import Flags, Floats

LAST_PLAUSIBLE_MS = 4_102_444_800_000
"""2100-01-01: a later open_time is no milliseconds but micro- or nanoseconds."""
LEAST_PRICE, MOST_PRICE = 1e-18, 1e18
MOST_VOLUME = 1e36
"""No market is quoted beyond these; there a quantity, its cost or their sums leave what floats can hold."""


def refuse_faults(
    where: str, times: Floats, prices: Sequence[Floats], rows_before: int = 0, last_ms: float = -np.inf
) -> None:
    """Raises BadInput for the earliest row with a fault, and of its faults for the first.

    `times` are open_times in milliseconds, `prices` open, high, low, close and volume; `rows_before` have been checked
    already, the last of them with `last_ms`.
    """
    with np.errstate(invalid="ignore"):  # a row with an infinity is named by its own complaint
        faults = chain(_time_faults(times, last_ms), _price_faults(*prices))
        found = [(int(np.argmax(flags)), complaint) for flags, complaint in faults if flags.any()]
    if found:
        row, complaint = min(found, key=lambda fault: fault[0])
        raise BadInput(f"{where}: row {rows_before + row + 1}: {complaint}")


def _time_faults(times: Floats, last_ms: float) -> Iterator[tuple[Flags, str]]:
    yield ~np.isfinite(times), "open_time is missing or not a number"
    yield times < 0, "open_time is negative"
    yield times > LAST_PLAUSIBLE_MS, "open_time is after the year 2100: micro- or nanoseconds? It must be milliseconds"
    yield (
        times % MINUTE_MS != 0,
        "open_time is no full minute in milliseconds (seconds? They must be multiplied by 1000)",
    )
    steps = np.diff(times, prepend=last_ms)
    yield steps == 0, "open_time is a duplicate of the row before"
    yield steps < 0, "open_time is before that of the row before: rows must be sorted"


def _price_faults(
    open_: Floats, high: Floats, low: Floats, close: Floats, volume: Floats
) -> Iterator[tuple[Flags, str]]:
    named = (("open", open_), ("high", high), ("low", low), ("close", close), ("volume", volume))
    for name, values in named:
        yield ~np.isfinite(values), f"{name} is missing or no finite number"
    for name, values in named[:4]:
        yield values <= 0, f"{name} is not above 0"
        yield values < LEAST_PRICE, f"{name} is below {LEAST_PRICE:g}, less than any price"
        yield values > MOST_PRICE, f"{name} is above {MOST_PRICE:g}, more than any price"
    yield volume < 0, "volume is negative"
    yield volume > MOST_VOLUME, f"volume is above {MOST_VOLUME:g}, more than any market trades"
    yield high < low, "high is below low"
    for name, values in (named[0], named[3]):
        yield (values > high) | (values < low), f"{name} lies outside low and high"
