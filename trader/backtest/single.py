"""`walk` over a market of one symbol, as most are: no lists, and all minutes between two events in blocks."""

from __future__ import annotations

from math import inf

from chalicelib.kernel import codes
from chalicelib.kernel.account import EMPTY_SLOT, NO_FILL, NO_ORDER, Account, Position, Slot, open_account
from chalicelib.kernel.admission import admit
from chalicelib.kernel.bar import Bar
from chalicelib.kernel.choice import WAIT, Choice
from chalicelib.kernel.levels import adjusted, follows_highs, most_bars, next_target, stop_level
from chalicelib.kernel.limits import Limits
from chalicelib.kernel.lots import SymbolSteps
from chalicelib.kernel.match import counted, with_bar_over, with_high
from chalicelib.kernel.risk import DAY_MS, budget_of, mark, mark_at
from chalicelib.kernel.run import Booked
from chalicelib.kernel.step import Params, in_time, settle, steps_of, stop_trading
from trader.backtest.fast_forward import block_end, fast_forward_flat, moves_levels, waits
from trader.backtest.market import MarketColumns
from trader.backtest.rule_signals import RuleSignals, choice_at, is_over
from trader.backtest.walk import Walked, rows_of, take_all
from trader.data.arrays import Bytes, Floats, Integers


def walk_single(cash: float, tape: MarketColumns, rule_signals: RuleSignals, params: Params, equity: Floats) -> Walked:
    """As `walk.walk`."""
    times, open_, high, low, close = tape.times, tape.open[0], tape.high[0], tape.low[0], tape.close[0]
    volume, highest, lowest, marks = tape.volume[0], tape.highest[0], tape.lowest[0], tape.marks[0]
    flat = rule_signals.flat
    account = open_account(cash)
    slot = EMPTY_SLOT
    fills = [Booked(0, NO_FILL)][:0]  # empty, and numba knows of what
    exits = [NO_FILL][:0]
    minute = 0
    while minute < len(times):
        time_ms, price = times[minute], open_[minute]
        choice = WAIT
        if price == price:
            bar = Bar(time_ms, price, high[minute], low[minute], close[minute], volume[minute])
            slot, cash, order_fill = settle(slot, bar, cash, steps_of(params, 0), params.limits, params.costs, exits)
            if order_fill.side != codes.NONE:
                fills.append(Booked(0, order_fill))
            if len(exits) > 0:
                take_all(fills, 0, exits)
            slot = with_bar_over(slot, is_over(rule_signals, 0, minute), params.limits)
            choice = choice_at(rule_signals, 0, minute, slot.position.quantity > 0.0)
            choice = in_time(choice, slot, params.limits)
        account = mark(account, cash, (slot,), time_ms, params.limits)
        equity[minute] = account.equity
        slot = ordered(account, slot, choice, params)
        minute += 1
        if waits(slot):
            continue
        start, position = minute, slot.position
        if position.quantity > 0.0 and (moves_levels(rule_signals) or most_bars(position, params.limits) > 0):
            minute, account, position = follow_held(
                account,
                position,
                times,
                highest,
                lowest,
                marks,
                rule_signals,
                start,
                params.limits,
                steps_of(params, 0),
                equity,
            )
        elif position.quantity > 0.0:
            minute, account, position = pass_held(
                account,
                position,
                times,
                highest,
                lowest,
                marks,
                rule_signals.held[0],
                start,
                params.limits,
                steps_of(params, 0),
                equity,
            )
        else:
            minute, account = fast_forward_flat(account, times, flat, start, params.limits, equity)
        if minute > start:
            slot = Slot(position, NO_ORDER, marks[minute - 1], 0, is_over(rule_signals, 0, minute - 1))
    return Walked(account, [slot], *rows_of(fills))


def ordered(account: Account, slot: Slot, choice: Choice, params: Params) -> Slot:
    """Step 7: the slot with the order that a choice becomes, or with the levels of one to hold."""
    halted = account.halt != codes.RUNNING
    if halted:
        slot = stop_trading([slot], params.limits.flatten)[0]
    if choice.action == codes.HOLD:
        if slot.position.quantity > 0.0:
            position = adjusted(slot.position, choice, params.limits)
            slot = Slot(position, slot.order, slot.close, slot.cooldown, slot.bar_over)
        return slot
    budget = budget_of(account, (slot,), params.costs)
    verdict = admit(choice, slot, budget, halted, steps_of(params, 0), params.limits, params.costs)
    if verdict.code != codes.ORDERED:
        return slot
    return Slot(slot.position, verdict.order, slot.close, slot.cooldown, slot.bar_over)


