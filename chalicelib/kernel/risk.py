"""What there is to risk, and when to stop: means, exposure, daily loss, drawdown."""

from collections.abc import Sequence
from typing import NamedTuple

from chalicelib.kernel import codes
from chalicelib.kernel.account import Account, Costs, Slot, equity
from chalicelib.kernel.limits import Limits

DAY_MS = 86_400_000


class Budget(NamedTuple):
    """What the symbols before this one left of the minute's means."""

    equity: float
    cash: float
    exposure: float
    """Positions and pending entries at the close, quote currency."""
    open_positions: int
    """Positions and pending entries."""


def cost_of_one(close: float, costs: Costs) -> float:
    """What one unit bought at the next open is expected to cost, slippage and fee included (quote currency)."""
    return close * (1.0 + costs.slippage) * (1.0 + costs.fee_rate)


def budget_of(account: Account, slots: Sequence[Slot], costs: Costs) -> Budget:
    """Equity, free cash and exposure after the mark; entries still pending are reserved at their symbol's close."""
    cash = account.cash
    exposure = 0.0
    count = 0
    for slot in slots:
        if slot.position.quantity > 0.0:
            exposure += slot.position.quantity * slot.close
        if slot.order.side == codes.BUY:
            exposure += slot.order.quantity * slot.close
            cash -= slot.order.quantity * cost_of_one(slot.close, costs)
        if slot.position.quantity > 0.0 or slot.order.side == codes.BUY:
            count += 1
    return Budget(account.equity, cash, exposure, count)


def spend(budget: Budget, slot: Slot, costs: Costs) -> Budget:
    """What the slot's new order leaves to the symbols after it; an exit frees nothing before it has filled."""
    order = slot.order
    if order.side != codes.BUY:
        return budget
    cash = budget.cash - order.quantity * cost_of_one(slot.close, costs)
    opened = 0 if slot.position.quantity > 0.0 else 1
    return Budget(budget.equity, cash, budget.exposure + order.quantity * slot.close, budget.open_positions + opened)


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
