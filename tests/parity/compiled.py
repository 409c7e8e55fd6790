"""The kernel under numba, registered by `trader.backtest.compiled`: one compiled loop around its own functions."""

from __future__ import annotations

from collections.abc import Callable
from functools import cache
from typing import TypeAlias

import numpy as np
from numba import njit
from numpy.typing import NDArray

from chalicelib.kernel.indicators import FRESH, observe
from chalicelib.kernel.run import Booked, Columns
from chalicelib.kernel.run import run as kernel_run
from chalicelib.kernel.step import Params, State, fresh_state
from trader.backtest import compiled as _registered  # noqa: F401 (importing it lets compiled code call the kernel)

Floats: TypeAlias = NDArray[np.float64]
Played: TypeAlias = tuple[State, list[Booked], Floats]
Play: TypeAlias = Callable[[float, int, Columns, Params], Played]


def play(cash: float, symbols: int, columns: Columns, params: Params) -> Played:
    """A run from the start: final state, fills, and per minute a row of equity, cash and highest mark."""
    result = kernel_run(fresh_state(cash, symbols), columns, params)
    marks = np.empty((len(result.marks), 3))
    for minute in range(len(result.marks)):
        mark = result.marks[minute]
        marks[minute, 0] = mark.equity
        marks[minute, 1] = mark.cash
        marks[minute, 2] = mark.peak
    return result.state, result.fills, marks


def bands_of(closes: Floats) -> Floats:
    """Upper, middle and lower band after every close."""
    bands = np.empty((len(closes), 3))
    state = FRESH
    for row in range(len(closes)):
        state, snapshot = observe(state, closes[row], 14)
        bands[row, 0] = snapshot.bb_upper
        bands[row, 1] = snapshot.bb_middle
        bands[row, 2] = snapshot.bb_lower
    return bands


@cache
def compiled_play() -> Play:
    """`play` as machine code; the first call compiles it."""
    function: Play = njit()(play)
    return function


@cache
def compiled_bands() -> Callable[[Floats], Floats]:
    """`bands_of` as machine code; the first call compiles it."""
    function: Callable[[Floats], Floats] = njit()(bands_of)
    return function
