"""The bars that a strategy observes of one symbol: the market's own, or longer ones folded by the kernel."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from chalicelib.kernel.bar import Bar
from chalicelib.kernel.fold import UNBEGUN, fold
from trader.backtest.market import MarketColumns, bars_of
from trader.data.arrays import Floats, Integers


class StrategyBars(NamedTuple):
    """Bars in the order in which they were over, all (C,)."""

    minutes: Integers
    """Of the candle with which each was over: indices of the time line."""
    times: Integers
    """open_ms of the bars themselves."""
    open: Floats
    high: Floats
    low: Floats
    close: Floats
    volume: Floats


def strategy_bars(tape: MarketColumns, symbol: int, interval_ms: int) -> StrategyBars:
    """Every bar of this length that was over by the last candle of the symbol."""
    there = np.flatnonzero(~np.isnan(tape.close[symbol]))
    if interval_ms == tape.step_ms:
        prices = (rows[symbol][there] for rows in (tape.open, tape.high, tape.low, tape.close, tape.volume))
        return StrategyBars(there, tape.times[there], *prices)
    part, minutes, bars = UNBEGUN, list[int](), list[Bar]()
    for minute, candle in zip(there.tolist(), bars_of(tape, symbol), strict=True):
        part, *over = fold(part, candle, tape.step_ms, interval_ms)
        for bar in over:
            if bar.time_ms >= 0:
                minutes.append(minute)
                bars.append(bar)
    times = np.array([bar.time_ms for bar in bars], dtype=np.int64)
    return StrategyBars(np.array(minutes, dtype=np.int64), times, *np.array(bars).reshape(-1, len(Bar._fields)).T[1:])
