"""Parameter sets as settings: one value per axis in its place, and those that contradict one another left out."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import product

from chalicelib.config import Config
from chalicelib.config.keys import contradictions, with_value
from chalicelib.errors import BadInput
from chalicelib.strategy import settings
from chalicelib.strategy.chosen import unchecked_rule_of
from trader.tuning.axes import GRID, MOST_SETS, Axis, Choices, Values, size_of


@dataclass(frozen=True, slots=True)
class Keys:
    """The settings that every set starts from, and the keys that its values take the place of."""

    base: Config
    names: tuple[str, ...]

    def settings(self, values: Values) -> Config:
        """The settings of a set, contradictory or not; its values are known to be ones that their keys take."""
        config = self.base
        for name, value in zip(self.names, values, strict=True):
            config = with_value(config, name, value)
        return config

    def fit(self, values: Values) -> bool:
        """Whether the values may stand beside one another, e.g. a fast average below a slow one."""
        return not any(True for _ in self.contradictions(values))

    def contradictions(self, values: Values) -> Iterator[tuple[str, str]]:
        """(key, what it must be) of what is fine alone and wrong beside another, the strategy's settings included.

        Thresholds that cross are wrong where a set moved one: those of the settings are their owner's wish.
        """
        config = self.settings(values)
        yield from contradictions(config)
        rule = unchecked_rule_of(config)
        yield from settings.contradictions(rule)
        for name, other, words in settings.crossings(rule):
            if name in self.names or other in self.names:
                yield name, words


def keys_of(base: Config, axes: Sequence[Axis]) -> Keys:
    """The keys of the axes, in their order."""
    return Keys(base, tuple(axis.key for axis in axes))


def full_grid(keys: Keys, axes: Sequence[Axis]) -> tuple[list[Values], int]:
    """Every set of the product that fits, the last axis fastest, and how many were left out as contradictory.

    Raises BadInput for a range, for more than MOST_SETS sets and where none fits.
    """
    size = size_of(axes)
    if size is None:
        raise BadInput(f"{GRID}: a range a..b has no end of values: add --trials N to sample it, or list the values")
    if size > MOST_SETS:
        raise BadInput(f"{GRID}: {size} sets; {MOST_SETS} at most: list fewer values, or sample them with --trials N")
    sets = [values for values in _product(axes) if keys.fit(values)]
    if not sets:
        first = next(_product(axes))
        name, words = next(keys.contradictions(first))
        raise BadInput(f"{GRID}: every set contradicts itself; in the first, {name} must be {words}")
    return sets, size - len(sets)


def _product(axes: Sequence[Axis]) -> Iterator[Values]:
    return product(*(axis.values for axis in axes if isinstance(axis, Choices)))