def pass_held(
    account: Account,
    position: Position,
    times: Integers,
    highest: Floats,
    lowest: Floats,
    marks: Floats,
    held: Bytes,
    start: int,
    limits: Limits,
    steps: SymbolSteps,
    equity: Floats,
) -> tuple[int, Account, Position]:
    """`fast_forward` while the symbol is held; gives the position as it is then, too.

    Within a block the account stays as it is but for its equity; a minute that changes it otherwise is taken by itself.
    """
    cash, quantity = account.cash, position.quantity
    stop, target = levels_of(position, limits, steps)
    trailed = position.highest if follows_highs(position, limits) else inf
    running = account.halt == codes.RUNNING
    minute = start
    while minute < len(times):
        end = block_end(times, minute, (account.day + 1) * DAY_MS)
        first, rest = minute, marks[minute:end]
        minute += first_eventful(
            account,
            quantity,
            times[minute],
            rest,
            lowest[minute:end],
            stop,
            highest[minute:end],
            min(target, trailed),
            held[minute:end],
            running,
            limits,
        )
        if minute > first:
            write_equity(equity[first:minute], cash, quantity, rest)
            account = mark_at(account, cash, equity[minute - 1], times[minute - 1], limits)
            if minute == end:
                continue
        if lowest[minute] <= stop or highest[minute] >= target or (running and held[minute] != 0):
            break
        marked = mark_at(account, cash, cash + quantity * marks[minute], times[minute], limits)
        if marked.halt != account.halt:
            break
        account = marked
        equity[minute] = account.equity
        if highest[minute] > trailed:
            trailed = highest[minute]
            stop, target = levels_of(with_high(position, trailed), limits, steps)
        minute += 1
    return minute, account, with_high(position, highest_of(position.highest, highest[start:minute]))


def levels_of(position: Position, limits: Limits, steps: SymbolSteps) -> tuple[float, float]:
    """The stop and the take-profit, infinite where there is none."""
    stop, _ = stop_level(position, limits)
    target, _ = next_target(position, limits, steps)
    return stop, target if target > 0.0 else inf


def follow_held(
    account: Account,
    position: Position,
    times: Integers,
    highest: Floats,
    lowest: Floats,
    marks: Floats,
    rule_signals: RuleSignals,
    start: int,
    limits: Limits,
    steps: SymbolSteps,
    equity: Floats,
) -> tuple[int, Account, Position]:
    """`pass_held` where the strategy moves levels, as it may at every close, or bars count: minute by minute."""
    cash, quantity, held = account.cash, position.quantity, rule_signals.held[0]
    stop, target = levels_of(position, limits, steps)
    running, closes, most = account.halt == codes.RUNNING, rule_signals.closes[0], most_bars(position, limits)
    minute = start
    while minute < len(times):
        if lowest[minute] <= stop or highest[minute] >= target or (running and held[minute] != 0):
            break
        marked = mark_at(account, cash, cash + quantity * marks[minute], times[minute], limits)
        counts = most > 0 and highest[minute] > -inf and (len(closes) == 0 or closes[minute] != 0)
        if marked.halt != account.halt or (counts and position.bars + 1 >= most):
            break
        account = marked
        equity[minute] = account.equity
        risen = with_high(position, max(position.highest, highest[minute]))
        position = adjusted(risen, choice_at(rule_signals, 0, minute, True), limits) if held[minute] == 0 else risen
        if counts:
            position = counted(position)
        stop, target = levels_of(position, limits, steps)
        minute += 1
    return minute, account, position


def first_eventful(
    account: Account,
    quantity: float,
    time_ms: int,
    marks: Floats,
    lowest: Floats,
    stop: float,
    highest: Floats,
    top: float,
    held: Bytes,
    running: bool,
    limits: Limits,
) -> int:
    """The first minute that touches a level, wants what may be had, or changes the account beside its equity.

    Their number where none does. All of them are minutes of the day of `time_ms`.
    """
    first = len(marks)
    for minute in range(len(marks)):
        marked = mark_at(account, account.cash, account.cash + quantity * marks[minute], time_ms, limits)
        eventful = (
            (lowest[minute] <= stop)
            | (highest[minute] >= top)
            | (running & (held[minute] != 0))
            | (marked.halt != account.halt)
            | (marked.peak != account.peak)
            | (marked.day != account.day)
        )
        first = min(first, minute if eventful else len(marks))
    return first


def write_equity(equity: Floats, cash: float, quantity: float, marks: Floats) -> None:
    """The mark of every minute in which this much is held."""
    for minute in range(len(equity)):
        equity[minute] = cash + quantity * marks[minute]


def highest_of(top: float, highest: Floats) -> float:
    """The highest of all of these."""
    for high in highest:
        top = max(top, high)
    return top
