"""The bars that a strategy decides by, found once for all settings of one length, and what it wants at their closes.

The walk goes on minute by minute: what is wanted of a bar stands at the candle with which it is over, as in
`kernel.step`.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple

import numpy as np

from chalicelib.kernel.bar import MISSING, Bar
from chalicelib.kernel.fold import UNBEGUN, fold, is_fresh
from chalicelib.strategy.rule import StrategyRule
from trader.backtest.market import MarketColumns, prices_of
from trader.backtest.rule_signals import RuleSignals
from trader.data.arrays import Bytes, Flags, Floats, Integers


class Bars(NamedTuple):
    """One symbol's bars, B of them, in the order in which they are over."""

    times: Integers
    """When each begins, in ms, (B,)."""
    prices: Floats
    """Open, high, low, close and volume, (5, B)."""
    minute: Integers
    """The candle with which it is over, by its number on the time line, (B,)."""
    decided: Flags
    """Whether it is decided at that candle's close: neither too old then nor followed by another in the same, (B,)."""


class Folded(NamedTuple):
    """A market's bars of one length."""

    symbols: tuple[Bars, ...]
    closes: Bytes
    """As in `RuleSignals`, (S, T)."""


FoldCandles = Callable[..., int]
"""`fold_candles`, compiled or not."""
Lengths = tuple[int, int, int]


def fold_candles(
    times: Integers,
    open_: Floats,
    high: Floats,
    low: Floats,
    close: Floats,
    volume: Floats,
    step_ms: int,
    interval_ms: int,
    stale_ms: int,
    bars: Bars,
    closes: Bytes,
) -> int:
    """Write one symbol's bars, and at which candles any is over, (T,); gives the number of bars."""
    part, over, count = UNBEGUN, True, 0
    for minute in range(len(times)):
        if open_[minute] == open_[minute]:
            candle = Bar(times[minute], open_[minute], high[minute], low[minute], close[minute], volume[minute])
            part, late, done = fold(part, candle, step_ms, interval_ms)
            over = late.time_ms != MISSING or done.time_ms != MISSING
            if late.time_ms != MISSING:
                fresh = is_fresh(late, interval_ms, candle.time_ms, step_ms, stale_ms)
                write_bar(bars, count, late, minute, fresh and done.time_ms == MISSING)
                count += 1
            if done.time_ms != MISSING:
                write_bar(bars, count, done, minute, True)
                count += 1
        closes[minute] = over
    return count


def write_bar(bars: Bars, at: int, bar: Bar, minute: int, decided: bool) -> None:
    """One row of the bars."""
    bars.times[at] = bar.time_ms
    bars.prices[0, at] = bar.open
    bars.prices[1, at] = bar.high
    bars.prices[2, at] = bar.low
    bars.prices[3, at] = bar.close
    bars.prices[4, at] = bar.volume
    bars.minute[at] = minute
    bars.decided[at] = decided


def lengths_of(rule: StrategyRule) -> Lengths:
    """What a rule's bars follow from besides the candles."""
    return rule.step_ms, rule.interval_ms, rule.stale_ms


def folded(tape: MarketColumns, rule: StrategyRule, run: FoldCandles = fold_candles) -> Folded:
    """Every symbol's bars of this rule's length."""
    closes = np.empty(tape.close.shape, dtype=np.int8)
    return Folded(tuple(_folded(tape, symbol, rule, run, closes[symbol]) for symbol in range(len(closes))), closes)


def bars_seen(tape: MarketColumns, symbol: int, rule: StrategyRule, run: FoldCandles = fold_candles) -> Bars:
    """The bars that the strategy sees of one symbol: its candles where each is a bar."""
    if rule.has_longer_bars:
        return _folded(tape, symbol, rule, run, np.empty(len(tape.times), dtype=np.int8))
    there = np.flatnonzero(~np.isnan(tape.close[symbol]))
    prices = np.stack([each[symbol][there] for each in prices_of(tape)])
    return Bars(tape.times[there], prices, there, np.ones(len(there), dtype=np.bool_))


def bars_as_seen(tape: MarketColumns, symbol: int, rule: StrategyRule) -> list[Bar]:
    """The same one by one."""
    seen = bars_seen(tape, symbol, rule)
    columns = (seen.times, *seen.prices)
    return [Bar(*row) for row in zip(*(column.tolist() for column in columns), strict=True)]


def bars_on_time_line(tape: MarketColumns, rule: StrategyRule, run: FoldCandles) -> int:
    """How many bars the strategy has: those of several symbols that begin together are one, as with candles."""
    if not rule.has_longer_bars:
        return len(tape.times)
    begun = [bars_seen(tape, symbol, rule, run).times for symbol in range(len(tape.close))]
    return len(np.unique(np.concatenate(begun)))


def late_by_ms(tape: MarketColumns, bars: Bars, rule: StrategyRule) -> Integers:
    """How long after its close each bar was over, in ms, (B,): 0 where it was with its own last candle."""
    return np.asarray(tape.times[bars.minute] + tape.step_ms - (bars.times + rule.interval_ms))


def first_bars(bars: Bars, count: int) -> Bars:
    """At most so many of them, from the first on."""
    return Bars(bars.times[:count], bars.prices[:, :count], bars.minute[:count], bars.decided[:count])


def _folded(tape: MarketColumns, symbol: int, rule: StrategyRule, run: FoldCandles, closes: Bytes) -> Bars:
    most = int(tape.times[-1] - tape.times[0]) // rule.interval_ms + 2 if len(tape.times) else 0
    times, minute = np.empty(most, dtype=np.int64), np.empty(most, dtype=np.int64)
    bars = Bars(times, np.empty((5, most)), minute, np.empty(most, dtype=np.bool_))
    count = run(tape.times, *[each[symbol] for each in prices_of(tape)], *lengths_of(rule), bars, closes)
    return first_bars(bars, count)


def spread(wanted: RuleSignals, bars: Bars, rows: RuleSignals) -> None:
    """What is wanted of each bar, (K, B), at the candle with which it is over, (K, T); nothing at the others."""
    at = bars.minute[bars.decided]
    for name in RuleSignals._fields:
        of_candles, of_bars = getattr(rows, name), getattr(wanted, name)
        if of_candles.shape[1] == 0:
            continue
        if name in ("flat", "held"):
            of_candles[:] = 0
        elif name.startswith("held") or name == "terms":
            of_candles[:] = np.nan
        of_candles[:, at] = of_bars[:, bars.decided]
