"""Cash, positions and fills. `book` is the only place where money moves; folding all fills gives the account again."""

from collections.abc import Sequence
from math import nan
from typing import Annotated, NamedTuple

from chalicelib.kernel.codes import BUY, NONE, RUNNING

UNTOLD = "untold"
"""Marks a last field that is not stored while it has its default: who does without it stores what he did before it."""


class Terms(NamedTuple):
    """What an entry said of its position in place of keys of [risk]; 0 for what it left to them."""

    trailing: float
    """Quote currency below the highest high, in place of risk.trailing_stop and risk.trailing_distance."""
    break_even: float
    """Price, in place of risk.break_even_at."""
    max_bars: int
    """In place of risk.max_bars_held."""


NO_TERMS = Terms(0.0, 0.0, 0)


class Position(NamedTuple):
    """One symbol's holding; quantity 0.0 is flat."""

    quantity: float
    entry_price: float
    """Mean fill price, slippage included."""
    entry_fee: float
    entry_ms: int
    """open_ms of the bar of the first fill."""
    highest: float
    """Highest high of the bars completed since the fill; 0.0 until the entry bar is complete."""
    stop: float = 0.0
    """Price that the strategy gave, in place of risk.stop_loss; 0.0 for none."""
    take_profit: float = 0.0
    """Price that the strategy gave, in place of risk.take_profit; 0.0 for none."""
    entered: Annotated[float, UNTOLD] = 0.0
    """Quantity bought, 0.0 while all of it is still held."""
    parts: Annotated[int, UNTOLD] = 0
    """Sales that left some of it."""
    adds: Annotated[int, UNTOLD] = 0
    """Entries after the first."""
    bars: Annotated[int, UNTOLD] = 0
    """Closes of the strategy's bars since the first fill, counted where these are limited."""
    terms: Annotated[Terms, UNTOLD] = NO_TERMS


class Order(NamedTuple):
    """A market order that waits for the next bar; side NONE is no order."""

    side: int
    quantity: float
    reason: int
    stop: float = 0.0
    """Of an entry: the position's level of this name from its fill on."""
    take_profit: float = 0.0
    terms: Annotated[Terms, UNTOLD] = NO_TERMS


class Fill(NamedTuple):
    """An execution; side NONE is no fill. `fee` is in quote currency."""

    side: int
    quantity: float
    price: float
    fee: float
    time_ms: int
    reason: int


class Costs(NamedTuple):
    """Fractions of the traded amount: `fee_rate` on every fill, `slippage` against us on market and stop fills."""

    fee_rate: float
    slippage: float


class Slot(NamedTuple):
    """All that the kernel keeps of one symbol between two minutes."""

    position: Position
    order: Order
    close: float
    """The last close seen, at which the position is marked; NaN before the first bar."""
    cooldown: int
    """Bars of the strategy left in which no entry may be decided."""
    bar_over: Annotated[bool, UNTOLD] = True
    """Whether the last candle closed a bar of the strategy."""


class Account(NamedTuple):
    """Cash and the marks that the guards compare with."""

    cash: float
    equity: float
    """The last mark."""
    peak: float
    """The highest mark."""
    day: int
    """UTC day number of the last mark, -1 before the first."""
    day_base: float
    """The last mark of the day before (at first the cash)."""
    halt: int
    """RUNNING, DAILY_LOSS or DRAWDOWN."""


FLAT = Position(0.0, 0.0, 0.0, 0, 0.0, 0.0, 0.0, 0.0, 0, 0, 0, NO_TERMS)
NO_ORDER = Order(NONE, 0.0, NONE, 0.0, 0.0, NO_TERMS)
NO_FILL = Fill(NONE, 0.0, 0.0, 0.0, 0, NONE)
EMPTY_SLOT = Slot(FLAT, NO_ORDER, nan, 0, True)


def open_account(cash: float) -> Account:
    """An account that holds only cash (quote currency) and has not been marked yet."""
    return Account(cash, cash, cash, -1, cash, RUNNING)


def book(cash: float, position: Position, fill: Fill) -> tuple[float, Position]:
    """Cash and position after a fill. Several fills of one order average the entry price.

    >>> cash, position = book(1000.0, FLAT, Fill(BUY, 2.0, 100.0, 0.2, 0, 1))
    >>> cash, position.quantity, position.entry_price
    (799.8, 2.0, 100.0)
    """
    notional = fill.quantity * fill.price
    if fill.side == BUY:
        if position.quantity == 0.0:
            opened = Position(fill.quantity, fill.price, fill.fee, fill.time_ms, 0.0, 0.0, 0.0, 0.0, 0, 0, 0, NO_TERMS)
            return cash - (notional + fill.fee), opened
        quantity = position.quantity + fill.quantity
        price = (position.quantity * position.entry_price + notional) / quantity
        fee = position.entry_fee + fill.fee
        entered = position.entered + fill.quantity if position.entered > 0.0 else 0.0
        return cash - (notional + fill.fee), resized(position, quantity, price, fee, entered, position.parts)
    left = position.quantity - fill.quantity
    if left <= 0.0:
        return cash + (notional - fill.fee), FLAT
    fee = position.entry_fee - entry_fee_share(position, fill.quantity)
    entered = entered_of(position)
    return cash + (notional - fill.fee), resized(position, left, position.entry_price, fee, entered, position.parts + 1)


def entered_of(position: Position) -> float:
    """The quantity bought, of which the position holds what is not sold yet."""
    return position.entered if position.entered > 0.0 else position.quantity


def resized(
    position: Position, quantity: float, entry_price: float, entry_fee: float, entered: float, parts: int
) -> Position:
    """The position with another quantity, at this mean price and with what is left of the fee of entering."""
    return Position(
        quantity,
        entry_price,
        entry_fee,
        position.entry_ms,
        position.highest,
        position.stop,
        position.take_profit,
        entered,
        parts,
        position.adds,
        position.bars,
        position.terms,
    )


def entry_fee_share(position: Position, quantity: float) -> float:
    """The part of the entry fee that belongs to `quantity` of the position; all of it for a whole exit.

    >>> held = Position(4.0, 100.0, 0.8, 0, 0.0)
    >>> entry_fee_share(held, 1.0), entry_fee_share(held, 4.0), entry_fee_share(held, 5.0)
    (0.2, 0.8, 0.8)
    """
    if quantity >= position.quantity:
        return position.entry_fee
    return position.entry_fee * (quantity / position.quantity)


def profit(position: Position, fill: Fill) -> float:
    """What an exit fill of the position earned, in quote currency, after its own fee and its share of the entry fee."""
    gross = fill.quantity * fill.price - fill.quantity * position.entry_price
    return gross - entry_fee_share(position, fill.quantity) - fill.fee


def equity(cash: float, slots: Sequence[Slot]) -> float:
    """Cash plus every position at its last close, in quote currency, summed in the order of the slots."""
    total = cash
    for slot in slots:
        if slot.position.quantity > 0.0:
            total += slot.position.quantity * slot.close
    return total
