"""The minutes between two events: no order waits, no level is touched, nothing is wanted, no guard changes.

Levels and guards are the kernel's; repeated here are only the sum that is equity, and that a bar without a touch leaves
a position as it was.
"""

from __future__ import annotations

from math import inf

from chalicelib.kernel import codes
from chalicelib.kernel.account import NO_ORDER, Account, Position, Slot
from chalicelib.kernel.levels import adjusted, follows_highs, most_bars, next_target, stop_level
from chalicelib.kernel.limits import Limits
from chalicelib.kernel.match import counted, with_high
from chalicelib.kernel.risk import DAY_MS, mark_at
from chalicelib.kernel.step import Params, steps_of
from trader.backtest.market import MarketColumns
from trader.backtest.rule_signals import RuleSignals, choice_at, is_over
from trader.data.arrays import Bytes, Floats, Integers

BLOCK = 32
"""Minutes that are looked at together and without a branch, which the compiler turns into vector code. It can because
they are slices: numba takes an index that is not known to start from 0 for one that may count from the end.
"""
QUANTITY, STOP, TARGET, TOP = range(4)
"""Rows of the levels that are watched, (4, S): quantity, stop, take-profit, highest high."""


def is_busy(slots: list[Slot]) -> bool:
    """Whether the next minute cannot be passed over."""
    for slot in slots:  # noqa: SIM110 (what numba compiles)
        if waits(slot):
            return True
    return False


def waits(slot: Slot) -> bool:
    """Whether the symbol's next bar counts, whatever it is: an order waits for it, or a cooldown counts it."""
    return slot.order.side != codes.NONE or slot.cooldown > 0


def fast_forward(
    account: Account,
    slots: list[Slot],
    tape: MarketColumns,
    rule_signals: RuleSignals,
    start: int,
    params: Params,
    levels: Floats,
    equity: Floats,
) -> tuple[int, Account]:
    """Pass over the minutes from `start` on in which nothing happens; gives the first after them, and the account.

    `slots` become what they are after the last minute passed.
    """
    if is_flat(slots):
        minute, account = fast_forward_flat(account, tape.times, rule_signals.flat, start, params.limits, equity)
    else:
        minute, account = fast_forward_held(account, slots, tape, rule_signals, start, params, levels, equity)
    if minute > start:
        for symbol in range(len(slots)):
            slots[symbol] = Slot(
                slots[symbol].position,
                NO_ORDER,
                tape.marks[symbol, minute - 1],
                0,
                is_over(rule_signals, symbol, minute - 1),
            )
    return minute, account


def is_flat(slots: list[Slot]) -> bool:
    """Whether no symbol is held."""
    for slot in slots:  # noqa: SIM110 (what numba compiles)
        if slot.position.quantity > 0.0:
            return False
    return True


def fast_forward_flat(
    account: Account, times: Integers, flat: Bytes, start: int, limits: Limits, equity: Floats
) -> tuple[int, Account]:
    """`fast_forward` while nothing is held: equity stays the cash until an entry is wanted of any symbol."""
    cash = account.cash
    minute = start
    day_end_ms = 0
    while minute < len(times):
        if times[minute] >= day_end_ms:  # within a day the same equity marks alike
            marked = mark_at(account, cash, cash, times[minute], limits)
            if marked.halt != account.halt:
                break
            account = marked
            day_end_ms = (account.day + 1) * DAY_MS
        end = block_end(times, minute, day_end_ms)
        passed = first_signal(flat[:, minute:end]) if account.halt == codes.RUNNING else end - minute
        equity[minute : minute + passed] = cash
        minute += passed
        if minute < end:
            break
    return minute, account


def block_end(times: Integers, minute: int, day_end_ms: int) -> int:
    """The end of the block that begins with this minute: at most that of the day, the minute itself if that is over."""
    end = min(minute + BLOCK, len(times))
    while end > minute and times[end - 1] >= day_end_ms:
        end -= 1
    return end


def first_signal(wanted: Bytes) -> int:
    """The first minute in which anything is wanted of any symbol, (S, N); N where nothing is."""
    first = int(wanted.shape[1])
    for symbol in range(len(wanted)):
        row = wanted[symbol]
        for minute in range(len(row)):
            first = min(first, minute if row[minute] != 0 else len(row))
    return first


def fast_forward_held(
    account: Account,
    slots: list[Slot],
    tape: MarketColumns,
    rule_signals: RuleSignals,
    start: int,
    params: Params,
    levels: Floats,
    equity: Floats,
) -> tuple[int, Account]:
    """`fast_forward` while something is held: equity follows the closes, trailing stops the highs."""
    times, limits = tape.times, params.limits
    lowest, highest, marks = tape.lowest, tape.highest, tape.marks
    find_levels(levels, slots, params)
    running, counting = account.halt == codes.RUNNING, counts_bars(slots, limits)
    minute = start
    while minute < len(times):
        if is_eventful(levels, lowest, highest, rule_signals, running, minute) or (
            counting and is_any_due(slots, highest, rule_signals, minute, limits)
        ):
            break
        value = account.cash
        for symbol in range(len(slots)):
            if levels[QUANTITY, symbol] > 0.0:
                value += levels[QUANTITY, symbol] * marks[symbol, minute]
        marked = mark_at(account, account.cash, value, times[minute], limits)
        if marked.halt != account.halt:
            break
        account = marked
        equity[minute] = value
        raise_stops(levels, slots, highest, minute, limits)
        if moves_levels(rule_signals):
            move_levels(levels, slots, rule_signals, minute, params)
        if counting:
            count_bars(slots, highest, rule_signals, minute, limits)
        minute += 1
    for symbol in range(len(slots)):
        if levels[QUANTITY, symbol] > 0.0:
            slot = slots[symbol]
            position = with_high(slot.position, levels[TOP, symbol])
            slots[symbol] = Slot(position, slot.order, slot.close, slot.cooldown, slot.bar_over)
    return minute, account


