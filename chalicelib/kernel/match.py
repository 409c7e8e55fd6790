"""What a bar does to a pending market order and to a position's protective levels, pessimistically.

A bar that spans stop and take-profit is the stop: inside a bar nobody knows which came first. Slippage is adverse on
market and stop fills and absent on take-profit, which rests as a limit order.
"""

from chalicelib.kernel.account import FLAT, NO_FILL, NO_ORDER, Costs, Fill, Order, Position, Slot, book
from chalicelib.kernel.bar import Bar
from chalicelib.kernel.choice import Choice
from chalicelib.kernel.codes import BUY, NONE, SELL, STOP_LOSS, TAKE_PROFIT, TRAILING_STOP
from chalicelib.kernel.risk import Limits, round_down, whole_lots

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


def fill_market(order: Order, bar: Bar, cash: float, lot_step: float, costs: Costs) -> Fill:
    """The pending order at the bar's open.

    A buy that cash does not afford is cut to the cash; NO_FILL if nothing is left of it.
    """
    if order.side == BUY:
        price = bar.open * (1.0 + costs.slippage)
        quantity = affordable(order.quantity, price, cash, lot_step, costs.fee_rate)
        if quantity <= 0.0:
            return NO_FILL
        return Fill(BUY, quantity, price, quantity * price * costs.fee_rate, bar.time_ms, order.reason)
    price = bar.open * (1.0 - costs.slippage)
    return Fill(SELL, order.quantity, price, order.quantity * price * costs.fee_rate, bar.time_ms, order.reason)


def stop_level(position: Position, limits: Limits) -> tuple[float, int]:
    """The stop that acts first and its reason: the higher of stop-loss and trailing stop; (0.0, NONE) for neither."""
    level = 0.0
    reason = NONE
    own = own_stop(position, limits)
    if own > 0.0:
        level = own
        reason = STOP_LOSS
    if limits.trailing_stop > 0.0 and position.highest > 0.0:
        trail = position.highest * (1.0 - limits.trailing_stop)
        if trail > level:
            level = trail
            reason = TRAILING_STOP
    return level, reason


def own_stop(position: Position, limits: Limits) -> float:
    """The strategy's stop where it gave one, else that of risk.stop_loss; 0.0 for neither."""
    if position.stop > 0.0:
        return position.stop
    return position.entry_price * (1.0 - limits.stop_loss) if limits.stop_loss > 0.0 else 0.0


def take_profit_level(position: Position, limits: Limits) -> float:
    """The take-profit price, the strategy's where it gave one; 0.0 when it is off."""
    if position.take_profit > 0.0:
        return position.take_profit
    return position.entry_price * (1.0 + limits.take_profit) if limits.take_profit > 0.0 else 0.0


def crossed_by_the_fill(position: Position) -> int:
    """Which level the entry filled beyond, as the reason to leave at once; NONE where it lies between them."""
    if position.stop >= position.entry_price:
        return STOP_LOSS
    return TAKE_PROFIT if 0.0 < position.take_profit <= position.entry_price else NONE


def protect(position: Position, bar: Bar, limits: Limits, costs: Costs) -> Fill:
    """The protective exit in this bar, or NO_FILL. The open of the entry bar is the fill itself: it cannot trigger.

    A level that the entry filled beyond is met by the fill, whose price is the only one known to have been paid: at the
    level itself the bar may never have traded.
    """
    if bar.time_ms == position.entry_ms and crossed_by_the_fill(position) != NONE:
        price = position.entry_price * (1.0 - costs.slippage)
        fee = position.quantity * price * costs.fee_rate
        return Fill(SELL, position.quantity, price, fee, bar.time_ms, crossed_by_the_fill(position))
    stop, reason = stop_level(position, limits)
    target = take_profit_level(position, limits)
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
        price = stopped * (1.0 - costs.slippage)
        return Fill(SELL, position.quantity, price, position.quantity * price * costs.fee_rate, bar.time_ms, reason)
    if taken > 0.0:
        return Fill(
            SELL, position.quantity, taken, position.quantity * taken * costs.fee_rate, bar.time_ms, TAKE_PROFIT
        )
    return NO_FILL


def book_order(slot: Slot, cash: float, fill: Fill, limits: Limits) -> tuple[Slot, float]:
    """Slot and cash after the pending order was answered (NO_FILL: it came to nothing). The order is gone."""
    if fill.side == NONE:
        return Slot(slot.position, NO_ORDER, slot.close, slot.cooldown, slot.bar_over), cash
    cash, position = book(cash, slot.position, fill)
    if fill.side == BUY:
        position = with_levels(position, slot.order.stop, slot.order.take_profit)
    return Slot(position, NO_ORDER, slot.close, _cooldown_after(slot, position, limits), slot.bar_over), cash


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
    """The slot at the candle's close: marked at it, the trailing stop raised for the next one."""
    held = slot.position
    position = with_high(held, max(held.highest, bar.high)) if held.quantity > 0.0 else FLAT
    return Slot(position, slot.order, bar.close, slot.cooldown, slot.bar_over)


def with_bar_over(slot: Slot, bar_over: bool) -> Slot:
    """The slot after its candle closed a bar of the strategy, or did not."""
    return Slot(slot.position, slot.order, slot.close, slot.cooldown, bar_over)


def with_high(position: Position, highest: float) -> Position:
    """The position after a higher high."""
    return Position(
        position.quantity,
        position.entry_price,
        position.entry_fee,
        position.entry_ms,
        highest,
        position.stop,
        position.take_profit,
    )


def with_levels(position: Position, stop: float, take_profit: float) -> Position:
    """The position with these levels in place of its own (prices, 0.0 for none)."""
    return Position(
        position.quantity,
        position.entry_price,
        position.entry_fee,
        position.entry_ms,
        position.highest,
        stop,
        take_profit,
    )


def adjusted(position: Position, choice: Choice, limits: Limits) -> Position:
    """The position with the levels of a choice to hold; the stop is only ever raised, a NaN leaves a level as it is."""
    stop = choice.stop if choice.stop > own_stop(position, limits) else position.stop
    target = choice.take_profit if choice.take_profit == choice.take_profit else position.take_profit
    return with_levels(position, stop, target)
