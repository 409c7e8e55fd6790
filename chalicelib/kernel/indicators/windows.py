"""Windows over the newest values: a ring, and a queue that knows the highest.

Both are made by a strategy's `start` and changed in place by their steps: the state that a step was given is used up.
Their lists are lists in plain Python and arrays in compiled code, never longer or shorter than `start` made them.
"""

from math import nan
from typing import NamedTuple


class Ring(NamedTuple):
    """The newest values, NaN where so many were not seen yet; `at` is the place of the oldest, which goes next."""

    values: list[float]
    at: int


class Queue(NamedTuple):
    """Of the newest values those that may yet be the highest, highest first: `size` from `head` on, round the end.

    The second half of `values` holds the numbers of their bars, and `now` that of the newest: with a list for each the
    compiler would count references at every bar, five times the work.
    """

    values: list[float]
    head: int
    size: int
    now: int


def ring(length: int) -> Ring:
    """A ring of so many values, none seen yet. Raises ValueError below 1."""
    if length < 1:
        raise ValueError(f"a window has at least one value, not {length}")
    return Ring([nan] * length, 0)


def ring_step(state: Ring, value: float) -> Ring:
    """The ring with this value in the place of its oldest."""
    state.values[state.at] = value
    following = state.at + 1
    return Ring(state.values, following if following < len(state.values) else 0)


def ring_value(state: Ring, steps_ago: int) -> float:
    """The value of so many steps ago, 0 for the newest; NaN where none was seen or the ring is shorter.

    >>> [ring_value(ring_step(ring_step(ring(2), 1.0), 3.0), steps_ago) for steps_ago in (0, 1, 2)]
    [3.0, 1.0, nan]
    """
    length = len(state.values)
    if steps_ago < 0 or steps_ago >= length:
        return nan
    place = state.at - 1 - steps_ago
    return state.values[place if place >= 0 else place + length]


def queue(period: int) -> Queue:
    """A queue for the highest or the lowest of so many values. Raises ValueError below 1."""
    if period < 1:
        raise ValueError(f"a window has at least one value, not {period}")
    return Queue([0.0] * (2 * period), 0, 0, 0)


def highest_step(state: Queue, value: float) -> Queue:
    """Fold one value: those that are no higher will never be the highest again, whatever comes."""
    period = len(state.values) // 2
    head, size, now = state.head, state.size, state.now + 1
    if size > 0 and state.values[period + head] <= now - period:
        head = head + 1 if head + 1 < period else 0
        size -= 1
    place = head + size if head + size < period else head + size - period
    while size > 0:
        last = place - 1 if place > 0 else period - 1
        if state.values[last] > value:
            break
        place = last
        size -= 1
    state.values[place] = value
    state.values[period + place] = float(now)
    return Queue(state.values, head, size + 1, now)


def highest_value(state: Queue) -> float:
    """The highest of the newest values, the last included; NaN before `period` (TA-Lib's MAX)."""
    return state.values[state.head] if 2 * state.now >= len(state.values) else nan


def lowest_step(state: Queue, value: float) -> Queue:
    """Fold one value into a queue of the lowest; one queue is for one of the two."""
    return highest_step(state, -value)


def lowest_value(state: Queue) -> float:
    """The lowest of the newest values, the last included; NaN before `period` (TA-Lib's MIN)."""
    return -highest_value(state)
