"""How much to buy, and when not to: sizing, exposure, cooldown, daily loss, drawdown."""

from collections.abc import Sequence
from math import floor
from typing import NamedTuple

from chalicelib.kernel import codes
from chalicelib.kernel.account import NO_ORDER, Account, Costs, Order, Slot, equity
from chalicelib.kernel.choice import Choice

DAY_MS = 86_400_000
ROUNDING = 4.440892098500626e-16
"""2 to the power of -51: how far, of a number of lots, their product with the step may lie from the number written."""
UNCOUNTABLE = 9007199254740992.0
"""2 to the power of 53 lots: beyond it floats lie further apart than lots, and each is as good a multiple."""


class Limits(NamedTuple):
    """Fractions unless named otherwise; 0 switches a limit off."""

    stop_loss: float
    take_profit: float
    trailing_stop: float
    position_fraction: float
    min_notional: float
    """Quote currency."""
    max_notional: float
    """Quote currency."""
    daily_loss_limit: float
    max_drawdown: float
    max_exposure: float
    max_open_positions: int
    cooldown_bars: int
    flatten: bool
    """True: daily loss and drawdown close all positions; False: positions keep their protection."""


class Budget(NamedTuple):
    """What the symbols before this one left of the minute's means."""

    equity: float
    cash: float
    exposure: float
    """Positions and pending entries at the close, quote currency."""
    open_positions: int
    """Positions and pending entries."""


class Verdict(NamedTuple):
    """Risk's answer to a choice: why, and the order (NO_ORDER unless the code is ORDERED)."""

    code: int
    order: Order


def round_down(quantity: float, step: float) -> float:
    """The quantity itself where it is a multiple of step, else the largest multiple below; step 0.0 leaves all.

    57 times 0.01 is no 0.57 in floats but its neighbour above: what is that near a multiple is one.

    >>> round_down(0.57, 0.01), round_down(0.127, 0.05), round_down(0.127, 0.0)
    (0.57, 0.1, 0.127)
    """
    if step <= 0.0 or quantity <= 0.0 or quantity >= UNCOUNTABLE * step:
        return quantity
    if abs(floor(quantity / step + 0.5) * step - quantity) <= ROUNDING * quantity:
        return quantity
    return whole_lots(quantity, step)


def whole_lots(quantity: float, step: float) -> float:
    """The largest number of lots whose product with the step is not above quantity; as it is where nobody can count.

    >>> whole_lots(0.127, 0.05), whole_lots(0.127, 0.0)
    (0.1, 0.127)
    """
    if step <= 0.0 or quantity <= 0.0 or quantity >= UNCOUNTABLE * step:
        return quantity
    count = floor(quantity / step)  # the division may have rounded over a whole number, to either side
    if (count + 1) * step <= quantity:
        return (count + 1) * step
    return count * step if count * step <= quantity else (count - 1) * step


def cost_of_one(close: float, costs: Costs) -> float:
    """What one unit bought at the next open is expected to cost, slippage and fee included (quote currency)."""
    return close * (1.0 + costs.slippage) * (1.0 + costs.fee_rate)


def size(budget: Budget, fraction: float, close: float, lot_step: float, limits: Limits, costs: Costs) -> float:
    """Base quantity of an entry at this close: the fraction of equity with its costs, within every limit.

    0.0 or less where no limit leaves anything. Notional and exposure are counted at the close, cash with costs.
    """
    unit_cost = cost_of_one(close, costs)
    quantity = fraction * budget.equity / unit_cost
    if limits.max_notional > 0.0:
        quantity = min(quantity, limits.max_notional / close)
    quantity = min(quantity, budget.cash / unit_cost)
    if limits.max_exposure > 0.0:
        quantity = min(quantity, (limits.max_exposure * budget.equity - budget.exposure) / close)
    return round_down(quantity, lot_step)


def admit(
    choice: Choice,
    slot: Slot,
    budget: Budget,
    halted: bool,
    lot_step: float,
    limits: Limits,
    costs: Costs,
) -> Verdict:
    """The order that a choice becomes, or why it becomes none. While halted nothing new is ordered, exits included."""
    code = refusal(choice, slot, budget, halted, limits)
    if code != codes.ORDERED:
        return Verdict(code, NO_ORDER)
    if choice.action == codes.EXIT:
        return Verdict(codes.ORDERED, Order(codes.SELL, slot.position.quantity, choice.reason, 0.0, 0.0))
    fraction = choice.size if choice.size == choice.size else limits.position_fraction
    quantity = size(budget, fraction, slot.close, lot_step, limits, costs)
    if budget.cash <= 0.0:
        return Verdict(codes.NO_CASH, NO_ORDER)
    if quantity <= 0.0 or quantity * slot.close < limits.min_notional:
        return Verdict(codes.BELOW_MIN_NOTIONAL, NO_ORDER)
    levels = level_of(choice.stop), level_of(choice.take_profit)
    return Verdict(codes.ORDERED, Order(codes.BUY, quantity, choice.reason, levels[0], levels[1]))


