"""One pair's market as far as it has been produced: generated from a seed, or recorded in a candle file."""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Iterable, Iterator
from itertools import islice
from math import sqrt
from typing import TYPE_CHECKING

from chalicelib.domain import Candle
from trader.sim.generator import BASE_DEVIATION, MOOD_MEMORY, MOOD_NOISE, Step, generate
from trader.sim.listing import LOT_DECIMALS, POWERS_OF_TEN, TICK_DECIMALS, Listing, generated_listing, listing

if TYPE_CHECKING:
    from trader.data.candles import CandleColumns

CHUNK_ROWS = 1024
LEAST_UNITS = 1e7
"""Ticks that a price is worth where no grid tells."""
MAX_SURPRISE = 4.0
VARIANCE_MEMORY = 0.99


class MarketPath:
    """Candles in the order of time, pulled from their source only as far as somebody has asked."""

    def __init__(self, listing: Listing, steps: Iterator[Step]) -> None:
        self.listing = listing
        self._steps = steps
        self._opens: list[int] = []
        self._candles: list[Candle] = []
        self._moods: list[float] = []
        self._ended = False
        self._pull()

    @property
    def first_ms(self) -> int:
        """open_ms of the first candle."""
        return self._opens[0]

    def forward(self, first_ms: int, last_ms: int) -> Iterator[Candle]:
        """The candles with first_ms <= open_ms <= last_ms, oldest first."""
        self._reach(last_ms)
        wanted = range(bisect_left(self._opens, first_ms), bisect_right(self._opens, last_ms))
        return map(self._candles.__getitem__, wanted)

    def backward(self, last_ms: int) -> Iterator[Candle]:
        """The candles with open_ms <= last_ms, newest first."""
        self._reach(last_ms)
        return map(self._candles.__getitem__, range(bisect_right(self._opens, last_ms) - 1, -1, -1))

    def at(self, open_ms: int) -> Candle | None:
        """The candle of that minute, None where there is none."""
        return next(self.forward(open_ms, open_ms), None)

    def next_open(self, after_ms: int) -> int | None:
        """The first open_ms after that time, None where the data end."""
        self._reach(after_ms + 1)
        index = bisect_right(self._opens, after_ms)
        return self._opens[index] if index < len(self._opens) else None

    def mood(self, minute_ms: int) -> float:
        """The mood as that minute begins, 0.0 before the first candle: candles that closed later do not count."""
        self._reach(minute_ms)
        index = bisect_left(self._opens, minute_ms) - 1
        return self._moods[index] if index >= 0 else 0.0

    def nth_open(self, count: int) -> int:
        """open_ms of the candle number `count` from 1, or of the last one where there are fewer."""
        while len(self._opens) < count and not self._ended:
            self._pull()
        return self._opens[min(count, len(self._opens)) - 1]

    def _reach(self, open_ms: int) -> None:
        while self._opens[-1] < open_ms and not self._ended:
            self._pull()

    def _pull(self) -> None:
        for candle, mood in islice(self._steps, 1):
            self._opens.append(candle.open_ms)
            self._candles.append(candle)
            self._moods.append(mood)
            return
        self._ended = True


def generated_tapes(seed: int, symbols: Iterable[str], start_ms: int) -> dict[str, MarketPath]:
    """An endless market of each symbol from that minute on. Raises BadInput for a name that no pair can have."""
    listings = [generated_listing(name) for name in symbols]
    return {item.name: MarketPath(item, generate(seed, item, start_ms)) for item in listings}


def recorded_tapes(files: Iterable[CandleColumns]) -> dict[str, MarketPath]:
    """The market of each candle file, which ends with its last candle. Raises BadInput as `generated_tapes`."""
    return {columns.symbol: MarketPath(_recorded_listing(columns), _recorded(columns)) for columns in files}


def _recorded(columns: CandleColumns) -> Iterator[Step]:
    """Candles with a mood made of the returns up to their close, converted a chunk at a time."""
    mood, variance, previous = 0.0, BASE_DEVIATION * BASE_DEVIATION, float(columns.open[0])
    for first in range(0, len(columns.open_ms), CHUNK_ROWS):
        chunk = [column[first : first + CHUNK_ROWS].tolist() for column in columns[1:]]
        for open_ms, open_price, high, low, close, volume in zip(*chunk, strict=True):
            change = close / previous - 1.0
            previous = close
            surprise = min(max(change / sqrt(variance), -MAX_SURPRISE), MAX_SURPRISE)
            variance = VARIANCE_MEMORY * variance + (1.0 - VARIANCE_MEMORY) * change * change + 1e-14
            mood = MOOD_MEMORY * mood + MOOD_NOISE * surprise
            yield Candle(columns.symbol, open_ms, open_price, high, low, close, volume), mood


def _recorded_listing(columns: CandleColumns) -> Listing:
    from trader.data.decimals import decimals_of

    price_decimals = decimals_of((columns.open, columns.high, columns.low, columns.close))
    price = float(columns.close[0])
    return listing(columns.symbol, price, _fine_enough(price) if price_decimals is None else price_decimals)


def _fine_enough(price: float) -> int:
    """Decimals for prices that lie on no grid: eight, or as many significant digits."""
    finer = range(LOT_DECIMALS, TICK_DECIMALS + 1)
    return next((decimals for decimals in finer if price * POWERS_OF_TEN[decimals] > LEAST_UNITS), TICK_DECIMALS)
