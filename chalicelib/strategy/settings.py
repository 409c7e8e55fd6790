"""The settings of a strategy: what each takes, by its type and the file's limits, and a set of them checked."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from functools import cache
from typing import Any, get_type_hints

from chalicelib.config.keys import SETTINGS
from chalicelib.config.values import Kind, ValueRefused, number, shown, truth, whole
from chalicelib.errors import BadInput
from chalicelib.foreign_text import printable
from chalicelib.strategy.rule import Strategy, StrategyRule

LARGEST = 1e15
"""Where a file sets no limit; whole numbers are exact that far in either engine."""


@cache
def kinds_of(strategy: Strategy) -> Mapping[str, Kind[Any]]:
    """What each setting of the strategy takes, by its own name."""
    hints = get_type_hints(strategy.form.settings)
    return {name: _kind(hints[name], strategy.form.limits.get(name)) for name in strategy.form.settings._fields}


def _kind(hint: type, bounds: tuple[float, float] | None) -> Kind[Any]:
    low, high = bounds or (-LARGEST, LARGEST)
    if hint is bool:
        return truth()
    return whole(int(low), int(high)) if hint is int else number(low, high)


def read_setting(strategy: Strategy, name: str, value: object, where: str = "") -> Any:
    """The value as the strategy takes it. Raises BadInput naming the key, what was given and what is allowed."""
    kinds = kinds_of(strategy)
    prefix = f"{where}: " if where else ""
    if name not in kinds:
        allowed = f"{strategy.name} has {', '.join(kinds) or 'none'}"
        raise BadInput(f"{prefix}{SETTINGS}{printable(name, 80)}: unknown setting: {allowed}")
    try:
        return kinds[name].read(value)
    except ValueRefused:
        raise BadInput(f"{prefix}{SETTINGS}{name} = {shown(value)}: must be {kinds[name].words}") from None


def rule_with(strategy: Strategy, given: Mapping[str, object], where: str = "") -> StrategyRule:
    """The strategy with these settings, its defaults where none is given; they may contradict one another.

    Raises BadInput as `read_setting`; `where` says where they stand.
    """
    read = {name: read_setting(strategy, name, value, where) for name, value in given.items()}
    return StrategyRule(strategy, strategy.form.settings(**read))


def refuse_contradictions(rule: StrategyRule, where: str = "") -> None:
    """Raise BadInput for the first setting that is fine alone and wrong beside another."""
    prefix = f"{where}: " if where else ""
    for name, words in contradictions(rule):
        raise BadInput(f"{prefix}{name} = {shown(getattr(rule.settings, name.rpartition('.')[2]))}: must be {words}")


def contradictions(rule: StrategyRule) -> Iterator[tuple[str, str]]:
    """(key, what it must be) of every setting that is fine alone and wrong beside another."""
    for low, high in rule.strategy.form.ascending:
        below, above = getattr(rule.settings, low), getattr(rule.settings, high)
        if below >= above:
            yield f"{SETTINGS}{low}", f"below {SETTINGS}{high}, which is {above:g}"


def crossings(rule: StrategyRule) -> Iterator[tuple[str, str, str]]:
    """(key, the other key, what it had better be) of thresholds between which the strategy enters and leaves in turn.

    They are told and never refused: an agent that runs with them has to go on, if only to sell.
    """
    for leaves_at, enters_at in rule.strategy.form.not_above:
        low, high = getattr(rule.settings, enters_at), getattr(rule.settings, leaves_at)
        if low < high:
            yield (
                f"{SETTINGS}{enters_at}",
                f"{SETTINGS}{leaves_at}",
                f"at least {SETTINGS}{leaves_at}, which is {high:g}",
            )


def crossing_lines(rule: StrategyRule, where: str = "") -> Iterator[str]:
    """One line for each of them; `where` says where the settings stand."""
    prefix = f"{where}: " if where else ""
    for name, _, words in crossings(rule):
        given = shown(getattr(rule.settings, name.rpartition(".")[2]))
        yield f"{prefix}{name} = {given}: it buys and sells in turn, a fee each time, unless this is {words}"
