"""A generated market as the bars that a strategy is fed: for trying one out, and for its tests."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import islice

from chalicelib.kernel.bar import Bar
from trader.sim.generator import generate
from trader.sim.listing import generated_listing

START_MS = 1_735_689_600_000
"""2025-01-01, a moment like any other."""


def generated_bars(minutes: int, symbol: str = "BTCUSDT", seed: int = 1) -> Iterator[Bar]:
    """So many minutes with a bar each; the same for a seed, on any machine. Some minutes between them are missing.

    >>> [bar.close for bar in generated_bars(2)]
    [94914.95, 94984.89]
    """
    for candle, _ in islice(generate(seed, generated_listing(symbol), START_MS), minutes):
        yield Bar(candle.open_ms, candle.open, candle.high, candle.low, candle.close, candle.volume)