def refusal(choice: Choice, slot: Slot, budget: Budget, halted: bool, limits: Limits) -> int:
    """Why a choice becomes no order whatever its quantity, ORDERED where nothing is in its way."""
    if choice.action == codes.HOLD:
        return codes.NOTHING_WANTED
    if slot.order.side != codes.NONE:
        return codes.PENDING
    if halted:
        return codes.HALTED
    if choice.action == codes.EXIT:
        return codes.ORDERED if slot.position.quantity > 0.0 else codes.NOT_HELD
    if slot.position.quantity > 0.0:
        return codes.ALREADY_HELD
    return entry_refusal(slot, budget, limits)


def entry_refusal(slot: Slot, budget: Budget, limits: Limits) -> int:
    """Why nothing may be entered now, ORDERED where it may."""
    if slot.cooldown > 0:
        return codes.COOLDOWN
    if 0 < limits.max_open_positions <= budget.open_positions:
        return codes.MAX_OPEN_POSITIONS
    if limits.max_exposure > 0.0 and budget.exposure >= limits.max_exposure * budget.equity:
        return codes.MAX_EXPOSURE
    return codes.ORDERED


def level_of(price: float) -> float:
    """A strategy's level as orders and positions keep it: 0.0 for none."""
    return price if price == price else 0.0


def budget_of(account: Account, slots: Sequence[Slot], costs: Costs) -> Budget:
    """Equity, free cash and exposure after the mark; entries still pending are reserved at their symbol's close."""
    cash = account.cash
    exposure = 0.0
    count = 0
    for slot in slots:
        if slot.position.quantity > 0.0:
            exposure += slot.position.quantity * slot.close
            count += 1
        if slot.order.side == codes.BUY:
            exposure += slot.order.quantity * slot.close
            cash -= slot.order.quantity * cost_of_one(slot.close, costs)
            count += 1
    return Budget(account.equity, cash, exposure, count)


def spend(budget: Budget, order: Order, close: float, costs: Costs) -> Budget:
    """What an entry order leaves to the symbols after it; an exit frees nothing before it has filled."""
    if order.side != codes.BUY:
        return budget
    cost = order.quantity * cost_of_one(close, costs)
    return Budget(
        budget.equity, budget.cash - cost, budget.exposure + order.quantity * close, budget.open_positions + 1
    )


def drawdown(account: Account) -> float:
    """Fraction by which the last mark lies below the highest."""
    return (account.peak - account.equity) / account.peak if account.peak > 0.0 else 0.0


def mark(account: Account, cash: float, slots: Sequence[Slot], minute_ms: int, limits: Limits) -> Account:
    """The account marked at this minute's closes. A minute belongs to the UTC day of its open."""
    return mark_at(account, cash, equity(cash, slots), minute_ms, limits)


def mark_at(account: Account, cash: float, value: float, minute_ms: int, limits: Limits) -> Account:
    """The account marked at this equity.

    A daily-loss halt ends with the first minute of the next day, a drawdown halt lasts until somebody resumes.
    """
    day = minute_ms // DAY_MS
    base = account.day_base
    halt = account.halt
    if day != account.day:
        base = account.equity
        if halt == codes.DAILY_LOSS:
            halt = codes.RUNNING
    marked = Account(cash, value, max(account.peak, value), day, base, halt)
    if limits.max_drawdown > 0.0 and drawdown(marked) >= limits.max_drawdown:
        halt = codes.DRAWDOWN
    elif halt == codes.RUNNING and limits.daily_loss_limit > 0.0 and base - value >= limits.daily_loss_limit * base:
        halt = codes.DAILY_LOSS
    return Account(cash, value, marked.peak, day, base, halt)


def resumed(account: Account) -> Account:
    """The account after a person resumed: running; day base and peak at the last mark, or it would halt again."""
    return Account(account.cash, account.equity, account.equity, account.day, account.equity, codes.RUNNING)
