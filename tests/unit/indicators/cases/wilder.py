"""RSI and ATR, which Wilder's averages make, and EMA: against TA-Lib."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import talib

from chalicelib.kernel.bar import Bar
from chalicelib.kernel.indicators import (
    ATR_START,
    EMA_START,
    RSI_START,
    atr_step,
    atr_value,
    ema_step,
    ema_value,
    rsi_step,
    rsi_value,
)
from tests.unit.indicators.case import Case
from trader.data.arrays import Floats
from trader.data.candles import CandleColumns


def rsi_14(state: Any, bar: Bar) -> tuple[Any, tuple[float, ...]]:
    state = rsi_step(state, bar.close, 14)
    return state, (rsi_value(state, 14),)


def ema_50(state: Any, bar: Bar) -> tuple[Any, tuple[float, ...]]:
    state = ema_step(state, bar.close, 50)
    return state, (ema_value(state, 50),)


def atr_14(state: Any, bar: Bar) -> tuple[Any, tuple[float, ...]]:
    state = atr_step(state, bar, 14)
    return state, (atr_value(state, 14),)


def rsi_of(candles: CandleColumns) -> Sequence[Floats]:
    return [talib.RSI(candles.close, 14)]


def ema_of(candles: CandleColumns) -> Sequence[Floats]:
    return [talib.EMA(candles.close, 50)]


def atr_of(candles: CandleColumns) -> Sequence[Floats]:
    return [talib.ATR(candles.high, candles.low, candles.close, 14)]


CASES: Mapping[str, Case] = {
    "rsi_14": Case(lambda: RSI_START, rsi_14, rsi_of, memory=1_000),
    "ema_50": Case(lambda: EMA_START, ema_50, ema_of, memory=2_000),
    "atr_14": Case(lambda: ATR_START, atr_14, atr_of, memory=1_000),
}
