"""Rings, and the highest and the lowest: against TA-Lib's MOM, MAX and MIN."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import talib

from chalicelib.kernel.bar import Bar
from chalicelib.kernel.indicators import (
    highest_step,
    highest_value,
    lowest_step,
    lowest_value,
    queue,
    ring,
    ring_step,
    ring_value,
)
from tests.unit.indicators.case import Case
from trader.data.arrays import Floats
from trader.data.candles import CandleColumns


def ring_30(state: Any, bar: Bar) -> tuple[Any, tuple[float, ...]]:
    state = ring_step(state, bar.close)
    return state, (ring_value(state, 0) - ring_value(state, 29),)


def highest_200(state: Any, bar: Bar) -> tuple[Any, tuple[float, ...]]:
    state = highest_step(state, bar.high)
    return state, (highest_value(state),)


def lowest_55(state: Any, bar: Bar) -> tuple[Any, tuple[float, ...]]:
    state = lowest_step(state, bar.low)
    return state, (lowest_value(state),)


def change_of(candles: CandleColumns) -> Sequence[Floats]:
    return [talib.MOM(candles.close, 29)]


def highest_of(candles: CandleColumns) -> Sequence[Floats]:
    return [talib.MAX(candles.high, 200)]


def lowest_of(candles: CandleColumns) -> Sequence[Floats]:
    return [talib.MIN(candles.low, 55)]


CASES: Mapping[str, Case] = {
    "ring_30": Case(lambda: ring(30), ring_30, change_of, memory=30),
    "highest_200": Case(lambda: queue(200), highest_200, highest_of, memory=200),
    "lowest_55": Case(lambda: queue(55), lowest_55, lowest_of, memory=55),
}
