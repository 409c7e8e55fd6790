"""The exchange's own longer bars, where a strategy begins: so long a history is too much to fetch and keep as candles.

Bars that are over by the newest stored candle, each whole; the candles of the bar that is begun since then are stored,
all of them, so that nothing is left out in between and nothing counts twice.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from chalicelib.domain import HOUR_MS, MINUTE_MS, Candle
from chalicelib.ports import CandleStore, MarketDataSource
from chalicelib.services.closings import Closing, bar_of, end_of
from chalicelib.services.fetch_klines import INTERVAL, warm_up_bars
from chalicelib.services.warm_up import bars_needed
from chalicelib.strategy.rule import StrategyRule

LONGEST_OF_CANDLES_MS = HOUR_MS
"""200 bars of an hour are twelve requests and 12,000 candles a symbol; of a day they were 288 and 288,000."""
MOST_BARS = 1000
"""One request's."""


@dataclass(frozen=True, slots=True)
class ExchangeBars:
    """Writes the candle store, never a state: asked again after a crash it gives the same, and later bars."""

    source: MarketDataSource
    candles: CandleStore

    def history(self, symbol: str, rule: StrategyRule) -> list[Closing]:
        """What a strategy begins with, oldest first; empty where it begins with candles.

        The last bar is over with the candle that ends it, the others stand for themselves. Raises Unavailable or
        BadInput.
        """
        if not rule.has_longer_bars:
            return []
        newest = self.candles.last(symbol, 1)
        if not newest or not _is_long(rule):
            return []
        bars = self._bars(symbol, rule, newest[-1].open_ms)
        if not bars:
            return []
        ending = self._stored(symbol, end_of(bar_of(bars[-1]), rule), newest[-1].open_ms, rule)
        return [Closing(candle, (bar_of(bar),)) for candle, bar in zip([*bars[:-1], ending], bars, strict=True)]

    def _bars(self, symbol: str, rule: StrategyRule, newest_ms: int) -> list[Candle]:
        """Those that are over; where they are all that there is, without a first one that began before its opening."""
        last_ms = newest_ms + rule.step_ms - rule.interval_ms
        if last_ms < 0:
            return []
        bars = self.source.candles(symbol, rule.interval, start_ms=None, end_ms=last_ms, limit=MOST_BARS)
        if bars and len(bars) < MOST_BARS:
            first_ms = bars[0].open_ms
            if not self.source.candles(symbol, INTERVAL, start_ms=first_ms, end_ms=first_ms, limit=1):
                return bars[1:]
        return bars

    def _stored(self, symbol: str, last_ms: int, newest_ms: int, rule: StrategyRule) -> Candle:
        """Have every candle from the last of the bars to the newest stored; gives the one that ends that bar."""
        asked = (newest_ms - last_ms) // rule.step_ms + 1
        known = {candle.open_ms for candle in self.candles.after(symbol, last_ms - 1, asked)}
        if len(known) < asked:
            found = self.source.candles(symbol, INTERVAL, start_ms=last_ms, end_ms=newest_ms, limit=asked)
            self.candles.append([candle for candle in found if candle.open_ms not in known])
        return self.candles.after(symbol, last_ms - 1, 1)[0]


def longest_of_candles(intervals_ms: Iterable[int]) -> int:
    """The longest of these bars that a strategy begins with folded candles of, a minute where there is none.

    >>> longest_of_candles([60_000, 900_000, 86_400_000])
    900000
    """
    return max((each for each in intervals_ms if each <= LONGEST_OF_CANDLES_MS), default=MINUTE_MS)


def _is_long(rule: StrategyRule) -> bool:
    return rule.interval_ms > LONGEST_OF_CANDLES_MS or bars_needed(rule) > warm_up_bars(rule.interval_ms)
