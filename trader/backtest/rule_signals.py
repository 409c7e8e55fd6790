"""What is wanted at every close: the strategy's answer if the symbol is flat then and its answer if it is held.

A strategy looks at bars, at what else was known and whether a position is open, never at money; so its answers are
worked out once, before any order, and for many settings in one pass over the bars where those differ in what `decide`
alone reads.
"""

from __future__ import annotations

from collections.abc import Callable
from math import nan
from types import FunctionType
from typing import Any, NamedTuple, cast

import numpy as np

from chalicelib.kernel.bar import Bar
from chalicelib.kernel.choice import WAIT, Choice, is_sound
from chalicelib.kernel.codes import ENTER, EXIT, FIRST_OWN_REASON, HOLD
from chalicelib.strategy.rule import Strategy
from trader.data.arrays import Bytes, Floats, Integers

ACTIONS = 4
"""A choice is packed as action + ACTIONS * reason."""
UNSOUND = -1
"""In place of a choice that nothing can be done with."""

COLUMNS = 6
"""How many of a pass's arguments come first as columns (T,); after them come those of the inputs, in a tuple."""
SignalsPass = Callable[..., None]
"""`fill_rule_signals`, of one strategy."""


class RuleSignals(NamedTuple):
    """Packed choices, 0 where nothing is wanted or the symbol has no bar, and what goes with them; all (S, T).

    What no choice ever has is (S, 0).
    """

    flat: Bytes
    held: Bytes
    closes: Bytes
    """1 where the symbol's last candle by then closed a bar of the strategy; (S, 0) where each of them does."""
    size: Floats
    """Of entries, NaN for risk.position_fraction."""
    stop: Floats
    """Of entries, as the next, NaN for none of their own."""
    take_profit: Floats
    held_stop: Floats
    """New levels of what is held, NaN where it keeps those it has."""
    held_take_profit: Floats
    held_size: Floats
    """Of entries that add to what is held; their levels stand in the two above."""
    keep: Floats
    """Of exits, the fraction of the entered quantity that stays."""
    terms: Floats
    """Of entries, (S, T, 6): TERMS while flat, then of those that add to what is held; NaN for what is left to risk.

    One array, as each costs the walks time, also one without any minutes.
    """


TERMS = ("trailing", "break_even", "max_bars")
"""What an entry may say in place of keys of [risk] that no choice to hold changes."""
LEVELS = RuleSignals._fields[3:]
"""What goes with a choice."""


def without_levels(flat: Bytes, held: Bytes) -> RuleSignals:
    """Choices with nothing beside them, at every candle."""
    nothing = [np.empty((len(flat), 0))] * len(LEVELS[:-1])
    closes, terms = np.empty((len(flat), 0), dtype=np.int8), np.empty((len(flat), 0, 2 * len(TERMS)))
    return RuleSignals(flat, held, closes, *[*nothing, terms])


def unfilled(strategy: Strategy, shape: tuple[int, ...], adding: bool = False) -> RuleSignals:
    """Arrays of this shape for what the strategy wants, whatever stands in them; (..., 0) for what it never says.

    `adding`: whether an entry counts while something is held.
    """
    none = (*shape[:-1], 0)
    said = said_by(strategy, adding)
    terms = (*(shape if said.intersection(TERMS) else none), 2 * len(TERMS))
    levels = [*(np.empty(shape if name in said else none) for name in LEVELS[:-1]), np.empty(terms)]
    flat, held, closes = (np.empty(each, dtype=np.int8) for each in (shape, shape, none))
    return RuleSignals(flat, held, closes, *levels)


def said_by(strategy: Strategy, adding: bool) -> frozenset[str]:
    """The names of what ever goes with its choices."""
    said = strategy.levels_said
    return said | {f"held_{name}" for name in ("size", "stop", "take_profit") if name in said and adding}


def mapped(signals: RuleSignals, change: Callable[[Any], Any]) -> RuleSignals:
    """The signals with every array changed alike."""
    return RuleSignals(*map(change, signals))


def pack(choice: Choice) -> int:
    """A choice to enter or to leave as a small number, 0 for one to hold.

    >>> pack(Choice(2, 17, nan, nan, nan, 0.0))
    70
    """
    return 0 if choice.action == HOLD else choice.action + ACTIONS * choice.reason


