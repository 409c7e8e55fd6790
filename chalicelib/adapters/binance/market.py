"""Candles, symbols and prices over REST."""

from __future__ import annotations

import logging
from collections.abc import Callable, Sequence
from itertools import pairwise
from typing import TypeAlias

from chalicelib.adapters.binance import klines, payloads
from chalicelib.adapters.binance.clock import server_time_ms
from chalicelib.adapters.binance.intervals import interval_ms
from chalicelib.adapters.binance.klines import CandlePage
from chalicelib.adapters.binance.transport import Query, Transport
from chalicelib.candle_rule import LATEST_MS, OddCandle, odd_line
from chalicelib.domain import Candle, Symbol, Ticker
from chalicelib.errors import BadInput
from chalicelib.partly_read import PartlyRead
from chalicelib.ports import Clock

PAGE = 1000
"""The most rows that one klines request gives."""
MOST_ODD = 10_000
"""Rows that are no candles, after which older ones are not looked for any more: a week of minutes."""
_SYMBOL_LIFE_MS = 3_600_000

Found: TypeAlias = tuple[list[Candle], list[OddCandle]]
Hear: TypeAlias = Callable[[str, str, Sequence[OddCandle]], None]

log = logging.getLogger(__name__)


def warn(symbol: str, interval: str, odd: Sequence[OddCandle]) -> None:
    """One line in the log of rows that are no candles."""
    log.warning("%s", odd_line(symbol, interval, odd))


class BinanceMarketData:
    """Implements ports.MarketDataSource. `clock` says which candles have closed; it must not run ahead of it."""

    def __init__(self, transport: Transport, clock: Clock, hear: Hear = warn) -> None:
        """`hear` gets symbol, interval and the odd rows that a call left out."""
        self._transport = transport
        self._clock = clock
        self._hear = hear
        self._symbols: dict[str, tuple[int, Symbol]] = {}

    def candles(
        self, symbol: str, interval: str, *, start_ms: int | None, end_ms: int | None, limit: int
    ) -> list[Candle]:
        """As the port says; a request is made for every thousand, and one more for a page with a hole or an odd row."""
        length_ms = interval_ms(interval)
        for name, bound in (("start", start_ms), ("end", end_ms)):
            if bound is not None and not 0 <= bound <= LATEST_MS:
                raise BadInput(f"candles of {symbol}: {name} {bound} is not a time from 1970 to 2100")
        # Read before the requests: what this shows as closed is closed, and final, in their answers.
        now_ms = self._clock.now_ms()
        last_ms = now_ms - length_ms if end_ms is None else min(end_ms, now_ms - length_ms)
        if start_ms is None:
            found, odd = self._newest(symbol, interval, last_ms, now_ms, limit)
        else:
            found, odd = self._oldest(symbol, interval, start_ms, last_ms, now_ms, limit)
        if end_ms is None:
            _refuse_newest(symbol, interval, found, odd)
        if odd:
            self._hear(symbol, interval, odd)
        return found

    def symbol(self, name: str) -> Symbol:
        """As the port says; kept for an hour."""
        now_ms = self._clock.now_ms()
        kept = self._symbols.get(name)
        if kept is not None and now_ms - kept[0] < _SYMBOL_LIFE_MS:
            return kept[1]
        found, limit = self._transport.get(
            "/api/v3/exchangeInfo",
            {"symbol": name},
            weight=20,
            read=lambda answer: (payloads.symbol_of(name, answer), payloads.weight_limit(answer)),
        )
        if limit is not None:
            self._transport.ledger.limit = limit
        self._symbols[name] = (now_ms, found)
        return found

    def ticker(self, symbol: str) -> Ticker:
        """As the port says; the time is that of the question, the answer has none."""
        now_ms = self._clock.now_ms()
        return self._transport.get(
            "/api/v3/ticker/price",
            {"symbol": symbol},
            weight=2,
            read=lambda answer: Ticker(
                symbol,
                payloads.as_price(payloads.as_object(answer, "ticker").get("price"), f"price of {symbol}"),
                now_ms,
            ),
        )

    def server_time_ms(self) -> int:
        """As the port says."""
        return server_time_ms(self._transport)

    def _oldest(self, symbol: str, interval: str, start_ms: int, last_ms: int, now_ms: int, limit: int) -> Found:
        found: list[Candle] = []
        odd: list[OddCandle] = []
        while len(found) < limit and start_ms <= last_ms:
            page = self._page(symbol, interval, start_ms, last_ms, min(PAGE, limit - len(found)))
            found += _closed(page.candles, now_ms)
            odd += page.odd
            if page.newest_ms is None:
                break
            start_ms = page.newest_ms + 1
        return found[:limit], odd

    def _newest(self, symbol: str, interval: str, last_ms: int, now_ms: int, limit: int) -> Found:
        found: list[Candle] = []
        odd: list[OddCandle] = []
        while len(found) < limit and last_ms >= 0:
            asked = PAGE if odd else min(PAGE, limit - len(found))  # past odd rows by pages, not one by one
            page = self._page(symbol, interval, None, last_ms, asked)
            found = _closed(page.candles, now_ms) + found
            odd = [*page.odd, *odd]
            if page.oldest_ms is None or len(odd) >= MOST_ODD:
                break
            last_ms = page.oldest_ms - 1
        return found[-limit:], odd

    def _page(self, symbol: str, interval: str, start_ms: int | None, last_ms: int, limit: int) -> CandlePage:
        """One request; where rows are missing between others, or odd, a second one, and the union of both.

        A hole can be true (the exchange stood still) or a slip of one of its servers, and only asking again tells.
        """
        query: dict[str, str | int] = {"symbol": symbol, "interval": interval, "limit": limit, "endTime": last_ms}
        if start_ms is not None:
            query["startTime"] = start_ms
        page = self._request(symbol, interval, query)
        if not page.odd and not _has_hole(page.candles):
            return page
        again = self._request(symbol, interval, query)
        both = {candle.open_ms: candle for candle in again.candles + page.candles}
        union = [both[open_ms] for open_ms in sorted(both)]
        mended = both.keys() - {candle.open_ms for candle in page.candles}
        odd = tuple(each for each in page.odd if each.open_ms not in mended)
        return CandlePage(union, odd)

    def _request(self, symbol: str, interval: str, query: Query) -> CandlePage:
        start_ms, last_ms = int(query.get("startTime", 0)), int(query["endTime"])
        return self._transport.get(
            "/api/v3/klines",
            query,
            weight=2,
            read=lambda rows: klines.candles(
                symbol, interval, rows, start_ms=start_ms, end_ms=last_ms, limit=int(query["limit"])
            ),
        )


def _refuse_newest(symbol: str, interval: str, found: list[Candle], odd: Sequence[OddCandle]) -> None:
    """Raises PartlyRead where the newest row is no candle: a minute later it may be one."""
    last_ms = found[-1].open_ms if found else -1
    newest = [each for each in odd if each.complaint and each.open_ms is not None and each.open_ms > last_ms]
    if newest:
        raise PartlyRead(f"{odd_line(symbol, interval, newest)}; it will be asked for again", found)


def _closed(page: list[Candle], now_ms: int) -> list[Candle]:
    """Without the open candle of a month that is longer than the shortest; of other intervals none was asked for."""
    return [candle for candle in page if candle.close_ms < now_ms]


def _has_hole(page: list[Candle]) -> bool:
    return any(later.open_ms > earlier.close_ms + 1 for earlier, later in pairwise(page))
