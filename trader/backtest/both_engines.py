"""The first bars in both engines: what wants one thing in plain Python and another compiled keeps no promise.

What a file may not use is refused by its lines; an int that wraps, a NaN compared by identity or a name that was given
no value shows here.
"""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from chalicelib.errors import BadInput
from chalicelib.foreign_text import printable
from chalicelib.kernel.codes import ENTER
from chalicelib.moments import iso_minute_text
from chalicelib.strategy.loader import line_of
from chalicelib.strategy.rule import StrategyRule
from trader.backtest.folding import Bars, FoldCandles, bars_seen, first_bars
from trader.backtest.market import MarketColumns
from trader.backtest.rule_signals import ACTIONS, UNSOUND, RuleSignals, SignalsPass, input_columns, plain_pass, unfilled
from trader.data.arrays import Flags, Floats

FIRST_BARS = 1_000
UNREACHED = 127
"""In place of a choice from the bar on at which a pass raised."""
WORDS = {
    "flat": "wanted while flat",
    "held": "wanted while held",
    "size": "size of an entry",
    "stop": "stop of an entry",
    "take_profit": "take-profit of an entry",
    "held_stop": "stop of what is held",
    "held_take_profit": "take-profit of what is held",
    "held_size": "size of an entry while held",
    "keep": "part that an exit keeps",
    "terms": "trailing distance, break-even and most bars of an entry, while flat and while held",
}


class Ran(NamedTuple):
    """What a pass came to, (1, T), and what it raised."""

    signals: RuleSignals
    error: Exception | None


def refuse_difference(rule: StrategyRule, tape: MarketColumns, compiled: SignalsPass, fold: FoldCandles) -> None:
    """Raise BadInput naming bar, field and both answers where the engines differ over a market's first bars.

    These are the first FIRST_BARS of the first symbol. Where both raise at the same bar nothing differs.
    """
    bars = first_bars(bars_seen(tape, 0, rule, fold), FIRST_BARS)
    plain, fast = (_run(run, rule, bars, tape.inputs[:, 0]) for run in (plain_pass(rule.strategy), compiled))
    different = {name: _differs(getattr(plain.signals, name), getattr(fast.signals, name)) for name in WORDS}
    first = min((int(rows.argmax()) for rows in different.values() if rows.any()), default=None)
    if first is None:
        return
    field = next(name for name, rows in different.items() if rows.size and rows[0, first])
    said = [_said(rule, ran, field, first) for ran in (plain, fast)]
    where = f"{printable(rule.strategy.name)}, at bar {iso_minute_text(int(bars.times[first]))}"
    raise BadInput(f"{where}: {WORDS[field]} is {said[0]} in plain Python, {said[1]} compiled: it must be the same")


def _run(run: SignalsPass, rule: StrategyRule, bars: Bars, inputs: Floats) -> Ran:
    signals = unfilled(rule.strategy, (1, len(bars.times)), True)
    for rows in signals:
        rows.fill(UNREACHED if rows.dtype == np.int8 else np.nan)
    try:
        read = input_columns(rule.strategy, inputs[:, bars.minute], len(bars.times))
        run(bars.times, *bars.prices, read, rule.start(), (rule.settings,), signals, True)
    except Exception as error:
        return Ran(signals, error)
    return Ran(signals, None)


def _differs(one: NDArray[Any], other: NDArray[Any]) -> Flags:
    """Where two arrays have other bits, NaN beside NaN left out."""
    bits = np.dtype(f"i{one.itemsize}")
    found = np.asarray((one.view(bits) != other.view(bits)) & ~((one != one) & (other != other)))
    return found if found.ndim == 2 else np.asarray(found.any(axis=2))


def _said(rule: StrategyRule, ran: Ran, field: str, bar: int) -> str:
    value = getattr(ran.signals, field)[0, bar].tolist()
    if ran.error is not None and ran.signals.flat[0, bar] == UNREACHED:
        return printable(f"{type(ran.error).__name__}{line_of(ran.error, rule.strategy.file)}")
    if field not in ("flat", "held"):
        return repr(value)
    if value in (UNSOUND, 0):
        return "nonsense" if value else "nothing"
    word = rule.reason_word(value // ACTIONS) or "for a reason unknown"
    return f"{'an entry' if value % ACTIONS == ENTER else 'an exit'} ({printable(word)})"