def wanted(choice: Choice, action: int, adding: bool) -> int:
    """The choice packed where it is for this action, which is the only one possible then, or an entry that adds."""
    if not is_sound(choice):
        return UNSOUND
    return pack(choice) if choice.action == action or (adding and choice.action == ENTER) else 0


def choice_at(signals: RuleSignals, symbol: int, minute: int, in_position: bool) -> Choice:
    """What is wanted of a symbol at the close of a minute."""
    packed = signals.held[symbol, minute] if in_position else signals.flat[symbol, minute]
    if in_position:
        size, stop = level_at(signals.held_size, symbol, minute), level_at(signals.held_stop, symbol, minute)
        target, keep = level_at(signals.held_take_profit, symbol, minute), level_at(signals.keep, symbol, minute)
        return Choice(
            packed % ACTIONS,
            packed // ACTIONS,
            size,
            stop,
            target,
            keep if keep == keep else 0.0,
            term_at(signals.terms, symbol, minute, 3),
            term_at(signals.terms, symbol, minute, 4),
            term_at(signals.terms, symbol, minute, 5),
        )
    if packed == 0:
        return WAIT
    size, stop = level_at(signals.size, symbol, minute), level_at(signals.stop, symbol, minute)
    target = level_at(signals.take_profit, symbol, minute)
    return Choice(
        packed % ACTIONS,
        packed // ACTIONS,
        size,
        stop,
        target,
        0.0,
        term_at(signals.terms, symbol, minute, 0),
        term_at(signals.terms, symbol, minute, 1),
        term_at(signals.terms, symbol, minute, 2),
    )


def level_at(levels: Floats, symbol: int, minute: int) -> float:
    """A level, NaN where no choice has any."""
    return levels[symbol, minute] if levels.shape[1] > 0 else nan


def term_at(terms: Floats, symbol: int, minute: int, part: int) -> float:
    """One of the terms, NaN where no choice has any."""
    return terms[symbol, minute, part] if terms.shape[1] > 0 else nan


def is_over(signals: RuleSignals, symbol: int, minute: int) -> bool:
    """Whether the symbol's last candle by this minute closed a bar of the strategy."""
    return signals.closes.shape[1] == 0 or bool(signals.closes[symbol, minute])


def observe(state: Any, bar: Bar, settings: Any) -> tuple[Any, Any]:
    """Stands for the strategy's own function, as the next two; see `bound`."""
    raise NotImplementedError


def decide(values: Any, close: float, inputs: Any, in_position: bool, settings: Any) -> Choice:
    raise NotImplementedError


def inputs_of(inputs: tuple[Floats, ...], minute: int) -> Any:
    raise NotImplementedError


def fill_rule_signals(
    times: Integers,
    open_: Floats,
    high: Floats,
    low: Floats,
    close: Floats,
    volume: Floats,
    inputs: tuple[Floats, ...],
    state: Any,
    settings: tuple[Any, ...],
    signals: RuleSignals,
    adding: bool,
) -> None:
    """Row k of `signals` (K, T) becomes what the strategy wants of one symbol with the settings k.

    Whatever stood in it is gone. All settings are observed alike. The columns (T,) are NaN where there is no bar.
    `adding`: an entry counts while something is held, too.
    """
    for minute in range(len(close)):
        price = close[minute]
        if price != price:
            leave_out(signals, minute)
            continue
        bar = Bar(times[minute], open_[minute], high[minute], low[minute], price, volume[minute])
        state, values = observe(state, bar, settings[0])
        known = inputs_of(inputs, minute)
        for index in range(len(settings)):
            entry = decide(values, price, known, False, settings[index])
            kept = decide(values, price, known, True, settings[index])
            signals.flat[index, minute] = wanted(entry, ENTER, False)
            signals.held[index, minute] = wanted(kept, EXIT, adding)
            write_levels(signals, index, minute, entry, kept, adding)


