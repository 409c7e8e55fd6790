"""MACD, directional movement, Supertrend, Keltner channels and Heikin-Ashi: against TA-Lib."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import talib

from chalicelib.kernel.bar import Bar
from chalicelib.kernel.indicators import (
    ADX_START,
    HEIKIN_ASHI_START,
    KELTNER_START,
    MACD_START,
    SUPERTREND_START,
    adx_step,
    adx_value,
    heikin_ashi_step,
    keltner_step,
    keltner_value,
    macd_step,
    macd_value,
    supertrend_step,
    supertrend_value,
)
from tests.unit.indicators.case import Case
from trader.data.arrays import Floats
from trader.data.candles import CandleColumns


def macd_12_26_9(state: Any, bar: Bar) -> tuple[Any, tuple[float, ...]]:
    state = macd_step(state, bar.close, 12, 26, 9)
    macd = macd_value(state, 26, 9)
    return state, (macd.macd, macd.signal, macd.histogram)


def macd_5_35_5(state: Any, bar: Bar) -> tuple[Any, tuple[float, ...]]:
    state = macd_step(state, bar.close, 5, 35, 5)
    macd = macd_value(state, 35, 5)
    return state, (macd.macd, macd.signal, macd.histogram)


def adx_14(state: Any, bar: Bar) -> tuple[Any, tuple[float, ...]]:
    state = adx_step(state, bar, 14)
    adx = adx_value(state, 14)
    return state, (adx.adx, adx.plus_di, adx.minus_di)


def keltner_20_10(state: Any, bar: Bar) -> tuple[Any, tuple[float, ...]]:
    state = keltner_step(state, bar, 20, 10)
    channel = keltner_value(state, 20, 10, 2.0)
    return state, (channel.upper, channel.middle, channel.lower)


def supertrend_10(state: Any, bar: Bar) -> tuple[Any, tuple[float, ...]]:
    state = supertrend_step(state, bar, 10, 3.0)
    found = supertrend_value(state)
    return state, (found.level, found.trend)


def supertrend_2(state: Any, bar: Bar) -> tuple[Any, tuple[float, ...]]:
    state = supertrend_step(state, bar, 2, 1.0)
    found = supertrend_value(state)
    return state, (found.level, found.trend)


def heikin_ashi(state: Any, bar: Bar) -> tuple[Any, tuple[float, ...]]:
    state = heikin_ashi_step(state, bar)
    return state, (state.open, state.high, state.low, state.close)


def macd_of(fast: int, slow: int, signal: int, candles: CandleColumns) -> Sequence[Floats]:
    return talib.MACD(candles.close, fast, slow, signal)


def adx_of(candles: CandleColumns) -> Sequence[Floats]:
    prices = (candles.high, candles.low, candles.close)
    return [talib.ADX(*prices, 14), talib.PLUS_DI(*prices, 14), talib.MINUS_DI(*prices, 14)]


def keltner_of(candles: CandleColumns) -> Sequence[Floats]:
    middle, reach = talib.EMA(candles.close, 20), 2.0 * talib.ATR(candles.high, candles.low, candles.close, 10)
    return [middle + reach, middle, middle - reach]


def supertrend_of(period: int, width: float, candles: CandleColumns) -> Sequence[Floats]:
    level, trend = talib.SUPERTREND(candles.high, candles.low, candles.close, period, width)
    return [level, np.where(np.isnan(level), np.nan, trend)]


def heikin_ashi_of(candles: CandleColumns) -> Sequence[Floats]:
    return talib.HA(candles.open, candles.high, candles.low, candles.close)


CASES: Mapping[str, Case] = {
    "macd_12_26_9": Case(lambda: MACD_START, macd_12_26_9, lambda c: macd_of(12, 26, 9, c), memory=2_000),
    "macd_5_35_5": Case(lambda: MACD_START, macd_5_35_5, lambda c: macd_of(5, 35, 5, c), memory=2_000),
    "adx_14": Case(lambda: ADX_START, adx_14, adx_of, memory=2_000),
    "keltner_20_10": Case(lambda: KELTNER_START, keltner_20_10, keltner_of, memory=2_000),
    "supertrend_10": Case(lambda: SUPERTREND_START, supertrend_10, lambda c: supertrend_of(10, 3.0, c), memory=5_000),
    "supertrend_2": Case(lambda: SUPERTREND_START, supertrend_2, lambda c: supertrend_of(2, 1.0, c), memory=1_000),
    "heikin_ashi": Case(lambda: HEIKIN_ASHI_START, heikin_ashi, heikin_ashi_of, memory=1_000),
}
