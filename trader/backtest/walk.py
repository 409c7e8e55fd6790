"""Orders, fills, marks and guards over many minutes: `kernel.run`, without stopping where nothing can happen.

A minute in which something may happen is the kernel's own functions in the order of `kernel.step`; `fast_forward`
passes over the minutes between two of them. tests/property/test_backtest_walk.py holds all of it to `kernel.run`, fill
for fill and mark for mark. It runs as it stands in plain Python, and compiled by `trader.backtest.compiled`; that is
why fills come back as arrays.
"""

from __future__ import annotations

from math import inf
from typing import NamedTuple

import numpy as np

from chalicelib.kernel import codes
from chalicelib.kernel.account import EMPTY_SLOT, NO_FILL, Account, Fill, Slot, open_account
from chalicelib.kernel.bar import MISSING
from chalicelib.kernel.choice import WAIT
from chalicelib.kernel.match import with_bar_over
from chalicelib.kernel.risk import mark
from chalicelib.kernel.run import Booked, Columns, bar_at
from chalicelib.kernel.step import UNTHROWN, Params, in_time, order_all, settle, steps_of
from trader.backtest.fast_forward import fast_forward, is_busy
from trader.backtest.market import MarketColumns
from trader.backtest.rule_signals import RuleSignals, choice_at, is_over
from trader.data.arrays import Floats, Integers

SYMBOL, SIDE, TIME_MS, REASON = range(4)
"""Columns of `Walked.words`."""
QUANTITY, PRICE, FEE = range(3)
"""Columns of `Walked.amounts`."""


class Walked(NamedTuple):
    """Account and slots after the last minute, and every fill in the order it was booked: (N, 4) and (N, 3)."""

    account: Account
    slots: list[Slot]
    words: Integers
    amounts: Floats


def walk(cash: float, tape: MarketColumns, rule_signals: RuleSignals, params: Params, equity: Floats) -> Walked:
    """Trade every minute of the tape from a fresh start; `equity` (T,) becomes the mark of each minute."""
    columns = Columns(tape.times, tape.open, tape.high, tape.low, tape.close, tape.volume, tape.inputs)
    times = tape.times
    account = open_account(cash)
    slots = [EMPTY_SLOT] * len(tape.open)
    choices = [WAIT] * len(slots)
    levels = np.zeros((4, len(slots)))
    fills = [Booked(0, NO_FILL)][:0]  # empty, and numba knows of what
    minute = 0
    while minute < len(times):
        account = settle_all(account, slots, fills, columns, rule_signals, minute, params)
        for symbol in range(len(slots)):
            choices[symbol] = WAIT
            if tape.highest[symbol, minute] > -inf:
                choice = choice_at(rule_signals, symbol, minute, slots[symbol].position.quantity > 0.0)
                choices[symbol] = in_time(choice, slots[symbol], params.limits)
        slots, _ = order_all(account, slots, choices, UNTHROWN, params)
        equity[minute] = account.equity
        minute += 1
        if not is_busy(slots):
            minute, account = fast_forward(account, slots, tape, rule_signals, minute, params, levels, equity)
    return Walked(account, slots, *rows_of(fills))


def rows_of(fills: list[Booked]) -> tuple[Integers, Floats]:
    """The fills as two arrays: thousands of objects would take longer to make than the walk."""
    words = np.empty((len(fills), 4), dtype=np.int64)
    amounts = np.empty((len(fills), 3))
    for row in range(len(fills)):
        symbol, fill = fills[row]
        words[row, SYMBOL] = symbol
        words[row, SIDE] = fill.side
        words[row, TIME_MS] = fill.time_ms
        words[row, REASON] = fill.reason
        amounts[row, QUANTITY] = fill.quantity
        amounts[row, PRICE] = fill.price
        amounts[row, FEE] = fill.fee
    return words, amounts


def take_all(fills: list[Booked], symbol: int, exits: list[Fill]) -> None:
    """Move the protective fills of one symbol to all the others."""
    for fill in exits:
        fills.append(Booked(symbol, fill))  # noqa: PERF401 (what numba compiles)
    exits.clear()


def settle_all(
    account: Account,
    slots: list[Slot],
    fills: list[Booked],
    columns: Columns,
    rule_signals: RuleSignals,
    minute: int,
    params: Params,
) -> Account:
    """Steps 1 to 4 of one minute; `slots` become what they are after it, `fills` grow."""
    cash = account.cash
    exits = [NO_FILL][:0]
    for symbol in range(len(slots)):
        bar = bar_at(columns, symbol, minute)
        if bar.time_ms != MISSING:
            slots[symbol], cash, order_fill = settle(
                slots[symbol], bar, cash, steps_of(params, symbol), params.limits, params.costs, exits
            )
            if order_fill.side != codes.NONE:
                fills.append(Booked(symbol, order_fill))
            if len(exits) > 0:
                take_all(fills, symbol, exits)
            slots[symbol] = with_bar_over(slots[symbol], is_over(rule_signals, symbol, minute), params.limits)
    return mark(account, cash, slots, columns.times[minute], params.limits)
