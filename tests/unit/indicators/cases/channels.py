"""Donchian channels and the stochastic oscillator: against TA-Lib's MAX, MIN and STOCHF with SMAs of it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import talib

from chalicelib.kernel.bar import Bar
from chalicelib.kernel.indicators import (
    donchian_start,
    donchian_step,
    donchian_value,
    stochastic_start,
    stochastic_step,
    stochastic_value,
)
from tests.unit.indicators.case import Case
from trader.data.arrays import Floats
from trader.data.candles import CandleColumns


def donchian_20(state: Any, bar: Bar) -> tuple[Any, tuple[float, ...]]:
    state = donchian_step(state, bar)
    upper, middle, lower = donchian_value(state)
    return state, (upper, middle, lower)


def stochastic_14(state: Any, bar: Bar) -> tuple[Any, tuple[float, ...]]:
    state = stochastic_step(state, bar)
    k, d = stochastic_value(state)
    return state, (k, d)


def donchian_of(candles: CandleColumns) -> Sequence[Floats]:
    upper, lower = talib.MAX(candles.high, 20), talib.MIN(candles.low, 20)
    return [upper, (upper + lower) / 2.0, lower]


def stochastic_of(candles: CandleColumns) -> Sequence[Floats]:
    raw, _ = talib.STOCHF(candles.high, candles.low, candles.close, 14, 1)
    flat = talib.MAX(candles.high, 14) == talib.MIN(candles.low, 14)
    k = talib.SMA(np.where(flat, 50.0, raw), 3)
    return [k, talib.SMA(k, 5)]


CASES: Mapping[str, Case] = {
    "donchian_20": Case(lambda: donchian_start(20), donchian_20, donchian_of, memory=20),
    "stochastic_14": Case(lambda: stochastic_start(14, 3, 5), stochastic_14, stochastic_of, memory=20),
}
