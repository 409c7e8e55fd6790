"""Comparisons that a strategy made when it decided, found by deciding once more with every comparison told.

The file needs nothing for it: its `decide`, and what that calls of its own, are rewritten so that each comparison says
its sides. Deciding itself is untouched.
"""

from __future__ import annotations

import operator
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from math import isnan
from typing import Any

from chalicelib.domain import Decision
from chalicelib.kernel.choice import Choice
from chalicelib.kernel.rule import Inputs, Values
from chalicelib.strategy.rewritten import ALL, ANY, COMPARED, ISNAN, rewritten
from chalicelib.strategy.rule import Strategy, StrategyRule, inputs_of

COMPARE: Mapping[str, Callable[[Any, Any], bool]] = {
    "<": operator.lt,
    ">": operator.gt,
    "<=": operator.le,
    ">=": operator.ge,
    "==": operator.eq,
    "!=": operator.ne,
}


@dataclass(frozen=True, slots=True)
class Operand:
    """One side of a comparison: what it is called in the file, and what it came to."""

    name: str
    value: float
    is_fixed: bool
    """Whether it is a number or a setting: the bars have no part in it."""


@dataclass(frozen=True, slots=True)
class Condition:
    """A comparison that `decide` made, and whether it held."""

    left: Operand
    sign: str
    right: Operand
    holds: bool

    @property
    def unknown(self) -> tuple[str, ...]:
        """The names of those sides that were not known."""
        return tuple(dict.fromkeys(side.name for side in (self.left, self.right) if isnan(side.value)))


def conditions_of(rule: StrategyRule, decision: Decision) -> tuple[Condition, ...]:
    """The comparisons behind a decision, in the order in which they were made; none where they cannot be made again."""
    try:
        values = rule.values_of(decision.snapshot)
    except KeyError:
        return ()
    if decision.candle is None or decision.error:
        return ()
    try:
        inputs = inputs_of(rule.strategy, decision.sentiment, decision.inputs)
        return decided(rule, values, (decision.bar or decision.candle).close, inputs, decision.in_position)[1]
    except Exception:  # the user's own code: what it cannot tell is not worth a decision, a list or a report
        return ()


def decided(
    rule: StrategyRule, values: Values, close: float, inputs: Inputs, in_position: bool
) -> tuple[Choice, tuple[Condition, ...]]:
    """The choice that `rule.decide` gives, with the comparisons that led there. What the file raises comes through."""
    told: list[Condition] = []
    decide = _telling(rule.strategy, told)
    choice: Choice = decide(values, close, rule.strategy.form.inputs(*inputs), in_position, rule.settings)
    return choice, tuple(told)


def _telling(strategy: Strategy, told: list[Condition]) -> Callable[..., Any]:
    """The strategy's `decide`, which puts each comparison into the list."""
    own = {
        **vars(strategy.module),
        COMPARED: lambda names, signs, fixed, *values: _compared(told, names, signs, fixed, values),
        ISNAN: lambda name, value: _is_unknown(told, name, value),
        ALL: lambda *terms: _joined(told, terms, ends_with=False),
        ANY: lambda *terms: _joined(told, terms, ends_with=True),
    }
    exec(rewritten(strategy.source), own)  # noqa: S102 (what the loader executes, and has found pure)
    decide: Callable[..., Any] = own["decide"]
    return decide


def _compared(
    told: list[Condition],
    names: tuple[str, ...],
    signs: tuple[str, ...],
    fixed: tuple[bool, ...],
    values: tuple[Any, ...],
) -> bool:
    """A comparison, of more than two sides too, as Python makes it."""
    for place, sign in enumerate(signs):
        holds = bool(COMPARE[sign](values[place], values[place + 1]))
        pair = [Operand(names[at], values[at], fixed[at]) for at in (place, place + 1)]
        if all(isinstance(side.value, int | float) for side in pair):
            _tell(told, Condition(pair[0], sign, pair[1], holds))
        if not holds:
            return False
    return True


def _tell(told: list[Condition], condition: Condition) -> None:
    """Keep it, unless it asks whether something is known that is; a setting may be called as what it is a level of."""
    left, right = condition.left, condition.right
    asks_if_known = (left.name, left.is_fixed) == (right.name, right.is_fixed)
    if not asks_if_known or condition.unknown:
        told.append(condition)


def _is_unknown(told: list[Condition], name: str, value: float) -> bool:
    side = Operand(name, value, is_fixed=False)
    _tell(told, Condition(side, "!=", side, isnan(value)))
    return isnan(value)


def _joined(told: list[Condition], terms: tuple[Callable[[], Any], ...], ends_with: bool) -> Any:
    """The value of `and` or `or`; what follows the term that settles it is told as well, where it is known."""
    for place, term in enumerate(terms):
        value = term()
        if bool(value) is ends_with:
            _tell_the_rest(told, terms[place + 1 :])
            break
    return value


def _tell_the_rest(told: list[Condition], terms: tuple[Callable[[], Any], ...]) -> None:
    before = len(told)
    try:
        for term in terms:
            term()
    except ArithmeticError:  # a division that the terms before keep from being asked
        pass
    told[before:] = [condition for condition in told[before:] if not condition.unknown]
