"""Where a choice lies at an end of what was tried: nobody has seen whether the next value would have done better."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from chalicelib.config import Config
from chalicelib.config.keys import contradictions, with_value
from chalicelib.errors import BadInput
from chalicelib.strategy.rule import Strategy
from trader.tuning.axes import BETWEEN, GRID, Axis, Choices, Value, Values, read_value
from trader.tuning.beyond import beyond, rank, written

NEAR = 0.05
"""Of a range's width: what is drawn within it of an end lies at that end."""


@dataclass(frozen=True, slots=True)
class Edge:
    """One end of an axis at which choices lie."""

    key: str
    value: Value
    """Of the best set; of the last of the folds where the best set lies elsewhere."""
    tried: str
    """In words what the end is of."""
    is_highest: bool
    is_best: bool
    """Whether the best set lies there."""
    folds: tuple[int, ...]
    """The folds whose choice lies there."""
    next: str
    """Values past it, as --grid takes them."""

    @property
    def text(self) -> str:
        """All of it in one line."""
        end = "highest" if self.is_highest else "lowest"
        return (
            f"{self.key} = {written(self.value)}, {_whose(self.is_best, self.folds)}, is at the {end} end of"
            f" {self.tried}: nobody knows what lies beyond; try {GRID} {self.key}={self.next}"
        )


def edges_of(
    axes: Sequence[Axis], best: Values, folds: Sequence[tuple[int, Values | None]], strategy: Strategy, base: Config
) -> list[Edge]:
    """Every end of an axis at which the best set or a fold's choice lies, if its key takes anything beyond.

    `base` are the settings that every set starts from: what they rule out is nothing to try.
    """

    def allowed(key: str, value: Value) -> bool:
        try:
            read = read_value(key, written(value), strategy)
        except BadInput:
            return False
        ruled_out = any(name == key for name, _ in contradictions(with_value(base, key, read)))
        return rank(read) == rank(value) and not ruled_out

    found = []
    for place, axis in enumerate(axes):
        for is_highest in (True, False):
            there = [
                (fold, values[place]) for fold, values in folds if values and _lies(axis, values[place], is_highest)
            ]
            is_best = _lies(axis, best[place], is_highest)
            further = beyond(axis, is_highest, allowed) if is_best or there else ""
            if further:
                value = best[place] if is_best else there[-1][1]
                numbers = tuple(fold for fold, _ in there)
                found.append(Edge(axis.key, value, _extent(axis), is_highest, is_best, numbers, further))
    return sorted(found, key=lambda edge: not edge.is_best)


def _lies(axis: Axis, value: Value, is_highest: bool) -> bool:
    """Whether a value of the axis lies at this end of it; never where the axis has one value, or such without order."""
    at = rank(value)
    ranks = [rank(each) for each in (axis.values if isinstance(axis, Choices) else (axis.low, axis.high))]
    known = [each for each in ranks if each is not None]
    if at is None or len(known) < len(ranks) or min(known) == max(known):
        return False
    slack = 0.0 if isinstance(axis, Choices) else NEAR * (max(known) - min(known))
    return at >= max(known) - slack if is_highest else at <= min(known) + slack


def _extent(axis: Axis) -> str:
    if isinstance(axis, Choices):
        return f"the {len(axis.values)} values tried"
    return f"{written(axis.low)}{BETWEEN}{written(axis.high)}"


def _whose(is_best: bool, folds: Sequence[int]) -> str:
    return " and ".join(_owners(is_best, folds))


def _owners(is_best: bool, folds: Sequence[int]) -> Iterator[str]:
    if is_best:
        yield "chosen for the best set"
    if folds:
        yield f"{'' if is_best else 'chosen '}in fold{'' if len(folds) == 1 else 's'} {', '.join(map(str, folds))}"
