"""What a subject gives: a value per minute under each name, and when in its minute it may be known."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from enum import Enum
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

Values = NDArray[Any]
"""Floats or integers, (T,)."""
NUMBERS = "biuf"
"""The kinds of numpy's types that can be compared bit by bit."""


class Known(Enum):
    """What of its own bar a value may depend on."""

    OPEN = "open"
    """The open alone: a market order's fill."""
    RANGE = "range"
    """Open, high and low, not the close: a fill of a protective level."""
    CLOSE = "close"
    """All of it: an indicator, a decision, a mark."""


class Column(NamedTuple):
    """One value per minute. `symbol` is the row of the market that it belongs to, -1 for the whole account."""

    values: Values
    known: Known = Known.CLOSE
    symbol: int = -1


Columns = Mapping[str, Column]


def bits(values: Values) -> bytes:
    """The values as bytes that are equal if and only if the values are; every NaN alike, 0.0 and -0.0 alike."""
    numbers = np.asarray(values, dtype=np.float64)
    return (np.where(numbers == numbers, numbers, np.nan) + 0.0).tobytes()


class Fingerprints:
    """The fingerprint of a column up to any minute, asked for in order of time: every value is read once."""

    def __init__(self, values: Values) -> None:
        self._values = values
        self._done = 0
        self._digest = hashlib.blake2b(digest_size=16)

    def at(self, count: int) -> bytes:
        """Of the first `count` values; never fewer than before."""
        self._digest.update(bits(self._values[self._done : count]))
        self._done = count
        return self._digest.copy().digest()


def fingerprint(values: Values) -> bytes:
    """Of all values."""
    return Fingerprints(values).at(len(values))


def first_difference(left: Values, right: Values, tolerance: float = 0.0) -> int | None:
    """The first minute in which they differ, None where they do not. The shorter ends where it ends.

    >>> first_difference(np.array([1.0, np.nan, 2.0]), np.array([1.0, np.nan, 3.0]))
    2
    """
    count = min(len(left), len(right))
    before, after = left[:count], right[:count]
    same = (before == after) | ((before != before) & (after != after))
    if tolerance > 0.0:
        same |= np.abs(before - after) <= tolerance * np.abs(after)
    if same.all():
        return None if len(left) == len(right) else count
    return int(np.argmin(same))
