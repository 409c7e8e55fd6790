"""What varies in a search: `--grid section.key=a,b,c` and `--grid section.key=a..b`, read and checked."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from math import prod
from typing import TypeAlias

from chalicelib.config import override_value
from chalicelib.config.keys import ROWS, SETTINGS
from chalicelib.config.renamed import RENAMED
from chalicelib.errors import BadInput
from chalicelib.foreign_text import printable
from chalicelib.series import SENTIMENT
from chalicelib.strategy.rule import Strategy
from chalicelib.strategy.settings import read_setting

GRID = "--grid"
MOST_SETS = 100_000
BETWEEN = ".."

Value: TypeAlias = int | float | str
Values: TypeAlias = tuple[Value, ...]
"""One parameter set: a value per axis, in their order."""

TUNED_SECTIONS = ("strategy", "inputs", "risk", "fees")
OF_SENTIMENT = tuple(f"{part}{SENTIMENT}_" for part in ("inputs.", SETTINGS))
"""What begins so has to do with it: what it is made of, or the strategy's thresholds for it."""


@dataclass(frozen=True, slots=True)
class Choices:
    """A key that takes one of these values."""

    key: str
    values: Values


@dataclass(frozen=True, slots=True)
class Range:
    """A key that takes any number between these, both included; whole ones if both ends are of type int."""

    key: str
    low: int | float
    high: int | float


Axis: TypeAlias = Choices | Range


def read_axes(grid: Sequence[str], strategy: Strategy) -> tuple[Axis, ...]:
    """The axes in the order they were given. Raises BadInput naming the key and what is wrong with it."""
    if not grid:
        raise BadInput(f"{GRID}: at least one key must vary, e.g. {GRID} risk.stop_loss=0.01,0.02,0.03")
    axes = tuple(_axis(each, strategy) for each in grid)
    keys = [axis.key for axis in axes]
    for key in keys:
        if keys.count(key) > 1:
            raise BadInput(f"{GRID}: {key} is given twice: write its values into one list")
    return axes


def _axis(given: str, strategy: Strategy) -> Axis:
    name, equals, text = (part.strip() for part in given.partition("="))
    if not equals or not text:
        raise BadInput(f"{GRID}: {printable(given, 60)!r}: must be section.key=a,b,c, e.g. risk.stop_loss=0.01,0.02")
    name = RENAMED.get(name, name)
    if name.partition(".")[0] in TUNED_SECTIONS or name not in ROWS:
        ends = [end.strip() for end in text.split(BETWEEN)]
        if len(ends) == 2 and "," not in text:
            return _range(name, [read_value(name, end, strategy) for end in ends])
        return _choices(name, tuple(read_value(name, each.strip(), strategy) for each in text.split(",")))
    raise BadInput(f"{GRID}: {name}: is not tuned: a search varies keys of {', '.join(TUNED_SECTIONS)}")


def read_value(name: str, text: str, strategy: Strategy) -> Value:
    """A value of a key as its settings take it. Raises BadInput for one that they do not take."""
    _, value = override_value(f"{name}={text}", GRID)
    if name.startswith(SETTINGS):
        value = read_setting(strategy, name.removeprefix(SETTINGS), value, GRID)
    if not isinstance(value, (int, float, str)):
        raise BadInput(f"{GRID}: {name}: takes neither numbers nor words, so it cannot be tuned")
    return value


def _range(name: str, ends: Sequence[Value]) -> Range:
    low, high = ends
    if isinstance(low, str) or isinstance(high, str):
        raise BadInput(f"{GRID}: {name}: only numbers have a range: list the words instead")
    if low >= high:
        raise BadInput(f"{GRID}: {name} = {low:g}..{high:g}: the first end must be below the second")
    return Range(name, low, high)


def _choices(name: str, values: Values) -> Choices:
    for value in values:
        if values.count(value) > 1:
            raise BadInput(f"{GRID}: {name}: {value} is listed twice")
    return Choices(name, values)


def size_of(axes: Sequence[Axis]) -> int | None:
    """How many sets the full product has; None where an axis is a range, which has no end of them."""
    listed = [axis for axis in axes if isinstance(axis, Choices)]
    return prod(len(axis.values) for axis in listed) if len(listed) == len(axes) else None
