"""Candles from the exchange into the ring buffer: everything that closed since the newest stored one."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from chalicelib.domain import MINUTE_MS, Candle, close_of
from chalicelib.errors import TraderError
from chalicelib.partly_read import PartlyRead
from chalicelib.ports import CandleStore, MarketDataSource

INTERVAL = "1m"
PAGE = 1000
WARM_UP_CANDLES = 1000
"""History taken at the first start: after 1,000 closes an exponential average over 200 forgot its seed to 5e-5."""
WARM_UP_BARS = 200
"""As many of longer bars, where they take more candles; so long a history is not fetched: see `exchange_bars`."""


def warm_up_bars(bar_ms: int) -> int:
    """Bars of this length that an agent begins with at its first start.

    >>> warm_up_bars(60_000), warm_up_bars(180_000), warm_up_bars(3_600_000)
    (1000, 333, 200)
    """
    return max(WARM_UP_CANDLES * MINUTE_MS // bar_ms, WARM_UP_BARS)


@dataclass(frozen=True, slots=True)
class FetchReport:
    """How many candles were new, by symbol; empty when there was nothing new."""

    new: dict[str, int]
    reached_ms: int | None = None
    """Close up to which every symbol was asked, where the exchange has more than one page; None: up to now.

    The rest is fetched after these candles are folded and traded, so that no buffer overflows.
    """
    failed: tuple[TraderError, ...] = ()
    """What went wrong with the other symbols."""

    @property
    def more(self) -> bool:
        """Whether the exchange has more."""
        return self.reached_ms is not None

    def vouched_ms(self, asked_ms: int) -> int | None:
        """Time up to which this round, begun at `asked_ms`, has every symbol's candles stored; None if one failed.

        >>> FetchReport({}).vouched_ms(180_000), FetchReport({}, reached_ms=60_000).vouched_ms(180_000)
        (180000, 60000)
        """
        if self.failed:
            return None
        return asked_ms if self.reached_ms is None else min(asked_ms, self.reached_ms)

    def raise_first(self) -> None:
        """Raise the first of the failures, for callers that cannot go on without every symbol."""
        for error in self.failed:
            raise error


class FetchKlines:
    """Works from the store's own cursor: running it twice, late or from two places changes nothing."""

    def __init__(
        self, source: MarketDataSource, candles: CandleStore, symbols: Sequence[str], longest_bar_ms: int = MINUTE_MS
    ) -> None:
        """`longest_bar_ms` of those that anybody decides by: history reaches back, and is kept, over many of them."""
        self._source = source
        self._history = max(WARM_UP_CANDLES, WARM_UP_BARS * longest_bar_ms // MINUTE_MS)
        self._kept = self._history + longest_bar_ms // MINUTE_MS
        self._candles = candles
        self._symbols = symbols
        self._newest_ms: dict[str, int] = {}
        """What this process stored last; somebody else may have stored more, which is fetched and passed over."""

    def run(self, one_by_one: int = 0) -> FetchReport:
        """Fetch the next page of what is missing of every symbol; one that fails keeps no other from its candles.

        Pages of at most `one_by_one` candles are stored one after the other, oldest first, longer ones together.
        """
        pages: dict[str, list[Candle]] = {}
        failed: list[TraderError] = []
        ends_ms: list[int] = []
        for symbol in self._symbols:
            try:
                pages[symbol], is_full = self._page(symbol)
                if is_full:
                    ends_ms.append(close_of(pages[symbol][-1].open_ms))
            except PartlyRead as error:  # what came before is traded; nobody vouches for the rest, which is asked again
                pages[symbol] = error.candles
                failed.append(error)
            except TraderError as error:
                failed.append(error)
        new: dict[str, int] = {}
        for symbol, page in pages.items():  # close together, so that hardly anybody sees some without the others
            try:
                new[symbol] = self._stored(symbol, page, one_by_one)
            except TraderError as error:
                failed.append(error)
        return FetchReport(
            {symbol: count for symbol, count in new.items() if count}, min(ends_ms, default=None), tuple(failed)
        )

    def _page(self, symbol: str) -> tuple[list[Candle], bool]:
        """What is missing, and whether there is more to come."""
        newest_ms = self._newest_ms.get(symbol)
        if newest_ms is None:
            stored = self._candles.last(symbol, 1)
            newest_ms = stored[0].open_ms if stored else None
        if newest_ms is None:
            return self._first_page(symbol)
        page = self._source.candles(symbol, INTERVAL, start_ms=newest_ms + MINUTE_MS, end_ms=None, limit=PAGE)
        return page, len(page) == PAGE

    def _first_page(self, symbol: str) -> tuple[list[Candle], bool]:
        """The newest candles; of a longer history its oldest."""
        limit, start_ms = WARM_UP_CANDLES, None
        if self._history > WARM_UP_CANDLES:
            newest = self._source.candles(symbol, INTERVAL, start_ms=None, end_ms=None, limit=1)
            start_ms = newest[0].open_ms - self._history * MINUTE_MS if newest else None
        page = self._source.candles(symbol, INTERVAL, start_ms=start_ms, end_ms=None, limit=limit)
        return page, start_ms is not None and len(page) == PAGE

    def _stored(self, symbol: str, page: list[Candle], one_by_one: int) -> int:
        """How many of the candles were new."""
        if not page:
            return 0
        parts = [[candle] for candle in page] if len(page) <= one_by_one else [page]
        new = sum(self._candles.append(part, self._kept) for part in parts)
        self._newest_ms[symbol] = page[-1].open_ms
        return new
