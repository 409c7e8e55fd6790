"""Indicators under numba, which `trader.backtest.compiled` has them registered for."""

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
from trader.backtest import compiled as _registered  # noqa: F401 (importing it lets compiled code call the kernel)

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
    function: Callable[[Floats], Floats] = njit()(bands_of)
    return function
