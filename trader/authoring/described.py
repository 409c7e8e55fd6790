"""What a strategy says of itself: its idea, what it takes, what it reads, sees and gives as its reasons."""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple, get_type_hints

from chalicelib.strategy.loader import built_in, built_in_names
from chalicelib.strategy.rule import Strategy
from chalicelib.strategy.settings import kinds_of


class SettingRow(NamedTuple):
    """One of the strategy's settings."""

    name: str
    type: str
    default: int | float | bool
    allowed: str


class Described(NamedTuple):
    """A strategy in words and numbers."""

    name: str
    idea: str
    """The first line of its docstring."""
    docstring: str
    settings: tuple[SettingRow, ...]
    inputs: tuple[str, ...]
    """Series that it reads beside bars."""
    values: tuple[str, ...]
    """What it sees at a close."""
    reasons: tuple[str, ...]
    hash: str


def described(strategy: Strategy) -> Described:
    """What the strategy says of itself."""
    form, docstring = strategy.form, (strategy.module.__doc__ or "").strip()
    idea = docstring.partition("\n")[0].strip()
    rows = tuple(_settings(strategy))
    inputs, values = form.inputs._fields, form.values._fields
    return Described(strategy.name, idea, docstring, rows, inputs, values, form.reasons, strategy.hash)


def all_described() -> list[Described]:
    """Every strategy that is built in."""
    return [described(built_in(name)) for name in built_in_names()]


def _settings(strategy: Strategy) -> Iterator[SettingRow]:
    hints, kinds = get_type_hints(strategy.form.settings), kinds_of(strategy)
    for name, default in strategy.form.settings._field_defaults.items():
        yield SettingRow(name, hints[name].__name__, default, kinds[name].words)
