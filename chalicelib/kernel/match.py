"""What a bar does to a pending market order and to a position's protective levels, pessimistically.

A bar that spans stop and take-profit is the stop: inside a bar nobody knows which came first. Slippage is adverse on
market and stop fills and absent on take-profit, which rests as a limit order.
"""

from chalicelib.kernel.account import FLAT, NO_FILL, NO_ORDER, Costs, Fill, Order, Position, Slot, Terms, book
from chalicelib.kernel.bar import Bar
from chalicelib.kernel.codes import BUY, NONE, SELL, TAKE_PROFIT
from chalicelib.kernel.levels import crossed_by_the_fill, most_bars, next_target, stop_level, with_levels
from chalicelib.kernel.limits import Limits
from chalicelib.kernel.lots import SymbolSteps, price_above, price_below, round_down, whole_lots

MOST_CUTS = 16
"""What cash should pay costs at most a few rounding errors more; beyond them, numbers are below precision."""
A_BIT_LESS = 0.9999999999999998
"""1 less 2 to the power of -52."""


def affordable(quantity: float, price: float, cash: float, lot_step: float, fee_rate: float) -> float:
    """The quantity, cut to what cash pays with its fee and then down to the lot step."""
    cost = quantity * price
    if cost + cost * fee_rate <= cash:
        return quantity
    cut = round_down(max(cash, 0.0) / (price * (1.0 + fee_rate)), lot_step)
    for _ in range(MOST_CUTS):
        if cut * price + cut * price * fee_rate <= cash:
            return cut
        cut = whole_lots(cut * A_BIT_LESS, lot_step)
    return 0.0


def fill_market(order: Order, bar: Bar, cash: float, steps: SymbolSteps, costs: Costs) -> Fill:
    """The pending order at the bar's open, with slippage, and at the next tick that is worse.

    A buy that cash does not afford is cut to the cash; NO_FILL if nothing is left of it.
    """
    if order.side == BUY:
        price = price_above(bar.open * (1.0 + costs.slippage), steps.tick)
        quantity = affordable(order.quantity, price, cash, steps.lot, costs.fee_rate)
        if quantity <= 0.0:
            return NO_FILL
        return Fill(BUY, quantity, price, quantity * price * costs.fee_rate, bar.time_ms, order.reason)
    price = price_below(bar.open * (1.0 - costs.slippage), steps.tick)
    return Fill(SELL, order.quantity, price, order.quantity * price * costs.fee_rate, bar.time_ms, order.reason)


def protect(position: Position, bar: Bar, limits: Limits, costs: Costs, steps: SymbolSteps) -> Fill:
    """The first protective exit in this bar, or NO_FILL; of a position that it left a part of, the next, asked again.

    The open of the entry bar is the fill itself: it cannot trigger. A stop sells all that is left, before any target
    that lies beyond the open: inside the bar nobody knows which came first.

    A level that the entry filled beyond is met by the fill, whose price is the only one known to have been paid: at the
    level itself the bar may never have traded.
    """
    if bar.time_ms == position.entry_ms and crossed_by_the_fill(position) != NONE:
        price = price_below(position.entry_price * (1.0 - costs.slippage), steps.tick)
        fee = position.quantity * price * costs.fee_rate
        return Fill(SELL, position.quantity, price, fee, bar.time_ms, crossed_by_the_fill(position))
    stop, reason = stop_level(position, limits)
    target, part = next_target(position, limits, steps)
    stopped = 0.0
    taken = 0.0
    if bar.time_ms != position.entry_ms and stop > 0.0 and bar.open <= stop:
        stopped = bar.open
    elif bar.time_ms != position.entry_ms and target > 0.0 and bar.open >= target:
        taken = bar.open
    elif stop > 0.0 and bar.low <= stop:
        stopped = stop
    elif target > 0.0 and bar.high >= target:
        taken = target
    if stopped > 0.0:
        price = price_below(stopped * (1.0 - costs.slippage), steps.tick)
        return Fill(SELL, position.quantity, price, position.quantity * price * costs.fee_rate, bar.time_ms, reason)
    if taken > 0.0:
        price = min(price_above(taken, steps.tick), bar.high)
        return Fill(SELL, part, price, part * price * costs.fee_rate, bar.time_ms, TAKE_PROFIT)
    return NO_FILL


