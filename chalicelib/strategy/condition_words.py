"""Conditions as a person reads them: `level 18.4 below 30: yes`, `level unknown, 9 more candles needed`."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from decimal import Decimal
from math import isfinite, isnan

from chalicelib import domain
from chalicelib.strategy.conditions import Condition, Operand, conditions_of
from chalicelib.strategy.rewritten import fields_behind
from chalicelib.strategy.rule import StrategyRule
from chalicelib.strategy.warm_up import candles_until_known

SIGN_WORDS = {
    "<": "below",
    ">": "above",
    "<=": "at or below",
    ">=": "at or above",
    "==": "equal to",
    "!=": "other than",
}
TURNED = {"<": ">", ">": "<", "<=": ">=", ">=": "<=", "==": "==", "!=": "!="}
WORD = re.compile(r"[^\W\d]\w*")
DIGITS = (4, 6, 9, 17)
"""Significant ones; more only where two sides that differ would look alike."""


def conditions_in_words(rule: StrategyRule, decision: domain.Decision, seen: int | None = None) -> tuple[str, ...]:
    """Every condition of a decision in words, empty where they cannot be told.

    `seen` is how many candles the strategy had seen by then, None where nobody counted.
    """
    told = conditions_of(rule, decision)
    return tuple(dict.fromkeys(words for condition in told for words in _words(rule, decision, condition, seen)))


def _words(rule: StrategyRule, decision: domain.Decision, condition: Condition, seen: int | None) -> Iterator[str]:
    if not condition.unknown:
        yield condition_words(condition)
        return
    needed = candles_until_known(rule)
    for name in condition.unknown:
        for value in _unknown_behind(name, rule, decision.snapshot):
            yield unknown_words(value, needed.get(value), seen)


def _unknown_behind(name: str, rule: StrategyRule, snapshot: Mapping[str, float]) -> Sequence[str]:
    """The strategy's values that keep this from being known; itself where it is one, or where none does."""
    behind = fields_behind(rule.strategy.source)
    fields = {field for word in WORD.findall(name) for field in behind.get(word, {word})}
    return [value for value in snapshot if value in fields and isnan(snapshot[value])] or [name]


def unknown_words(name: str, needed: int | None, seen: int | None) -> str:
    """Words for a value that is not known, and what it takes.

    >>> unknown_words("level", 15, 6), unknown_words("level", 15, None), unknown_words("sentiment", None, 6)
    ('level unknown, 9 more candles needed', 'level unknown before 15 candles', 'sentiment unknown')
    """
    if needed is None or (seen is not None and seen >= needed):
        return f"{name} unknown"
    if seen is None:
        return f"{name} unknown before {needed} candles"
    more = needed - seen
    return f"{name} unknown, {more} more candle{'s'[: more != 1]} needed"


def condition_words(condition: Condition) -> str:
    """A condition with what both sides came to.

    >>> condition_words(Condition(Operand("level", 18.4, False), "<", Operand("lowest", 30.0, True), True))
    'level 18.4 below 30: yes'
    >>> condition_words(Condition(Operand("0.0", 0.0, True), ">", Operand("sentiment", -0.2215, False), True))
    'sentiment -0.2215 below 0: yes'
    """
    left, sign, right = turned(condition)
    first, second = apart(left.value, right.value)
    told = second if right.is_fixed else f"{right.name} {second}"
    name = "" if _is_number(left) else f"{left.name} "
    return f"{name}{first} {SIGN_WORDS[sign]} {told}: {'yes' if condition.holds else 'no'}"


def turned(condition: Condition) -> tuple[Operand, str, Operand]:
    """The condition with what the bars say before what is fixed."""
    if condition.left.is_fixed and not condition.right.is_fixed:
        return condition.right, TURNED[condition.sign], condition.left
    return condition.left, condition.sign, condition.right


def apart(first: float, second: float) -> tuple[str, str]:
    """Both numbers in as few digits as tell them apart, without exponents.

    >>> apart(29.9999, 30.0), apart(64_210.5, 0.0), apart(1.5e-7, 2e-7)
    (('29.9999', '30'), ('64210.5', '0'), ('0.00000015', '0.0000002'))
    """
    for digits in DIGITS:
        texts = shortened(first, digits), shortened(second, digits)
        if texts[0] != texts[1] or first == second:
            break
    return texts


def shortened(value: float, digits: int = DIGITS[0]) -> str:
    """A number in so many significant digits, two of them after the point where it is large."""
    if not isfinite(value):
        return "unknown" if isnan(value) else str(value)
    before_point = len(str(int(abs(value))))
    text = format(Decimal(f"{value:.{max(digits, before_point + 2)}g}"), "f")
    return "0" if text == "-0" else text


def _is_number(side: Operand) -> bool:
    return side.name.lstrip("-")[:1].isdigit()
