"""Risk's answer to what a strategy wants: an order, or why there is none."""

from typing import NamedTuple

from chalicelib.kernel import codes
from chalicelib.kernel.account import NO_ORDER, NO_TERMS, Costs, Order, Slot, Terms
from chalicelib.kernel.choice import Choice
from chalicelib.kernel.levels import stop_level
from chalicelib.kernel.limits import Limits
from chalicelib.kernel.lots import SymbolSteps, least_worth, round_down, to_sell
from chalicelib.kernel.risk import Budget, cost_of_one


class Verdict(NamedTuple):
    """Risk's answer to a choice: why, and the order (NO_ORDER unless the code is ORDERED)."""

    code: int
    order: Order


def admit(
    choice: Choice,
    slot: Slot,
    budget: Budget,
    halted: bool,
    steps: SymbolSteps,
    limits: Limits,
    costs: Costs,
) -> Verdict:
    """The order that a choice becomes, or why it becomes none. While halted nothing new is ordered, exits included."""
    code = refusal(choice, slot, budget, halted, limits)
    if code != codes.ORDERED:
        return Verdict(code, NO_ORDER)
    if choice.action == codes.EXIT:
        part = to_sell(slot.position, choice.keep, slot.close, steps, limits)
        return Verdict(codes.ORDERED if part > 0.0 else codes.NO_PART, exit_order(part, choice.reason))
    levels = level_of(choice.stop), level_of(choice.take_profit)
    wanted = wanted_quantity(choice, slot, budget, limits, costs)
    if limits.sizing == codes.BY_RISK and wanted == 0.0:
        return Verdict(codes.NO_STOP, NO_ORDER)
    quantity = within_limits(wanted, budget, slot.close, steps.lot, limits, costs)
    if budget.cash <= 0.0:
        return Verdict(codes.NO_CASH, NO_ORDER)
    if quantity <= 0.0 or quantity * slot.close < least_worth(steps, limits):
        return Verdict(codes.BELOW_MIN_NOTIONAL, NO_ORDER)
    return Verdict(codes.ORDERED, Order(codes.BUY, quantity, choice.reason, levels[0], levels[1], terms_of(choice)))


def exit_order(quantity: float, reason: int) -> Order:
    """The sale of this quantity at the next open, NO_ORDER where it is none."""
    return Order(codes.SELL, quantity, reason, 0.0, 0.0, NO_TERMS) if quantity > 0.0 else NO_ORDER


def wanted_quantity(choice: Choice, slot: Slot, budget: Budget, limits: Limits, costs: Costs) -> float:
    """Base quantity of an entry at this close before any limit: by the kind of sizing that is set.

    0.0 where it is to follow from a stop and there is none below the price.
    """
    if limits.sizing == codes.BY_RISK:
        stop = expected_stop(choice, slot, limits, costs)
        if not 0.0 < stop < slot.close:
            return 0.0
        return limits.risk_per_trade * budget.equity / loss_of_one(slot.close, stop, costs)
    if limits.sizing == codes.BY_AMOUNT:
        return limits.entry_amount / cost_of_one(slot.close, costs)
    fraction = choice.size if choice.size == choice.size else limits.position_fraction
    return fraction * budget.equity / cost_of_one(slot.close, costs)


def expected_stop(choice: Choice, slot: Slot, limits: Limits, costs: Costs) -> float:
    """The stop of an entry at this close: the strategy's, else that of risk.stop_loss; 0.0 for neither.

    Where it is added to a position, none below that position's: a stop is never lowered.
    """
    stop = level_of(choice.stop)
    if stop <= 0.0 and limits.stop_loss > 0.0:
        stop = slot.close * (1.0 + costs.slippage) * (1.0 - limits.stop_loss)
    if slot.position.quantity <= 0.0:
        return stop
    level, _ = stop_level(slot.position, limits)
    return max(stop, level)


def loss_of_one(close: float, stop: float, costs: Costs) -> float:
    """What one unit bought at the next open loses where it is left at the stop (quote currency), both fills with costs.

    Percent risk (Van K. Tharp, Trade Your Way to Financial Freedom, 1998: quantity = equity at risk over the distance
    to the stop) with slippage and fee of either fill in the distance. A gap through the stop loses more.

    >>> loss_of_one(100.0, 95.0, Costs(0.0, 0.0)), loss_of_one(100.0, 95.0, Costs(0.001, 0.0))
    (5.0, 5.194999999999993)
    """
    return cost_of_one(close, costs) - stop * (1.0 - costs.slippage) * (1.0 - costs.fee_rate)


def within_limits(
    quantity: float, budget: Budget, close: float, lot_step: float, limits: Limits, costs: Costs
) -> float:
    """The quantity cut to every limit, in whole lots; 0.0 or less where no limit leaves anything.

    Notional and exposure are counted at the close, cash with costs.
    """
    if limits.max_notional > 0.0:
        quantity = min(quantity, limits.max_notional / close)
    quantity = min(quantity, budget.cash / cost_of_one(close, costs))
    if limits.max_exposure > 0.0:
        quantity = min(quantity, (limits.max_exposure * budget.equity - budget.exposure) / close)
    return round_down(quantity, lot_step)


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
    if slot.position.quantity > 0.0 and slot.position.adds + 1 >= limits.max_entries:
        return codes.ALREADY_HELD
    return entry_refusal(slot, budget, limits)


def entry_refusal(slot: Slot, budget: Budget, limits: Limits) -> int:
    """Why nothing may be entered now, ORDERED where it may."""
    if slot.cooldown > 0:
        return codes.COOLDOWN
    if slot.position.quantity <= 0.0 and 0 < limits.max_open_positions <= budget.open_positions:
        return codes.MAX_OPEN_POSITIONS
    if limits.max_exposure > 0.0 and budget.exposure >= limits.max_exposure * budget.equity:
        return codes.MAX_EXPOSURE
    return codes.ORDERED


def level_of(price: float) -> float:
    """A strategy's level as orders and positions keep it: 0.0 for none."""
    return price if price == price else 0.0


def terms_of(choice: Choice) -> Terms:
    """What an entry says in place of keys of [risk], as orders and positions keep it."""
    max_bars = int(choice.max_bars) if choice.max_bars == choice.max_bars else 0
    return Terms(level_of(choice.trailing), level_of(choice.break_even), max_bars)
