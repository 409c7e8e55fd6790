"""Candles of one symbol as arrays."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from chalicelib.domain import MINUTE_MS
from trader.data.arrays import Floats, Integers


class CandleColumns(NamedTuple):
    """The candles of one symbol, oldest first, all arrays of one length, prices above 0."""

    symbol: str
    open_ms: Integers
    open: Floats
    high: Floats
    low: Floats
    close: Floats
    volume: Floats


class Gaps(NamedTuple):
    """Minutes without a bar between the first and the last, and how many runs of missing bars there are."""

    minutes: int
    runs: int


def gaps(columns: CandleColumns, step_ms: int = MINUTE_MS) -> Gaps:
    """What candles of this length leave out."""
    missing = np.diff(columns.open_ms) // step_ms - 1
    return Gaps(int(missing.sum()) * (step_ms // MINUTE_MS), int(np.count_nonzero(missing)))


def between(columns: CandleColumns, from_ms: int | None, to_ms: int | None) -> CandleColumns:
    """The candles whose open_ms lies between these, both inclusive; None is no bound."""
    times = columns.open_ms
    start = 0 if from_ms is None else int(times.searchsorted(from_ms, side="left"))
    end = len(times) if to_ms is None else int(times.searchsorted(to_ms, side="right"))
    prices = (column[start:end] for column in columns[2:])
    return CandleColumns(columns.symbol, times[start:end], *prices)
