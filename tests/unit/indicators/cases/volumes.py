"""On-balance volume and the average price of a session: against TA-Lib and against exact sums."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import talib

from chalicelib.kernel.bar import Bar
from chalicelib.kernel.indicators import OBV_START, VWAP_START, obv_step, obv_value, vwap_step, vwap_value
from tests.unit.indicators.case import Case
from trader.data.arrays import Floats
from trader.data.candles import CandleColumns

DAY_MS = 24 * 60 * 60_000


def obv(state: Any, bar: Bar) -> tuple[Any, tuple[float, ...]]:
    state = obv_step(state, bar)
    return state, (obv_value(state),)


def vwap(state: Any, bar: Bar) -> tuple[Any, tuple[float, ...]]:
    state = vwap_step(state, bar)
    return state, (vwap_value(state),)


def obv_of(candles: CandleColumns) -> Sequence[Floats]:
    """By sums in extended precision, with which TA-Lib agrees."""
    signed = np.sign(np.diff(candles.close, prepend=0.0)) * candles.volume
    exact = np.cumsum(signed.astype(np.longdouble)).astype(np.float64)
    np.testing.assert_allclose(talib.OBV(candles.close, candles.volume), exact, rtol=1e-9, atol=1e-9 * exact.max())
    return [exact]


def vwap_of(candles: CandleColumns) -> Sequence[Floats]:
    """TA-Lib's from the first bar on, day by day; it has 0 where there was no volume yet."""
    ends = np.flatnonzero(np.diff(candles.open_ms // DAY_MS)) + 1
    columns = (candles.high, candles.low, candles.close, candles.volume)
    days = [talib.VWAP(*day) for day in zip(*[np.split(column, ends) for column in columns], strict=True)]
    traded = [np.cumsum(volume) > 0.0 for volume in np.split(candles.volume, ends)]
    return [np.where(np.concatenate(traded), np.concatenate(days), np.nan)]


CASES: Mapping[str, Case] = {
    "obv": Case(lambda: OBV_START, obv, obv_of, memory=0),
    "vwap": Case(lambda: VWAP_START, vwap, vwap_of, memory=3_000),
}
