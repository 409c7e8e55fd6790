"""What a benchmark found, and the limits that the project holds itself to."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from math import isnan

Figures = dict[str, object]


@dataclass(frozen=True, slots=True)
class Limit:
    """A promise: `measured` is to be at most `allowed`; NaN, where nothing could be measured, does not keep it."""

    promise: str
    measured: float
    allowed: float
    unit: str

    @property
    def met(self) -> bool:
        """Whether it was kept in this run."""
        return self.measured <= self.allowed

    def verdict(self) -> str:
        """In words.

        >>> Limit("warm", 2.0, 3.0, "x").verdict(), Limit("warm", 4.5, 3.0, "x").verdict()
        ('met', 'missed by 50 %')
        """
        if isnan(self.measured):
            return "not measured"
        return "met" if self.met else f"missed by {self.measured / self.allowed - 1.0:.0%}".replace("%", " %")

    def as_figures(self) -> Figures:
        """For the JSON file."""
        return {
            "promise": self.promise,
            "measured": None if isnan(self.measured) else self.measured,
            "allowed": self.allowed,
            "unit": self.unit,
            "met": self.met,
        }


@dataclass(frozen=True, slots=True)
class Outcome:
    """One benchmark: `figures` go to its JSON file, `rows` (what, how much) to the table."""

    name: str
    figures: Figures
    rows: list[tuple[str, str]]
    limits: list[Limit] = field(default_factory=list)


def skipped(name: str, why: str, unmet: Sequence[Limit] = ()) -> Outcome:
    """A benchmark that this machine cannot run, and what it would have shown that nothing else does."""
    return Outcome(name, {"skipped": why}, [(name, f"skipped: {why}")], list(unmet))


def shown(seconds: float) -> str:
    """A time as a person reads it.

    >>> shown(0.0071), shown(1.25), shown(188.0)
    ('7.10 ms', '1.25 s', '188 s')
    """
    if seconds < 1.0:
        return f"{1e3 * seconds:.3g} ms" if seconds >= 0.1 else f"{1e3 * seconds:.2f} ms"
    return f"{seconds:.2f} s" if seconds < 100.0 else f"{seconds:.0f} s"
