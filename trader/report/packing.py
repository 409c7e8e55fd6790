"""Numbers as text that a page unpacks at once: whole multiples of a power of ten, their differences as few bytes.

A year of minutes of four prices is 2.3 MB of differences; compressing them would save a third and need a decompressor
that not every browser brings. unpack.js is the other end.
"""

from __future__ import annotations

import base64
from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from chalicelib.domain import MINUTE_MS
from trader.data.arrays import Flags, Floats, Integers

Bytes = NDArray[np.uint8]
MOST_DECIMALS = 16
LARGEST_WHOLE = 2**52
"""Whole numbers up to twice this are exact in float64, which is what JavaScript counts with."""
RESOLUTION = 1e-7
"""What a price that is no short decimal is rounded to, as a fraction of the smallest of them, or finer."""


class Decimals(NamedTuple):
    """Digits after the point, and whether every number has no more than those."""

    digits: int
    exact: bool


def decimals_of(columns: Sequence[Floats]) -> Decimals:
    """The fewest digits that give back every number as it was; where none do, as many as RESOLUTION takes.

    >>> decimals_of([np.array([1.5, 2.25])])
    Decimals(digits=2, exact=True)
    """
    numbers = np.concatenate(columns) if columns else np.empty(0)
    if not len(numbers):
        return Decimals(0, True)
    largest, smallest = float(np.max(np.abs(numbers))), float(np.min(np.abs(numbers)))
    for digits in range(MOST_DECIMALS + 1):
        if largest * 10**digits > LARGEST_WHOLE:
            break
        if np.array_equal(np.rint(numbers[:64] * 10**digits) / 10**digits, numbers[:64]) and np.array_equal(
            np.rint(numbers * 10**digits) / 10**digits, numbers
        ):
            return Decimals(digits, True)
    return Decimals(digits_for(smallest * RESOLUTION, largest), False)


def digits_for(step: float, largest: float) -> int:
    """Digits after the point so that one of the last is at most `step`, if numbers up to `largest` stay exact.

    >>> digits_for(0.001, 100_000.0), digits_for(1e-9, 1e10)
    (3, 5)
    """
    fitting = [digits for digits in range(MOST_DECIMALS + 1) if largest * 10**digits <= LARGEST_WHOLE]
    fine = [digits for digits in fitting if 10.0**-digits <= step]
    return min(fine, default=max(fitting, default=0))


def wholes(numbers: Floats, digits: int) -> Integers:
    """The numbers in units of their last digit."""
    return np.asarray(np.rint(numbers * 10**digits).astype(np.int64))


def packed(numbers: Integers) -> dict[str, object]:
    """Whole numbers, small ones in one byte: base 128, lowest part first, the sign in the lowest bit.

    >>> packed(np.array([0, -1, 64]))
    {'count': 3, 'data': 'AAGAAQ=='}
    """
    return {"count": len(numbers), "data": base64.b64encode(parts_of(numbers).tobytes()).decode()}


def parts_of(numbers: Integers, base: int = 128) -> Bytes:
    """The numbers' parts in a base that is a power of 2, which is added to each part that has another one to follow."""
    left = np.where(numbers < 0, -2 * numbers - 1, 2 * numbers)
    lengths = np.ones(len(numbers), dtype=np.int64)
    limit = base
    while len(left) and limit <= int(left.max()):
        lengths += left >= limit
        limit *= base
    starts = np.cumsum(lengths) - lengths
    made = np.zeros(int(lengths.sum()), dtype=np.uint8)
    which = np.arange(len(left))
    part = 0
    while len(which):
        goes_on = lengths[which] > part + 1
        made[starts[which] + part] = (left[which] & (base - 1)) + base * goes_on
        which = which[goes_on]
        left[which] >>= base.bit_length() - 1
        part += 1
    return made


def nibbles(numbers: Integers) -> dict[str, object]:
    """Whole numbers, most of them tiny, in half bytes: base 8, lowest part first, the sign in the lowest bit.

    The high half of a byte comes first; an odd half at the end is 0.

    >>> nibbles(np.array([0, -1, 4]))
    {'count': 3, 'data': 'AYE='}
    """
    halves = parts_of(numbers, 8)
    if len(halves) % 2:
        halves = np.append(halves, np.uint8(0))
    joined = halves[::2] * 16 + halves[1::2]
    return {"count": len(numbers), "data": base64.b64encode(joined.tobytes()).decode()}


def runs_of(times: Integers, first_ms: int, step_ms: int) -> list[list[int]]:
    """Bars as [minutes since first_ms, how many follow upon one another].

    >>> runs_of(np.array([0, 60_000, 240_000]), 0, 60_000), runs_of(np.array([0, 120_000, 480_000]), 0, 120_000)
    ([[0, 2], [4, 1]], [[0, 2], [8, 1]])
    """
    minutes, step = (times - first_ms) // MINUTE_MS, step_ms // MINUTE_MS
    starts = np.flatnonzero(np.diff(minutes, prepend=-2 * step) != step)
    counts = np.diff(starts, append=len(minutes))
    return [[int(minutes[start]), int(count)] for start, count in zip(starts, counts, strict=True)]


def packed_line(numbers: Floats, digits: int) -> dict[str, object]:
    """A line of numbers, by the difference of each to the one before (the first to 0)."""
    return {"decimals": digits, **packed(np.diff(wholes(numbers, digits), prepend=0))}


def packed_candles(prices: Sequence[Floats], decimals: Decimals) -> dict[str, object]:
    """Open, high, low, close: the open by the close before, the close by the open, the others by what sticks out."""
    open_, high, low, close = (wholes(column, decimals.digits) for column in prices)
    before = np.concatenate((open_[:1] * 0, close[:-1]))
    columns = {
        "jump": open_ - before,
        "body": close - open_,
        "above": high - np.maximum(open_, close),
        "below": np.minimum(open_, close) - low,
    }
    made: dict[str, object] = {name: packed(column) for name, column in columns.items()}
    return {"decimals": decimals.digits, "exact": decimals.exact, **made}


def there(column: Floats) -> Flags:
    """Where a symbol has a bar."""
    return np.asarray(~np.isnan(column))
