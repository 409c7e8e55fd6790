"""The values of a key as the rows or columns of a picture: one each where there are few, else neighbours together."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

from trader.tuning.axes import Axis, Choices, Range, Value

MOST_BINS = 24
RANGE_BINS = 10


@dataclass(frozen=True)
class Bins:
    """What an axis is divided into."""

    key: str
    labels: Sequence[str]
    place: dict[Value, int] | Sequence[float]
    """The bin of every value, or the lower ends of all bins but the first."""

    def of(self, value: Value) -> int:
        """The bin that a value of the axis lies in."""
        if isinstance(self.place, dict):
            return self.place[value]
        return bisect_right(self.place, float(value))


def bins_of(axis: Axis) -> Bins:
    """The values in the order in which they were given; a range in parts of equal length.

    >>> bins_of(Range("risk.stop_loss", 0.0, 1.0)).of(0.95)
    9
    """
    return _of_range(axis) if isinstance(axis, Range) else _of_choices(axis)


def _of_choices(axis: Choices) -> Bins:
    together = -(-len(axis.values) // MOST_BINS)
    groups = [axis.values[start : start + together] for start in range(0, len(axis.values), together)]
    labels = [text(group[0]) if len(group) == 1 else f"{text(group[0])} … {text(group[-1])}" for group in groups]
    return Bins(axis.key, labels, {value: number for number, group in enumerate(groups) for value in group})


def _of_range(axis: Range) -> Bins:
    width = (axis.high - axis.low) / RANGE_BINS
    ends = [axis.low + width * number for number in range(RANGE_BINS + 1)]
    labels = [f"{low:.4g} … {high:.4g}" for low, high in pairwise(ends)]
    return Bins(axis.key, labels, ends[1:-1])


def text(value: Value) -> str:
    """A value as a label.

    >>> text(30.0), text(0.015), text("freeze")
    ('30', '0.015', 'freeze')
    """
    return value if isinstance(value, str) else f"{value:.6g}"
