"""The prices at which a position is left whatever the strategy says: its stop and its targets."""

from chalicelib.kernel.account import Position, Terms
from chalicelib.kernel.choice import Choice
from chalicelib.kernel.codes import BREAK_EVEN, NONE, STOP_LOSS, TAKE_PROFIT, TRAILING_STOP
from chalicelib.kernel.limits import Limits
from chalicelib.kernel.lots import SymbolSteps, to_sell


def stop_level(position: Position, limits: Limits) -> tuple[float, int]:
    """The stop that acts first and its reason, the highest of all; (0.0, NONE) for none.

    What hangs on the highest high moves at a close: `highest` is that of completed bars.
    """
    level = own_stop(position, limits)
    reason = STOP_LOSS if level > 0.0 else NONE
    if position.highest > 0.0:
        trail = trailing_level(position, limits)
        if trail > level:
            level = trail
            reason = TRAILING_STOP
        if is_secured(position, limits) and position.entry_price > level:
            level = position.entry_price
            reason = BREAK_EVEN
    return level, reason


def own_stop(position: Position, limits: Limits) -> float:
    """The strategy's stop where it gave one, else that of risk.stop_loss; 0.0 for neither."""
    if position.stop > 0.0:
        return position.stop
    return position.entry_price * (1.0 - limits.stop_loss) if limits.stop_loss > 0.0 else 0.0


def trailing_level(position: Position, limits: Limits) -> float:
    """The trailing stop below the highest high: at the entry's own distance, else the higher of a fraction and a
    distance of risk; 0.0 for none.
    """
    level = 0.0
    highest = position.highest
    if position.terms.trailing > 0.0:
        return max(level, highest - position.terms.trailing)
    if limits.trailing_stop > 0.0:
        level = highest * (1.0 - limits.trailing_stop)
    if limits.trailing_distance > 0.0:
        level = max(level, highest - limits.trailing_distance)
    return level


def is_secured(position: Position, limits: Limits) -> bool:
    """Whether the price has once been so high that the position is not to become a loss, its fees apart."""
    if position.terms.break_even > 0.0:
        return position.highest >= position.terms.break_even
    return limits.break_even_at > 0.0 and position.highest >= position.entry_price * (1.0 + limits.break_even_at)


def follows_highs(position: Position, limits: Limits) -> bool:
    """Whether a new high can move the stop of a position."""
    own = position.terms.trailing > 0.0 or position.terms.break_even > 0.0
    return own or limits.trailing_stop > 0.0 or limits.trailing_distance > 0.0 or limits.break_even_at > 0.0


def most_bars(position: Position, limits: Limits) -> int:
    """How many of the strategy's bars it may be held, 0 for any number."""
    return position.terms.max_bars if position.terms.max_bars > 0 else limits.max_bars_held


def is_due(position: Position, limits: Limits) -> bool:
    """Whether it has been held for as many of the strategy's bars as it may be."""
    return 0 < most_bars(position, limits) <= position.bars and position.quantity > 0.0


def next_target(position: Position, limits: Limits, steps: SymbolSteps) -> tuple[float, float]:
    """The lowest target that sells something: its price, and how much it sells; (0.0, 0.0) for none."""
    if position.take_profit > 0.0:
        return position.take_profit, position.quantity
    if limits.targets[0].distance > 0.0:
        return next_part(position, limits, steps)
    level = position.entry_price * (1.0 + limits.take_profit) if limits.take_profit > 0.0 else 0.0
    return level, position.quantity


def next_part(position: Position, limits: Limits, steps: SymbolSteps) -> tuple[float, float]:
    """The lowest of several targets that sells something, as `next_target`."""
    for target in limits.targets:
        if target.distance > 0.0:
            level = position.entry_price * (1.0 + target.distance)
            quantity = to_sell(position, target.keep, level, steps, limits)
            if quantity > 0.0:
                return level, quantity
    return 0.0, 0.0


def crossed_by_the_fill(position: Position) -> int:
    """Which level the entry filled beyond, as the reason to leave at once; NONE where it lies between them."""
    if position.stop >= position.entry_price:
        return STOP_LOSS
    return TAKE_PROFIT if 0.0 < position.take_profit <= position.entry_price else NONE


def adjusted(position: Position, choice: Choice, limits: Limits) -> Position:
    """The position with the levels of a choice to hold; the stop is only ever raised, a NaN leaves a level as it is."""
    stop = choice.stop if choice.stop > own_stop(position, limits) else position.stop
    target = choice.take_profit if choice.take_profit == choice.take_profit else position.take_profit
    return with_levels(position, stop, target, position.terms)


def with_levels(position: Position, stop: float, take_profit: float, terms: Terms) -> Position:
    """The position with these levels (prices, 0.0 for none) and terms in place of its own."""
    return Position(
        position.quantity,
        position.entry_price,
        position.entry_fee,
        position.entry_ms,
        position.highest,
        stop,
        take_profit,
        position.entered,
        position.parts,
        position.adds,
        position.bars,
        terms,
    )
