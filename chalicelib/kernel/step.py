"""One minute over all symbols, in the order that the design fixes.

settle   1-3  pending orders meet the open, protective levels meet the bar, fills are booked
mark     4    equity at the closes; daily loss and drawdown
observe  5    the strategy takes each of its bars that is over
decide   6-7  the strategy wants, risk answers, symbol after symbol in config order
"""

from math import nan
from typing import NamedTuple

from chalicelib.kernel import codes
from chalicelib.kernel.account import (
    EMPTY_SLOT,
    NO_FILL,
    NO_ORDER,
    NO_TERMS,
    Account,
    Costs,
    Fill,
    Order,
    Slot,
    open_account,
)
from chalicelib.kernel.admission import Verdict, admit
from chalicelib.kernel.bar import MISSING, Bar
from chalicelib.kernel.choice import WAIT, Choice
from chalicelib.kernel.fold import UNBEGUN, fold, is_fresh
from chalicelib.kernel.levels import adjusted, is_due
from chalicelib.kernel.limits import Limits
from chalicelib.kernel.lots import SymbolSteps
from chalicelib.kernel.match import begin_bar, book_exit, book_order, end_bar, fill_market, protect, with_bar_over
from chalicelib.kernel.risk import budget_of, mark, spend
from chalicelib.kernel.rule import Inputs, Observed, Rule, Values


class Params(NamedTuple):
    """What money is traded by, whatever the strategy; by symbol in config order: lots, ticks, what orders must fetch.

    The last two may be left out where nobody knows them.
    """

    limits: Limits
    costs: Costs
    lot_steps: tuple[float, ...]
    ticks: tuple[float, ...] = ()
    min_notionals: tuple[float, ...] = ()


def steps_of(params: Params, index: int) -> SymbolSteps:
    """What one symbol's exchange asks of orders."""
    return SymbolSteps(
        params.lot_steps[index],
        params.ticks[index] if index < len(params.ticks) else 0.0,
        params.min_notionals[index] if index < len(params.min_notionals) else 0.0,
    )


class Switch(NamedTuple):
    """A halt thrown from outside the kernel; a backtest has none."""

    halted: bool
    flatten: bool


class View(NamedTuple):
    """What a strategy may look at for one symbol. `decidable` False: no bar is over, or one too old to act on."""

    decidable: bool
    values: Values
    inputs: Inputs
    close: float
    """Of the bar."""


class State(NamedTuple):
    """Everything that the next minute depends on; the lists have one entry per symbol, in config order."""

    account: Account
    slots: list[Slot]
    observed: list[Observed]
    parts: list[Bar]
    """The bar that is begun, UNBEGUN before the first."""


class Outcome(NamedTuple):
    """What became of one symbol in one minute."""

    order_fill: Fill
    exit_fills: list[Fill]
    """By protective levels, in the order in which they were met."""
    choice: Choice
    verdict: Verdict


UNTHROWN = Switch(False, False)
BLIND = View(False, (), (), 0.0)
NOTHING_WANTED = Verdict(codes.NOTHING_WANTED, NO_ORDER)


def fresh_state(cash: float, symbols: int, rule: Rule) -> State:
    """Nothing held, nothing seen."""
    observed = [rule.start() for _ in range(symbols)]
    return State(open_account(cash), [EMPTY_SLOT] * symbols, observed, [UNBEGUN] * symbols)


def settle(
    slot: Slot, bar: Bar, cash: float, steps: SymbolSteps, limits: Limits, costs: Costs, exits: list[Fill]
) -> tuple[Slot, float, Fill]:
    """One symbol's bar: the pending order at the open, then the protective levels, all booked.

    Fills of protective levels are appended to `exits`; several targets may be met in one bar.
    """
    slot = begin_bar(slot)
    order_fill = NO_FILL
    if slot.order.side != codes.NONE:
        order_fill = fill_market(slot.order, bar, cash, steps, costs)
        slot, cash = book_order(slot, cash, order_fill, limits)
    while slot.position.quantity > 0.0:
        exit_fill = protect(slot.position, bar, limits, costs, steps)
        if exit_fill.side == codes.NONE:
            break
        slot, cash = book_exit(slot, cash, exit_fill, limits)
        exits.append(exit_fill)
    return end_bar(slot, bar), cash, order_fill


def stop_trading(slots: list[Slot], flatten: bool) -> list[Slot]:
    """The slots as a halt leaves them: pending entries gone, with flatten an exit for every position. Idempotent."""
    stopped = list(slots)
    for index in range(len(slots)):
        slot = slots[index]
        order = slot.order
        if order.side == codes.BUY:
            order = NO_ORDER
        if flatten and slot.position.quantity > 0.0 and order.side == codes.NONE:
            order = Order(codes.SELL, slot.position.quantity, codes.KILL_SWITCH, 0.0, 0.0, NO_TERMS)
        stopped[index] = Slot(slot.position, order, slot.close, slot.cooldown, slot.bar_over)
    return stopped


