"""Candles of several symbols on one time line, as the arrays that backtests run over."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import NamedTuple

import numpy as np

from chalicelib.domain import MINUTE_MS
from chalicelib.kernel.bar import Bar
from chalicelib.strategy.rule import Strategy
from trader.data.arrays import Flags, Floats, Integers
from trader.data.candles import CandleColumns


class MarketColumns(NamedTuple):
    """A market: the columns of `kernel.run.Columns` as arrays, and what follows from them.

    All but `times` and `inputs` are (S, T).
    """

    times: Integers
    """open_ms of every minute in which any symbol has a bar, (T,)."""
    open: Floats
    """NaN, as all prices, where the symbol has no bar."""
    high: Floats
    low: Floats
    close: Floats
    volume: Floats
    inputs: Floats
    """Of every series that the strategy reads what was known at the close, (N, S, T); N = 0 where none is known."""
    lowest: Floats
    """What a stop is compared with: the low, infinite where the symbol has no bar."""
    highest: Floats
    """What a take-profit is compared with: the high, minus infinite where the symbol has no bar."""
    marks: Floats
    """The last close seen, NaN before the first."""
    step_ms: int
    """How long each bar is: a minute, or what `agent.interval` says of candles from files."""


def tape_of(candles: Sequence[CandleColumns], step_ms: int = MINUTE_MS) -> MarketColumns:
    """One time line of several symbols, inputs unknown. A single symbol's arrays are used as they are, not copied."""
    if len(candles) == 1:
        rows = [np.ascontiguousarray(values).reshape(1, -1) for values in candles[0][2:]]
        return prepared(candles[0].open_ms, rows, step_ms)
    times = np.unique(np.concatenate([each.open_ms for each in candles]))
    table = np.full((5, len(candles), len(times)), np.nan)
    for symbol, each in enumerate(candles):
        at = np.searchsorted(times, each.open_ms)
        for row, values in enumerate(each[2:]):
            table[row, symbol, at] = values
    return prepared(times, list(table), step_ms)


def prepared(times: Integers, prices: Sequence[Floats], step_ms: int = MINUTE_MS) -> MarketColumns:
    """The tape of open, high, low, close and volume, each (S, T)."""
    open_, high, low, close, volume = prices
    unknown = np.empty((0, *close.shape))
    absent = np.isnan(open_)
    if not absent.any():
        return MarketColumns(times, open_, high, low, close, volume, unknown, low, high, close, step_ms)
    lowest, highest = np.where(absent, np.inf, low), np.where(absent, -np.inf, high)
    marks = _forward_filled(close, absent)
    return MarketColumns(times, open_, high, low, close, volume, unknown, lowest, highest, marks, step_ms)


def with_inputs(tape: MarketColumns, strategy: Strategy, known: Mapping[str, Floats]) -> MarketColumns:
    """The tape with every series that the strategy reads: its rows (S, T) where they are known, else its default."""
    nothing = strategy.inputs({})
    rows = [
        known[name] if name in known else np.full(tape.close.shape, nothing[at])
        for at, name in enumerate(strategy.series)
    ]
    return tape._replace(inputs=np.array(rows) if rows else np.empty((0, *tape.close.shape)))


def _forward_filled(close: Floats, absent: Flags) -> Floats:
    """Every gap filled with the close before it."""
    seen = np.where(absent, 0, np.arange(close.shape[1]))
    return np.take_along_axis(close, np.maximum.accumulate(seen, axis=1), axis=1)


def prices_of(tape: MarketColumns) -> tuple[Floats, ...]:
    """Open, high, low, close and volume, each (S, T)."""
    return tape.open, tape.high, tape.low, tape.close, tape.volume


def bars_of(tape: MarketColumns, symbol: int) -> list[Bar]:
    """The bars of one symbol, as the kernel sees them."""
    there = ~np.isnan(tape.open[symbol])
    prices = [rows[symbol][there].tolist() for rows in prices_of(tape)]
    return [Bar(*row) for row in zip(tape.times[there].tolist(), *prices, strict=True)]