def book_order(slot: Slot, cash: float, fill: Fill, limits: Limits) -> tuple[Slot, float]:
    """Slot and cash after the pending order was answered (NO_FILL: it came to nothing). The order is gone."""
    if fill.side == NONE:
        return Slot(slot.position, NO_ORDER, slot.close, slot.cooldown, slot.bar_over), cash
    cash, position = book(cash, slot.position, fill)
    if fill.side == BUY and slot.position.quantity > 0.0:
        position = added(slot.position, position, slot.order, limits)
    elif fill.side == BUY:
        position = with_levels(position, slot.order.stop, slot.order.take_profit, slot.order.terms)
    return Slot(position, NO_ORDER, slot.close, _cooldown_after(slot, position, limits), slot.bar_over), cash


def added(before: Position, after: Position, order: Order, limits: Limits) -> Position:
    """The position after an entry was added to it: levels hang on the mean price, but no stop is lowered."""
    stop = max(before.stop, order.stop)
    target = order.take_profit if order.take_profit > 0.0 else before.take_profit
    position = with_levels(after, stop, target, joined(before.terms, order.terms))
    floor, _ = stop_level(before, limits)
    level, _ = stop_level(position, limits)
    position = with_levels(position, floor, position.take_profit, position.terms) if level < floor else position
    return with_counts(position, position.highest, position.adds + 1, position.bars)


def joined(before: Terms, newer: Terms) -> Terms:
    """The terms of a position to which an entry was added: what the entry said, else what stood before."""
    return Terms(
        newer.trailing if newer.trailing > 0.0 else before.trailing,
        newer.break_even if newer.break_even > 0.0 else before.break_even,
        newer.max_bars if newer.max_bars > 0 else before.max_bars,
    )


def book_exit(slot: Slot, cash: float, fill: Fill, limits: Limits) -> tuple[Slot, float]:
    """Slot and cash after a protective exit; a pending order is left as it is."""
    if fill.side == NONE:
        return slot, cash
    cash, position = book(cash, slot.position, fill)
    return Slot(position, slot.order, slot.close, _cooldown_after(slot, position, limits), slot.bar_over), cash


def _cooldown_after(slot: Slot, position: Position, limits: Limits) -> int:
    left_the_market = slot.position.quantity > 0.0 and position.quantity == 0.0
    return limits.cooldown_bars if left_the_market else slot.cooldown


def begin_bar(slot: Slot) -> Slot:
    """The slot as a new candle of its symbol arrives: a bar of cooldown is over where the last one closed a bar."""
    cooldown = max(slot.cooldown - 1, 0) if slot.bar_over else slot.cooldown
    return Slot(slot.position, slot.order, slot.close, cooldown, slot.bar_over)


def end_bar(slot: Slot, bar: Bar) -> Slot:
    """The slot at the candle's close: marked at it, what follows the high raised for the next one."""
    held = slot.position
    position = with_high(held, max(held.highest, bar.high)) if held.quantity > 0.0 else FLAT
    return Slot(position, slot.order, bar.close, slot.cooldown, slot.bar_over)


def with_bar_over(slot: Slot, bar_over: bool, limits: Limits) -> Slot:
    """The slot after its candle closed a bar of the strategy, which counts what is held, or did not."""
    held = slot.position
    if bar_over and held.quantity > 0.0 and most_bars(held, limits) > 0:
        held = counted(held)
    return Slot(held, slot.order, slot.close, slot.cooldown, bar_over)


def with_high(position: Position, highest: float) -> Position:
    """The position after a higher high."""
    return with_counts(position, highest, position.adds, position.bars)


def counted(position: Position) -> Position:
    """The position after one more bar."""
    return with_counts(position, position.highest, position.adds, position.bars + 1)


def with_counts(position: Position, highest: float, adds: int, bars: int) -> Position:
    """The position with another highest high and other numbers of entries and bars."""
    return Position(
        position.quantity,
        position.entry_price,
        position.entry_fee,
        position.entry_ms,
        highest,
        position.stop,
        position.take_profit,
        position.entered,
        position.parts,
        adds,
        bars,
        position.terms,
    )
