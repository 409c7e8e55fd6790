"""Small markets that trade often, so that few minutes go through every path."""

from __future__ import annotations

from math import sin
from random import Random

import numpy as np

from trader.data.candles import CandleColumns

START_MS = 1_700_000_040_000 // 60_000 * 60_000


def wave(symbol: str, minutes: int, seed: int, missing: frozenset[int] = frozenset()) -> CandleColumns:
    """Candles that swing a few per mille every dozen minutes, with noise; `missing` minutes are left out."""
    random = Random(seed)
    rows = []
    price = 100.0 + seed
    for minute in range(minutes):
        target = (100.0 + seed) * (1.0 + 0.02 * sin(minute / 3.7 + seed) + 0.004 * random.gauss(0.0, 1.0))
        opening, closing = price, round(target, 2)
        high = round(max(opening, closing) * (1.0 + 0.003 * random.random()), 2)
        low = round(min(opening, closing) * (1.0 - 0.003 * random.random()), 2)
        if minute not in missing:
            rows.append((START_MS + minute * 60_000, opening, max(high, opening), min(low, closing), closing, 1.0))
        price = closing
    times, *prices = zip(*rows, strict=True)
    return CandleColumns(symbol, np.array(times, np.int64), *(np.array(column) for column in prices))
