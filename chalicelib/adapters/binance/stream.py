"""Closed candles and last prices as they happen."""

from __future__ import annotations

from collections.abc import Callable, Generator, Iterator, Sequence

from chalicelib.adapters.binance import klines, payloads
from chalicelib.adapters.binance.intervals import interval_ms
from chalicelib.adapters.binance.market import PAGE
from chalicelib.adapters.binance.stream_connection import Event, StreamConnection, StreamLimits, log
from chalicelib.adapters.binance.timing import Timing
from chalicelib.domain import Candle, Ticker
from chalicelib.errors import Unavailable
from chalicelib.partly_read import PartlyRead
from chalicelib.ports import MarketDataSource

_SETTLED_MS = 1_000
"""How long after a close the message of it is awaited before REST is asked."""


class KlineStream:
    """Iterates the closed candles of every symbol, per symbol in order and exactly once, for ever.

    A candle from the socket is believed only if it is the very next one due of its symbol. Whatever shows that candles
    may be missing (a new connection, an event later than one that is due) makes REST the authority from that one on.
    """

    def __init__(
        self,
        url: str,
        symbols: Sequence[str],
        interval: str,
        market: MarketDataSource,
        *,
        since_ms: int | None = None,
        limits: StreamLimits | None = None,
        timing: Timing | None = None,
        tell: Callable[[str], None] = log.warning,
    ) -> None:
        """Starts with candles that open at `since_ms` or later; without it with the first that closes from now on.

        `url` as `hosts.stream_url` gives it; `tell` hears of every trouble in one line. Raises BadInput for an interval
        that does not exist.
        """
        self._length_ms = interval_ms(interval)
        self._interval = interval
        self._market = market
        self._due_ms: dict[str, int | None] = dict.fromkeys(symbols, since_ms)
        self._looked: dict[str, tuple[int, int]] = {}
        streams = [f"{symbol.lower()}@kline_{interval}" for symbol in symbols]
        self._connection = StreamConnection(url, streams, limits=limits, timing=timing, tell=tell)

    def __iter__(self) -> Generator[Candle, None, None]:
        """Goes on where an earlier iteration stopped; closing it closes the connection.

        Raises BadInput for a symbol that does not exist.
        """
        return self._connection.follow(self._catch_up, self._take)

    def _catch_up(self) -> Iterator[Candle]:
        """Everything that closed before this connection could tell of it."""
        for symbol, due_ms in self._due_ms.items():
            if due_ms is None:
                newest = self._candles(symbol, None, 1)
                self._due_ms[symbol] = newest[-1].close_ms + 1 if newest else 0
            else:
                yield from self._fill(symbol, due_ms)

    def _take(self, event: Event) -> Iterator[Candle]:
        if event.get("e") != "kline":
            return
        try:
            candle, closed, event_ms = klines.candle_event(event, self._interval)
        except Unavailable as error:
            self._connection.tell(f"ignored: {error}")
            return
        for symbol, due_ms in self._due_ms.items():
            if due_ms is not None:
                yield from self._look_back(symbol, due_ms, event_ms)
        if closed and candle.open_ms == self._due_ms.get(candle.symbol) and event_ms >= candle.close_ms:
            self._due_ms[candle.symbol] = candle.close_ms + 1
            yield candle

    def _look_back(self, symbol: str, due_ms: int, event_ms: int) -> Iterator[Candle]:
        """Over REST for what should have closed by now: its message was lost, or there never was such a candle.

        Once per interval, so that a market that stands still is not asked without end.
        """
        overdue = (event_ms - _SETTLED_MS - due_ms) // self._length_ms
        if overdue >= 1 and self._looked.get(symbol) != (due_ms, overdue):
            self._looked[symbol] = (due_ms, overdue)
            yield from self._fill(symbol, due_ms)

    def _fill(self, symbol: str, due_ms: int) -> Iterator[Candle]:
        while True:
            page = self._candles(symbol, due_ms, PAGE)
            for candle in page:
                due_ms = self._due_ms[symbol] = candle.close_ms + 1
                yield candle
            if len(page) < PAGE:
                return

    def _candles(self, symbol: str, start_ms: int | None, limit: int) -> list[Candle]:
        """The candles that there are; where the newest are none, those before it, and the rest is due still."""
        try:
            return self._market.candles(symbol, self._interval, start_ms=start_ms, end_ms=None, limit=limit)
        except PartlyRead as partly:
            self._connection.tell(str(partly))
            return partly.candles


class TickerStream:
    """Iterates the last price of every symbol after each connecting and as it changes, once a second at most.

    Prices that were missed while the connection was down are gone; one no newer than one already given is dropped.
    """

    def __init__(
        self,
        url: str,
        symbols: Sequence[str],
        market: MarketDataSource,
        *,
        limits: StreamLimits | None = None,
        timing: Timing | None = None,
        tell: Callable[[str], None] = log.warning,
    ) -> None:
        """Parameters as of KlineStream."""
        self._market = market
        self._newest_ms = dict.fromkeys(symbols, -1)
        streams = [f"{symbol.lower()}@miniTicker" for symbol in symbols]
        self._connection = StreamConnection(url, streams, limits=limits, timing=timing, tell=tell)

    def __iter__(self) -> Generator[Ticker, None, None]:
        """Closing it closes the connection. Raises BadInput for a symbol that does not exist."""
        return self._connection.follow(self._ask, self._take)

    def _ask(self) -> Iterator[Ticker]:
        for symbol in self._newest_ms:
            yield from self._newer(self._market.ticker(symbol))

    def _take(self, event: Event) -> Iterator[Ticker]:
        if event.get("e") != "24hrMiniTicker":
            return
        try:
            ticker = payloads.ticker_event(event)
        except Unavailable as error:
            self._connection.tell(f"ignored: {error}")
            return
        yield from self._newer(ticker)

    def _newer(self, ticker: Ticker) -> Iterator[Ticker]:
        newest_ms = self._newest_ms.get(ticker.symbol)
        if newest_ms is not None and ticker.time_ms > newest_ms:
            self._newest_ms[ticker.symbol] = ticker.time_ms
            yield ticker
