"""Deviation, bands, z-score, slope and rate of change over a window: against TA-Lib, the slope by its definition.

TA-Lib sums prices times bars, which leaves its slope eight digits where a market hardly moves.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import talib

from chalicelib.kernel.bar import Bar
from chalicelib.kernel.indicators import (
    bollinger_value,
    deviation_start,
    deviation_step,
    deviation_value,
    mean_value,
    roc_start,
    roc_step,
    roc_value,
    slope_start,
    slope_step,
    slope_value,
    zscore_value,
)
from tests.unit.indicators.case import Case
from trader.data.arrays import Floats
from trader.data.candles import CandleColumns


def deviation_20(state: Any, bar: Bar) -> tuple[Any, tuple[float, ...]]:
    state = deviation_step(state, bar.close)
    return state, (deviation_value(state), mean_value(state))


def bollinger_200(state: Any, bar: Bar) -> tuple[Any, tuple[float, ...]]:
    state = deviation_step(state, bar.close)
    upper, middle, lower = bollinger_value(state, 2.0)
    return state, (upper, middle, lower)


def zscore_50(state: Any, bar: Bar) -> tuple[Any, tuple[float, ...]]:
    state = deviation_step(state, bar.close)
    return state, (zscore_value(state),)


def slope_30(state: Any, bar: Bar) -> tuple[Any, tuple[float, ...]]:
    state = slope_step(state, bar.close)
    return state, (slope_value(state),)


def roc_10(state: Any, bar: Bar) -> tuple[Any, tuple[float, ...]]:
    state = roc_step(state, bar.close)
    return state, (roc_value(state),)


def deviation_of(candles: CandleColumns) -> Sequence[Floats]:
    return [talib.STDDEV(candles.close, 20), talib.SMA(candles.close, 20)]


def bands_of(candles: CandleColumns) -> Sequence[Floats]:
    return list(talib.BBANDS(candles.close, 200))


def zscore_of(candles: CandleColumns) -> Sequence[Floats]:
    return [(candles.close - talib.SMA(candles.close, 50)) / talib.STDDEV(candles.close, 50)]


def slope_of(candles: CandleColumns) -> Sequence[Floats]:
    windows = np.lib.stride_tricks.sliding_window_view(candles.close, 30)
    places = np.arange(30) - 14.5
    slopes = (windows - windows[:, -1:]) @ places / (places @ places)
    return [np.concatenate([np.full(29, np.nan), slopes])]


def roc_of(candles: CandleColumns) -> Sequence[Floats]:
    return [talib.ROC(candles.close, 10)]


CASES: Mapping[str, Case] = {
    "deviation_20": Case(lambda: deviation_start(20), deviation_20, deviation_of, memory=20),
    "bollinger_200": Case(lambda: deviation_start(200), bollinger_200, bands_of, memory=200),
    "zscore_50": Case(lambda: deviation_start(50), zscore_50, zscore_of, memory=50),
    "slope_30": Case(lambda: slope_start(30), slope_30, slope_of, memory=30),
    "roc_10": Case(lambda: roc_start(10), roc_10, roc_of, memory=11),
}
