"""Averages over a window: against TA-Lib's SMA and WMA."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import talib

from chalicelib.kernel.bar import Bar
from chalicelib.kernel.indicators import sma_start, sma_step, sma_value, wma_start, wma_step, wma_value
from tests.unit.indicators.case import Case
from trader.data.arrays import Floats
from trader.data.candles import CandleColumns


def sma_20(state: Any, bar: Bar) -> tuple[Any, tuple[float, ...]]:
    state = sma_step(state, bar.close)
    return state, (sma_value(state),)


def sma_1000(state: Any, bar: Bar) -> tuple[Any, tuple[float, ...]]:
    state = sma_step(state, bar.close)
    return state, (sma_value(state),)


def wma_30(state: Any, bar: Bar) -> tuple[Any, tuple[float, ...]]:
    state = wma_step(state, bar.close)
    return state, (wma_value(state),)


def short_of(candles: CandleColumns) -> Sequence[Floats]:
    return [talib.SMA(candles.close, 20)]


def long_of(candles: CandleColumns) -> Sequence[Floats]:
    return [talib.SMA(candles.close, 1000)]


def weighted_of(candles: CandleColumns) -> Sequence[Floats]:
    return [talib.WMA(candles.close, 30)]


CASES: Mapping[str, Case] = {
    "sma_20": Case(lambda: sma_start(20), sma_20, short_of, memory=20),
    "sma_1000": Case(lambda: sma_start(1000), sma_1000, long_of, memory=1000),
    "wma_30": Case(lambda: wma_start(30), wma_30, weighted_of, memory=30),
}
