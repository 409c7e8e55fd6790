"""Indicators under numba, registered for it as a strategy that imports them has them registered."""

from __future__ import annotations

from collections.abc import Callable
from functools import cache
from math import nan
from typing import TypeAlias

import numpy as np
from numba import njit
from numba.extending import register_jitable
from numpy.typing import NDArray

from chalicelib.kernel.indicators import bands
from chalicelib.strategies.rsi_sentiment import BAND_PERIOD, BAND_WIDTH
from trader.backtest.compiled_strategy import register_family

Floats: TypeAlias = NDArray[np.float64]

NOTHING = (nan,) * BAND_PERIOD


@register_jitable
def after(window: tuple[float, ...], close: float) -> tuple[float, ...]:
    """The window one close later."""
    return (*window[1:], close)


def bands_of(closes: Floats) -> Floats:
    """Upper, middle and lower band after every close."""
    found = np.empty((len(closes), 3))
    window = NOTHING
    for row in range(len(closes)):
        window = after(window, closes[row])
        found[row, 0], found[row, 1], found[row, 2] = bands(window, BAND_WIDTH)
    return found


@cache
def compiled_bands() -> Callable[[Floats], Floats]:
    """`bands_of` as machine code; the first call compiles it."""
    register_family(bands.__module__)
    function: Callable[[Floats], Floats] = njit()(bands_of)
    return function