def choose(slot: Slot, view: View, rule: Rule) -> Choice:
    """Step 6: what is wanted of one symbol; to wait where there is nothing to decide on."""
    if not view.decidable:
        return WAIT
    return rule.decide(view.values, view.close, view.inputs, slot.position.quantity > 0.0)


def in_time(choice: Choice, slot: Slot, limits: Limits) -> Choice:
    """The choice at a close; to leave where it leaves some of a position that has been held for as long as it may."""
    if not slot.bar_over or not is_due(slot.position, limits) or (choice.action == codes.EXIT and choice.keep <= 0.0):
        return choice
    return Choice(codes.EXIT, codes.TIME, nan, nan, nan, 0.0, nan, nan, nan)


def order_all(
    account: Account, slots: list[Slot], choices: list[Choice], switch: Switch, params: Params
) -> tuple[list[Slot], list[Verdict]]:
    """Step 7: the slots with the orders that the choices become, each symbol seeing what those before it left."""
    guarded = account.halt != codes.RUNNING
    halted = guarded or switch.halted
    planned = list(slots)
    if halted:
        planned = stop_trading(slots, switch.flatten or (guarded and params.limits.flatten))
    verdicts = [NOTHING_WANTED] * len(slots)
    budget = budget_of(account, planned, params.costs)
    for index in range(len(slots)):
        slot = planned[index]
        if choices[index].action == codes.HOLD:
            if slot.position.quantity > 0.0:
                position = adjusted(slot.position, choices[index], params.limits)
                planned[index] = Slot(position, slot.order, slot.close, slot.cooldown, slot.bar_over)
            continue
        verdict = admit(choices[index], slot, budget, halted, steps_of(params, index), params.limits, params.costs)
        if verdict.code == codes.ORDERED:
            planned[index] = Slot(slot.position, verdict.order, slot.close, slot.cooldown, slot.bar_over)
            budget = spend(budget, planned[index], params.costs)
        verdicts[index] = verdict
    return planned, verdicts


def observe(observed: Observed, part: Bar, candle: Bar, inputs: Inputs, rule: Rule) -> tuple[Observed, Bar, View, bool]:
    """Step 5 for one symbol: what the strategy knows, the bar that is begun, the view of the newest that is over, and
    whether any is.

    A candle may close two bars: both are observed, the newer one is decided.
    """
    part, late, done = fold(part, candle, rule.step_ms, rule.interval_ms)
    view = BLIND
    for bar in (late, done):
        if bar.time_ms != MISSING:
            observed, values = rule.observe(observed, bar)
            fresh = is_fresh(bar, rule.interval_ms, candle.time_ms, rule.step_ms, rule.stale_ms)
            view = View(fresh, values, inputs, bar.close)
    return observed, part, view, late.time_ms != MISSING or done.time_ms != MISSING


def step(
    state: State, minute_ms: int, bars: list[Bar], inputs: list[Inputs], params: Params, rule: Rule
) -> tuple[State, list[Outcome]]:
    """One minute. A symbol whose bar is NO_BAR keeps its state, its pending order included, and decides nothing."""
    slots = list(state.slots)
    observed, parts = list(state.observed), list(state.parts)
    order_fills = [NO_FILL] * len(slots)
    exit_fills = [[NO_FILL][:0] for _ in slots]  # empty, and numba knows of what
    views = [BLIND] * len(slots)
    cash = state.account.cash
    for index in range(len(slots)):
        if bars[index].time_ms != MISSING:
            slots[index], cash, order_fills[index] = settle(
                slots[index], bars[index], cash, steps_of(params, index), params.limits, params.costs, exit_fills[index]
            )
    account = mark(state.account, cash, slots, minute_ms, params.limits)
    for index in range(len(slots)):
        if bars[index].time_ms != MISSING:
            observed[index], parts[index], views[index], bar_over = observe(
                observed[index], parts[index], bars[index], inputs[index], rule
            )
            slots[index] = with_bar_over(slots[index], bar_over, params.limits)
    choices = [choose(slot, view, rule) for slot, view in zip(slots, views, strict=True)]
    for index in range(len(slots)):
        if bars[index].time_ms != MISSING:
            choices[index] = in_time(choices[index], slots[index], params.limits)
    slots, verdicts = order_all(account, slots, choices, UNTHROWN, params)
    outcomes = [
        Outcome(order_fills[index], exit_fills[index], choices[index], verdicts[index]) for index in range(len(slots))
    ]
    return State(account, slots, observed, parts), outcomes