def write_levels(signals: RuleSignals, index: int, minute: int, entry: Choice, kept: Choice, adding: bool) -> None:
    """What goes with the choices while flat and while held, where any choice ever has it."""
    stays = kept.action == HOLD or (adding and kept.action == ENTER)
    if signals.size.shape[1] > 0:
        signals.size[index, minute] = entry.size
    if signals.stop.shape[1] > 0:
        signals.stop[index, minute] = entry.stop
    if signals.take_profit.shape[1] > 0:
        signals.take_profit[index, minute] = entry.take_profit
    if signals.held_stop.shape[1] > 0:
        signals.held_stop[index, minute] = kept.stop if stays else nan
    if signals.held_take_profit.shape[1] > 0:
        signals.held_take_profit[index, minute] = kept.take_profit if stays else nan
    if signals.held_size.shape[1] > 0:
        signals.held_size[index, minute] = kept.size
    if signals.keep.shape[1] > 0:
        signals.keep[index, minute] = kept.keep
    if signals.terms.shape[1] > 0:
        write_terms(signals.terms[index, minute], entry, kept)


def write_terms(terms: Floats, entry: Choice, kept: Choice) -> None:
    """What an entry says of its position, while flat and while held."""
    terms[0] = entry.trailing
    terms[1] = entry.break_even
    terms[2] = entry.max_bars
    terms[3] = kept.trailing
    terms[4] = kept.break_even
    terms[5] = kept.max_bars


def input_columns(strategy: Strategy, inputs: Floats, minutes: int) -> tuple[Floats, ...]:
    """What a pass reads besides the bars: the rows (N, T) of one symbol; where there is none, the defaults."""
    if len(inputs) or not strategy.series:
        return tuple(np.ascontiguousarray(row) for row in inputs[: len(strategy.series)])
    return tuple(np.full(minutes, value) for value in strategy.inputs({}))


def leave_out(signals: RuleSignals, minute: int) -> None:
    """Nothing is wanted in a minute without a bar."""
    signals.flat[:, minute] = 0
    signals.held[:, minute] = 0
    if signals.held_stop.shape[1] > 0:
        signals.held_stop[:, minute] = nan
    if signals.held_take_profit.shape[1] > 0:
        signals.held_take_profit[:, minute] = nan
    if signals.held_size.shape[1] > 0:
        signals.held_size[:, minute] = nan
    if signals.keep.shape[1] > 0:
        signals.keep[:, minute] = 0.0
    if signals.terms.shape[1] > 0:
        signals.terms[:, minute] = nan


def bound(template: Any, strategy: Strategy, **own: Any) -> Callable[..., None]:
    """A pass with a strategy's functions in place of those that stand for them, the same code with other globals."""
    function = cast(FunctionType, template)
    return FunctionType(function.__code__, {**function.__globals__, **own}, f"{function.__name__}_{strategy.hash}")


def inputs_maker(strategy: Strategy) -> Any:
    """A function of columns and a minute that gives the strategy's Inputs, field by field, so that it compiles."""
    scope: dict[str, Any] = {"Inputs": strategy.form.inputs}
    fields = ", ".join(f"columns[{at}][minute]" for at in range(len(strategy.series)))
    exec(f"def inputs_of(columns, minute):\n    return Inputs({fields})\n", scope)  # noqa: S102 (made of numbers)
    return scope["inputs_of"]


def plain_pass(strategy: Strategy) -> SignalsPass:
    """The pass in plain Python, over its own numbers as live: numpy's wrap, and divided by zero they are infinite."""
    decide, inputs_of = strategy.form.decide, inputs_maker(strategy)
    fill = bound(fill_rule_signals, strategy, observe=strategy.observing, decide=decide, inputs_of=inputs_of)

    def run(*given: Any) -> None:
        inputs = tuple(column.tolist() for column in given[COLUMNS])
        fill(*[column.tolist() for column in given[:COLUMNS]], inputs, *given[COLUMNS + 1 :])

    return run


def has_unknown_reason(packed: Bytes, reasons: int) -> bool:
    """Whether any choice is unsound, or has a reason beyond those that the strategy names."""
    if not packed.size:
        return False
    return bool(packed.min() < 0) or int(packed.max()) // ACTIONS >= FIRST_OWN_REASON + reasons
