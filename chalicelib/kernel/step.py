"""One minute over all symbols, in the order that the design fixes.

settle   1-3  pending orders meet the open, protective levels meet the bar, fills are booked
mark     4    equity at the closes; daily loss and drawdown
observe  5    indicators take the close
decide   6-7  the rule wants, risk answers, symbol after symbol in config order
"""

from typing import NamedTuple

from chalicelib.kernel import codes
from chalicelib.kernel.account import EMPTY_SLOT, NO_FILL, NO_ORDER, Account, Costs, Fill, Order, Slot, open_account
from chalicelib.kernel.bar import MISSING, Bar
from chalicelib.kernel.decide import WAIT, Choice, Rule, decide
from chalicelib.kernel.indicators import FRESH, UNDEFINED, Indicators, Snapshot, observe
from chalicelib.kernel.match import begin_bar, book_exit, book_order, end_bar, fill_market, protect
from chalicelib.kernel.risk import Limits, Verdict, admit, budget_of, mark, spend


class Params(NamedTuple):
    """Everything that a run is parameterised by; `lot_steps` has one entry per symbol, in config order."""

    rule: Rule
    limits: Limits
    costs: Costs
    lot_steps: tuple[float, ...]


class Switch(NamedTuple):
    """A halt thrown from outside the kernel; a backtest has none."""

    halted: bool
    flatten: bool


class View(NamedTuple):
    """What the rule may look at for one symbol. `decidable` False: no bar this minute, or one too old to act on."""

    decidable: bool
    snapshot: Snapshot
    sentiment: float


class State(NamedTuple):
    """Everything that the next minute depends on; the lists have one entry per symbol, in config order."""

    account: Account
    slots: list[Slot]
    indicators: list[Indicators]


class Outcome(NamedTuple):
    """What became of one symbol in one minute."""

    order_fill: Fill
    exit_fill: Fill
    choice: Choice
    verdict: Verdict


UNTHROWN = Switch(False, False)
BLIND = View(False, UNDEFINED, 0.0)
NOTHING_WANTED = Verdict(codes.NOTHING_WANTED, NO_ORDER)


def fresh_state(cash: float, symbols: int) -> State:
    """Nothing held, nothing seen."""
    return State(open_account(cash), [EMPTY_SLOT] * symbols, [FRESH] * symbols)


def settle(
    slot: Slot, bar: Bar, cash: float, lot_step: float, limits: Limits, costs: Costs
) -> tuple[Slot, float, Fill, Fill]:
    """One symbol's bar: the pending order at the open, then the protective levels, both booked."""
    slot = begin_bar(slot)
    order_fill = NO_FILL
    if slot.order.side != codes.NONE:
        order_fill = fill_market(slot.order, bar, cash, lot_step, costs)
        slot, cash = book_order(slot, cash, order_fill, limits)
    exit_fill = NO_FILL
    if slot.position.quantity > 0.0:
        exit_fill = protect(slot.position, bar, limits, costs)
        slot, cash = book_exit(slot, cash, exit_fill, limits)
    return end_bar(slot, bar), cash, order_fill, exit_fill


def stop_trading(slots: list[Slot], flatten: bool) -> list[Slot]:
    """The slots as a halt leaves them: pending entries gone, with flatten an exit for every position. Idempotent."""
    stopped = list(slots)
    for index in range(len(slots)):
        slot = slots[index]
        order = slot.order
        if order.side == codes.BUY:
            order = NO_ORDER
        if flatten and slot.position.quantity > 0.0 and order.side == codes.NONE:
            order = Order(codes.SELL, slot.position.quantity, codes.KILL_SWITCH)
        stopped[index] = Slot(slot.position, order, slot.close, slot.cooldown)
    return stopped


def choose(slots: list[Slot], views: list[View], rule: Rule) -> list[Choice]:
    """Step 6: the rule's choice for each symbol; to wait where there is nothing to decide on."""
    choices = [WAIT] * len(slots)
    for index in range(len(slots)):
        view, slot = views[index], slots[index]
        if view.decidable:
            choices[index] = decide(view.snapshot, slot.close, view.sentiment, slot.position.quantity > 0.0, rule)
    return choices


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
        if choices[index].action == codes.HOLD:
            continue
        slot = planned[index]
        verdict = admit(choices[index], slot, budget, halted, params.lot_steps[index], params.limits, params.costs)
        if verdict.code == codes.ORDERED:
            planned[index] = Slot(slot.position, verdict.order, slot.close, slot.cooldown)
            budget = spend(budget, verdict.order, slot.close, params.costs)
        verdicts[index] = verdict
    return planned, verdicts


def step(
    state: State, minute_ms: int, bars: list[Bar], sentiments: list[float], params: Params
) -> tuple[State, list[Outcome]]:
    """One minute. A symbol whose bar is NO_BAR keeps its state, its pending order included, and decides nothing."""
    slots = list(state.slots)
    indicators = list(state.indicators)
    order_fills = [NO_FILL] * len(slots)
    exit_fills = [NO_FILL] * len(slots)
    views = [BLIND] * len(slots)
    cash = state.account.cash
    for index in range(len(slots)):
        if bars[index].time_ms != MISSING:
            slots[index], cash, order_fills[index], exit_fills[index] = settle(
                slots[index], bars[index], cash, params.lot_steps[index], params.limits, params.costs
            )
    account = mark(state.account, cash, slots, minute_ms, params.limits)
    for index in range(len(slots)):
        if bars[index].time_ms != MISSING:
            indicators[index], snapshot = observe(indicators[index], bars[index].close, params.rule.rsi_period)
            views[index] = View(True, snapshot, sentiments[index])
    choices = choose(slots, views, params.rule)
    slots, verdicts = order_all(account, slots, choices, UNTHROWN, params)
    outcomes = [
        Outcome(order_fills[index], exit_fills[index], choices[index], verdicts[index]) for index in range(len(slots))
    ]
    return State(account, slots, indicators), outcomes
