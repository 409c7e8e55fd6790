"""Where the stop and the take-profit of what was held lay, minute by minute.

A backtest keeps fills and marks. What happened to a position in between follows from those fills and from what the
strategy wanted, by the kernel's own functions, at the few minutes at which anything can have moved a level: a fill, a
new high, a level that the strategy gave. tests/property/test_held_levels.py holds all of it to the kernel's `step`.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from math import inf, isnan, nan
from typing import NamedTuple

import numpy as np

from chalicelib.kernel import codes
from chalicelib.kernel.account import EMPTY_SLOT, Fill, Order, Position, Slot
from chalicelib.kernel.admission import level_of, terms_of
from chalicelib.kernel.bar import Bar
from chalicelib.kernel.levels import adjusted, follows_highs, most_bars, next_target, stop_level
from chalicelib.kernel.match import book_exit, book_order, end_bar
from chalicelib.kernel.step import Params, steps_of
from trader.backtest.ledger import fill_at
from trader.backtest.market import MarketColumns, prices_of
from trader.backtest.rule_signals import RuleSignals, choice_at
from trader.backtest.walk import SYMBOL
from trader.data.arrays import Flags, Floats, Integers

Pair = tuple[float, float]
"""Stop and take-profit, 0.0 for none."""


class HeldLevels(NamedTuple):
    """The levels of what one symbol held; each holds from its minute until the next one's, NaN where there is none."""

    minutes: Integers
    """Indices of the time line, ascending."""
    stops: Floats
    targets: Floats


def held_levels(
    tape: MarketColumns, words: Integers, amounts: Floats, signals: RuleSignals, params: Params
) -> list[HeldLevels]:
    """Of every symbol, from all fills as `Walked` has them, with or without the sale at the end."""
    found = []
    for symbol in range(len(tape.open)):
        fills = [fill_at(words, amounts, row) for row in np.flatnonzero(words[:, SYMBOL] == symbol).tolist()]
        follower = _Follower(tape, symbol, signals, params)
        follower.follow(fills)
        found.append(follower.levels())
    return found


@dataclass
class _Follower:
    """Goes along the fills of one symbol and writes down every change of a level."""

    tape: MarketColumns
    symbol: int
    signals: RuleSignals
    params: Params
    slot: Slot = EMPTY_SLOT
    written: list[tuple[int, Pair]] = field(default_factory=list)
    counted_from: int = 0
    """The minute from which on bars of what is held count, where these are limited."""

    def follow(self, fills: Sequence[Fill]) -> None:
        """Book each fill, and between two of them take the bars that can have moved a level."""
        minutes = np.searchsorted(self.tape.times, [fill.time_ms for fill in fills]).tolist()
        for place, (minute, fill) in enumerate(zip(minutes, fills, strict=True)):
            self.book(fill, minute)
            following = minutes[place + 1] if place + 1 < len(fills) else len(self.tape.times)
            if self.slot.position.quantity > 0.0:
                for other, bar in self.telling(minute, following):
                    self.close(other, bar)

    def book(self, fill: Fill, minute: int) -> None:
        """A buy brings the levels of its order, after the minute of a sale there are those of what it left."""
        if fill.side == codes.BUY:
            order, held = self.order_of(fill, minute), self.slot.position
            if held.quantity == 0.0 or not most_bars(held, self.params.limits):
                self.counted_from = minute
            self.slot, _ = book_order(self.slot._replace(order=order), 0.0, fill, self.params.limits)
            self.write(minute)
        else:
            self.slot, _ = book_exit(self.slot, 0.0, fill, self.params.limits)
            self.write(minute + 1)

    def order_of(self, fill: Fill, minute: int) -> Order:
        """The order of an entry, which was decided at the close of the symbol's bar before."""
        there = self.tape.close[self.symbol, :minute]
        decided = minute - 1
        while isnan(there[decided]):
            decided -= 1
        choice = choice_at(self.signals, self.symbol, decided, self.slot.position.quantity > 0.0)
        levels = level_of(choice.stop), level_of(choice.take_profit)
        return Order(codes.BUY, fill.quantity, fill.reason, *levels, terms_of(choice))

    def close(self, minute: int, bar: Bar) -> None:
        """The end of a bar, and what the strategy wanted of the position at its close."""
        self.slot = end_bar(self.slot, bar)
        choice = choice_at(self.signals, self.symbol, minute, True)
        if choice.action == codes.HOLD and not self.is_due(minute):
            position = adjusted(self.slot.position, choice, self.params.limits)
            self.slot = Slot(position, self.slot.order, self.slot.close, self.slot.cooldown, True)
        self.write(minute + 1)

    def is_due(self, minute: int) -> bool:
        """Whether it has been held for as long as it may be, so that to hold it is no longer wanted."""
        most = most_bars(self.slot.position, self.params.limits)
        if not most:
            return False
        return bool(self.bars_before[minute + 1] - self.bars_before[self.counted_from] >= most)

    @cached_property
    def bars_before(self) -> Integers:
        """How many of the strategy's bars were over before each minute, and in all, (T + 1,)."""
        over = ~np.isnan(self.tape.open[self.symbol])
        if self.signals.closes.shape[1] > 0:
            over &= self.signals.closes[self.symbol] != 0
        return np.concatenate(([0], np.cumsum(over)))

    def telling(self, start: int, end: int) -> Iterator[tuple[int, Bar]]:
        """Minutes and bars, up to another minute, that can move a level: a new high, or a new one of the strategy's."""
        span = (self.symbol, slice(start, end))
        tells = rises(self.tape.high[span]) if self.follows() else np.zeros(end - start, np.bool_)
        keeps = self.signals.held[span] == 0
        if self.signals.held_stop.shape[1] > 0:
            tells |= rises(np.where(keeps, self.signals.held_stop[span], nan))
        if self.signals.held_take_profit.shape[1] > 0:
            tells |= keeps & ~np.isnan(self.signals.held_take_profit[span])
        at = np.flatnonzero(tells) + start
        prices = (rows[self.symbol][at].tolist() for rows in prices_of(self.tape))
        return zip(at.tolist(), map(Bar, self.tape.times[at].tolist(), *prices), strict=True)

    def follows(self) -> bool:
        """Whether a new high can move the stop of what is held."""
        return follows_highs(self.slot.position, self.params.limits)

    def write(self, minute: int) -> None:
        """The levels as they are from this minute on, where they are others than before."""
        if self.written and self.written[-1][0] == minute:
            self.written.pop()
        levels = _levels(self.slot.position, self.params, self.symbol)
        if not self.written or self.written[-1][1] != levels:
            self.written.append((minute, levels))

    def levels(self) -> HeldLevels:
        """All that was written down."""
        minutes = np.array([minute for minute, _ in self.written], dtype=np.int64)
        levels = np.array([pair for _, pair in self.written]).reshape(-1, 2)
        levels[levels == 0.0] = np.nan
        return HeldLevels(minutes, levels[:, 0], levels[:, 1])


def rises(row: Floats) -> Flags:
    """Where a row is higher than ever before in it, NaN never.

    >>> rises(np.array([nan, 2.0, 1.0, nan, 3.0])).tolist()
    [False, True, False, False, True]
    """
    tops = np.fmax.accumulate(np.concatenate(([-inf], row)))
    return np.asarray(tops[1:] > tops[:-1])


def _levels(position: Position, params: Params, symbol: int) -> Pair:
    """Stop and take-profit, 0.0 for none."""
    if position.quantity <= 0.0:
        return 0.0, 0.0
    stop, _ = stop_level(position, params.limits)
    target, _ = next_target(position, params.limits, steps_of(params, symbol))
    return stop, target
