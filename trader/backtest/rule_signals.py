"""What is wanted at every close: the rule's answer if the symbol is flat then and its answer if it is held.

The rule looks at indicators, sentiment and whether a position is open, never at money; so its answers are worked out
once, before any order, and for many parameter sets in one pass over the closes.
"""

from __future__ import annotations

from typing import NamedTuple

from chalicelib.kernel.decide import Choice, Rule, decide
from chalicelib.kernel.indicators import FRESH, observe
from chalicelib.kernel.series import Series
from trader.data.arrays import Bytes

ACTIONS = 4
"""A choice is packed as action + ACTIONS * reason."""


class RuleSignals(NamedTuple):
    """Packed choices (S, T), 0 where nothing is wanted or the symbol has no bar."""

    flat: Bytes
    held: Bytes


def pack(choice: Choice) -> int:
    """A choice as a small number, 0 for hold.

    >>> unpack(pack(Choice(2, 2)))
    Choice(action=2, reason=2)
    """
    return choice.action + ACTIONS * choice.reason


def unpack(packed: int) -> Choice:
    """The choice that was packed."""
    return Choice(packed % ACTIONS, packed // ACTIONS)


def fill_rule_signals(
    closes: Series[float], sentiments: Series[float], rules: tuple[Rule, ...], flat: Bytes, held: Bytes
) -> None:
    """Row k of `flat` and `held` (K, T) becomes what rule k wants of one symbol; all rules have one RSI period.

    `closes` is NaN where the symbol has no bar.
    """
    state = FRESH
    for minute in range(len(closes)):
        close = closes[minute]
        if close != close:
            continue
        state, snapshot = observe(state, close, rules[0].rsi_period)
        for index in range(len(rules)):
            flat[index, minute] = pack(decide(snapshot, close, sentiments[minute], False, rules[index]))
            held[index, minute] = pack(decide(snapshot, close, sentiments[minute], True, rules[index]))
