"""At which minutes history is cut and everything run from scratch: around what was decided, and evenly in between."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

DEFAULT_BARS = 500
SLOW_SECONDS = 8.0
"""How long a subject may take, roughly, that is slow to run from scratch."""


@dataclass(frozen=True, slots=True)
class Cuts:
    """Numbers of minutes after which history ends, ascending; the last one is the whole market."""

    counts: tuple[int, ...]
    around: int
    """How many of them lie right behind a minute in which something was decided."""

    def __len__(self) -> int:
        return len(self.counts)


def cuts_at(minutes: int, most: int | None, decided: Sequence[int]) -> Cuts:
    """At most `most` cuts (None: after every minute): half behind `decided` minutes, the others evenly spread.

    >>> cuts_at(100, 6, [10, 11, 50]).counts
    (11, 12, 33, 51, 67, 100)
    """
    if most is None or most >= minutes:
        return Cuts(tuple(range(1, minutes + 1)), len(decided))
    behind = sorted({minute + 1 for minute in decided})
    near = thinned(behind, most // 2)
    even = np.linspace(0, minutes, most - len(near) + 1)[1:].round().astype(int).tolist()
    counts = sorted({*near, *even, minutes})
    return Cuts(tuple(counts), len(set(near) & set(counts)))


def thinned(values: Sequence[int], most: int) -> list[int]:
    """At most so many of them, evenly chosen, the first and the last among them.

    >>> thinned([1, 2, 3, 4, 5], 3)
    [1, 3, 5]
    """
    if len(values) <= most:
        return list(values)
    if most < 1:
        return []
    return [values[index] for index in np.linspace(0, len(values) - 1, most).round().astype(int)]


def affordable(minutes: int, bars_per_second: float) -> int:
    """How many cuts of a market something of this speed can be run over in SLOW_SECONDS, at least 3."""
    return max(3, int(SLOW_SECONDS * bars_per_second / max(minutes / 2, 1)))