def moves_levels(rule_signals: RuleSignals) -> bool:
    """Whether a choice to hold ever has levels."""
    return len(rule_signals.held_stop[0]) > 0 or len(rule_signals.held_take_profit[0]) > 0


def move_levels(levels: Floats, slots: list[Slot], rule_signals: RuleSignals, minute: int, params: Params) -> None:
    """The close of a minute that is passed over: the levels that choices to hold give."""
    for symbol in range(len(slots)):
        if levels[QUANTITY, symbol] > 0.0 and rule_signals.held[symbol, minute] == 0:
            slot = slots[symbol]
            position = adjusted(slot.position, choice_at(rule_signals, symbol, minute, True), params.limits)
            slots[symbol] = Slot(position, slot.order, slot.close, slot.cooldown, slot.bar_over)
            find_levels_of(levels, symbol, with_high(position, levels[TOP, symbol]), params)


def is_eventful(
    levels: Floats, lowest: Floats, highest: Floats, rule_signals: RuleSignals, running: bool, minute: int
) -> bool:
    """Whether this minute touches a level or wants something that may be had."""
    for symbol in range(levels.shape[1]):
        if levels[QUANTITY, symbol] > 0.0:
            if lowest[symbol, minute] <= levels[STOP, symbol] or highest[symbol, minute] >= levels[TARGET, symbol]:
                return True
            if running and rule_signals.held[symbol, minute] != 0:
                return True
        elif running and rule_signals.flat[symbol, minute] != 0:
            return True
    return False


def raise_stops(levels: Floats, slots: list[Slot], highest: Floats, minute: int, limits: Limits) -> None:
    """The close of a minute that is passed over: new highs, and what they do to trailing stops."""
    for symbol in range(len(slots)):
        if levels[QUANTITY, symbol] > 0.0 and highest[symbol, minute] > levels[TOP, symbol]:
            levels[TOP, symbol] = highest[symbol, minute]
            if follows_highs(slots[symbol].position, limits):
                risen = with_high(slots[symbol].position, levels[TOP, symbol])
                levels[STOP, symbol], _ = stop_level(risen, limits)


def counts_bars(slots: list[Slot], limits: Limits) -> bool:
    """Whether any position may be held for so many bars alone."""
    for slot in slots:  # noqa: SIM110 (what numba compiles)
        if slot.position.quantity > 0.0 and most_bars(slot.position, limits) > 0:
            return True
    return False


def is_any_due(slots: list[Slot], highest: Floats, rule_signals: RuleSignals, minute: int, limits: Limits) -> bool:
    """Whether a position will have been held for as long as it may be at the close of this minute."""
    for symbol in range(len(slots)):
        counts = highest[symbol, minute] > -inf and is_over(rule_signals, symbol, minute)
        if is_due_after(slots[symbol].position, counts, limits):
            return True
    return False


def is_due_after(position: Position, counts: bool, limits: Limits) -> bool:
    """Whether the minute, where it `counts` as the close of a bar, makes the position as old as it may be."""
    return counts and position.quantity > 0.0 and 0 < most_bars(position, limits) <= position.bars + 1


def count_bars(slots: list[Slot], highest: Floats, rule_signals: RuleSignals, minute: int, limits: Limits) -> None:
    """The close of a minute that is passed over: one more bar of what is held."""
    for symbol in range(len(slots)):
        slot = slots[symbol]
        counts = highest[symbol, minute] > -inf and is_over(rule_signals, symbol, minute)
        if counts and slot.position.quantity > 0.0 and most_bars(slot.position, limits) > 0:
            slots[symbol] = Slot(counted(slot.position), slot.order, slot.close, slot.cooldown, slot.bar_over)


def find_levels(levels: Floats, slots: list[Slot], params: Params) -> None:
    """The levels of every position, such as no price touches where there is none."""
    for symbol in range(len(slots)):
        find_levels_of(levels, symbol, slots[symbol].position, params)


def find_levels_of(levels: Floats, symbol: int, position: Position, params: Params) -> None:
    """The levels of one position."""
    levels[QUANTITY, symbol] = position.quantity
    levels[TOP, symbol] = position.highest
    levels[STOP, symbol], _ = stop_level(position, params.limits)
    target, _ = next_target(position, params.limits, steps_of(params, symbol))
    levels[TARGET, symbol] = target if target > 0.0 else inf
