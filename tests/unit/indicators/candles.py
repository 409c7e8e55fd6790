"""Candles that indicators are proved on: made here, the same everywhere, and real ones cut at their gaps."""

from __future__ import annotations

from collections.abc import Iterator
from random import Random

import numpy as np

from tests.shared_data import SHARED_DATA, shared
from tests.support.candle_reading import read_candles
from trader.data.candles import CandleColumns, between

MINUTE_MS = 60_000
FIRST_MS = 1_704_067_200_000 - 190 * MINUTE_MS
"""Some hours before a new day, so that both ends of a session are seen."""
REAL = sorted(path.name for path in (SHARED_DATA / "klines").glob("*m*.parquet") if "indicators" not in path.name)
SHORTEST = 1_200
"""Bars without a gap that are worth comparing: fewer, and the longest windows never fill."""


def generated(bars: int, seed: int, price: float = 100.0) -> CandleColumns:
    """A market with quiet spells, jumps, flat bars and bars without volume.

    Only `random()` and arithmetic make it, which no version of Python does otherwise.
    """
    random, rows, close = Random(seed), [], price
    for bar in range(bars):
        opening = close
        wide = price * (0.0 if random.random() < 0.03 else 0.002 * (1.0 + bar // 400 % 5))
        close = max(_on_ticks(opening + wide * (random.random() - 0.5), price), price / 100.0)
        high = _on_ticks(max(opening, close) + wide * random.random() / 2.0, price)
        low = _on_ticks(min(opening, close) - wide * random.random() / 2.0, price)
        volume = 0.0 if wide == 0.0 else float(int(random.random() * 10_000_000)) / 1_000.0
        low, high = min(low, opening, close), max(high, opening, close)
        rows.append((FIRST_MS + bar * MINUTE_MS, opening, high, max(low, price / 1_000.0), close, volume))
    times, *prices = zip(*rows, strict=True)
    return CandleColumns("BTCUSDT", np.array(times, np.int64), *(np.array(column) for column in prices))


def _on_ticks(level: float, price: float) -> float:
    tick = price / 10_000.0
    return float(int(level / tick)) * tick


def falling(bars: int, seed: int) -> CandleColumns:
    """A coin that loses all but a ten millionth of its price and of its volume on the way."""
    random = np.random.default_rng(seed)
    fall = np.exp(np.linspace(0.0, np.log(1e-7), bars + 1))
    closes = 1e5 * fall * np.exp(0.01 * np.sin(np.arange(bars + 1) / 7.0) + 0.002 * random.random(bars + 1))
    opening, close = closes[:-1], closes[1:]
    high = np.maximum(opening, close) * (1.0 + 0.002 * random.random(bars))
    low = np.minimum(opening, close) * (1.0 - 0.002 * random.random(bars))
    times = FIRST_MS + np.arange(bars) * MINUTE_MS
    volume = 1e6 * fall[1:] * random.random(bars)
    return CandleColumns("BTCUSDT", times.astype(np.int64), opening.copy(), high, low, close.copy(), volume)


def real(name: str) -> Iterator[CandleColumns]:
    """Every unbroken run of bars in a shared file; skips the test where this machine does not have it."""
    columns = read_candles(shared(f"klines/{name}"), "BTCUSDT", say=lambda words: None)
    times = columns.open_ms
    ends = np.flatnonzero(np.diff(times) != MINUTE_MS)
    for first, final in zip([0, *(ends + 1)], [*ends, len(times) - 1], strict=True):
        if final - first >= SHORTEST:
            yield between(columns, int(times[first]), int(times[final]))


def last(columns: CandleColumns, bars: int) -> CandleColumns:
    """The newest bars, all of them where 0 is asked for."""
    return between(columns, int(columns.open_ms[-bars]), None)
