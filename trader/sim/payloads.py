"""Market data in the shapes of Binance's answers and events. Prices and quantities are strings with 8 decimals or more.

A candle knows neither trades nor quote volume; both follow from it by fixed rules, so that the same candle always looks
the same and a wide bar is the sum of its minutes.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from decimal import Decimal
from typing import NamedTuple

from chalicelib.domain import DAY_MS, MINUTE_MS, Candle
from trader.sim.listing import Listing
from trader.sim.view import MarketView, merge

TRADES_PER_MINUTE_IDS = 100_000
"""Trade ids are numbered by minute; no minute has more trades."""
SHOWN_DECIMALS = 8
LEAST_ROUNDED = 1e-4
"""Below it an amount may have no digit among eight decimals that says much."""
QUOTE_PER_TRADE = 900.0
"""Mean size of a trade in quote currency."""


class Flow(NamedTuple):
    """What was traded in some minutes."""

    base: float
    quote: float
    taker_base: float
    taker_quote: float
    trades: int
    first_id: int
    """-1 where nothing was traded, like last_id."""
    last_id: int


def text(value: float) -> str:
    """A price or quantity as the API writes it: 8 decimals, or all that it has; never an exponent.

    >>> text(60685.22), text(1.25e-11)
    ('60685.22000000', '0.0000000000125')
    """
    usual = f"{value:.{SHOWN_DECIMALS}f}"
    return usual if float(usual) == value else f"{Decimal(repr(value)):f}"


def rounded(value: float) -> str:
    """A sum, a product or a mean as the API writes it: 8 decimals, and all that it has where those would be few.

    >>> rounded(1.0 / 3.0), rounded(1.5e-9)
    ('0.33333333', '0.0000000015')
    """
    return text(value) if abs(value) < LEAST_ROUNDED else f"{value:.{SHOWN_DECIMALS}f}"


def flow_of(minutes: Sequence[Candle]) -> Flow:
    """The sums over the minutes of a bar, oldest first."""
    base = quote = taker_base = taker_quote = 0.0
    trades, first_id, last_id = 0, -1, -1
    for minute in minutes:
        if minute.volume <= 0.0:
            continue
        minute_quote = minute.volume * (minute.open + minute.high + minute.low + minute.close) / 4.0
        reach = minute.high - minute.low
        bought = 0.5 if reach == 0.0 else 0.5 + 0.35 * (minute.close - minute.open) / reach
        count = min(1 + int(minute_quote / QUOTE_PER_TRADE), TRADES_PER_MINUTE_IDS)
        minute_first_id = minute.open_ms // MINUTE_MS * TRADES_PER_MINUTE_IDS
        first_id = minute_first_id if first_id < 0 else first_id
        last_id = minute_first_id + count - 1
        base += minute.volume
        quote += minute_quote
        taker_base += minute.volume * bought
        taker_quote += minute_quote * bought
        trades += count
    return Flow(base, quote, taker_base, taker_quote, trades, first_id, last_id)


def kline_row(minutes: Sequence[Candle], interval_ms: int, offset_ms: int) -> list[object]:
    """One row of GET /api/v3/klines."""
    bar, flow = merge(minutes, interval_ms, offset_ms), flow_of(minutes)
    prices = [text(price) for price in (bar.open, bar.high, bar.low, bar.close)]
    taker = [rounded(flow.taker_base), rounded(flow.taker_quote)]
    return [bar.open_ms, *prices, rounded(flow.base), bar.close_ms, rounded(flow.quote), flow.trades, *taker, "0"]


def kline_event(minutes: Sequence[Candle], interval: str, interval_ms: int, now_ms: int) -> dict[str, object]:
    """An event of the stream <symbol>@kline_<interval>; `x` tells whether the bar is closed."""
    bar, flow = merge(minutes, interval_ms), flow_of(minutes)
    kline = {
        "t": bar.open_ms, "T": bar.close_ms, "s": bar.symbol, "i": interval, "f": flow.first_id, "L": flow.last_id,
        "o": text(bar.open), "c": text(bar.close), "h": text(bar.high), "l": text(bar.low), "v": rounded(flow.base),
        "n": flow.trades, "x": bar.close_ms <= now_ms, "q": rounded(flow.quote), "V": rounded(flow.taker_base),
        "Q": rounded(flow.taker_quote), "B": "0",
    }  # fmt: skip
    return {"e": "kline", "E": now_ms, "s": bar.symbol, "k": kline}


def average_price(view: MarketView, minutes: int) -> dict[str, object]:
    """Volume-weighted mean price of the last minutes; the last price where nothing was traded."""
    flow = flow_of(list(view.forward(view.now_ms - minutes * MINUTE_MS + 1, view.now_ms)))
    last = view.last()
    price = flow.quote / flow.base if flow.base > 0.0 else last.close
    return {"mins": minutes, "price": rounded(price), "closeTime": min(view.now_ms, last.close_ms)}


class DayStatistics(NamedTuple):
    """The rolling 24 hours of a pair."""

    listing: Listing
    bar: Candle
    flow: Flow
    previous_close: float
    last_quantity: float

    @property
    def change(self) -> float:
        return self.listing.on_tick(self.bar.close - self.bar.open)

    @property
    def change_percent(self) -> float:
        return 100.0 * self.change / self.bar.open

    @property
    def weighted_price(self) -> float:
        return self.flow.quote / self.flow.base if self.flow.base > 0.0 else self.bar.close


def day_statistics(view: MarketView) -> DayStatistics:
    """Raises Unavailable before the first trade; a day without trades shows the newest minute."""
    start_ms = view.now_ms - DAY_MS
    minutes = list(view.forward(start_ms + 1, view.now_ms)) or [view.last()]
    bar, flow = merge(minutes, DAY_MS), flow_of(minutes)
    before = next(view.backward(minutes[0].open_ms - 1), None)
    mean_trade = flow.base / flow.trades if flow.trades else 0.0
    listing = view.tape.listing
    return DayStatistics(listing, bar, flow, before.close if before else bar.open, _on_lots(mean_trade, listing))


def day_ticker(view: MarketView, best: Mapping[str, str] | None) -> dict[str, object]:
    """GET /api/v3/ticker/24hr of one pair, `type` FULL with the best bid and ask, or MINI without."""
    day = day_statistics(view)
    bar, flow = day.bar, day.flow
    shared: dict[str, object] = {
        "openPrice": text(bar.open), "highPrice": text(bar.high), "lowPrice": text(bar.low),
        "volume": rounded(flow.base), "quoteVolume": rounded(flow.quote),
        "openTime": view.now_ms - DAY_MS, "closeTime": view.now_ms,
        "firstId": flow.first_id, "lastId": flow.last_id, "count": flow.trades,
    }  # fmt: skip
    if best is None:
        return {"symbol": bar.symbol, "lastPrice": text(bar.close), **shared}
    return {
        "symbol": bar.symbol, "priceChange": text(day.change), "priceChangePercent": f"{day.change_percent:.3f}",
        "weightedAvgPrice": rounded(day.weighted_price), "prevClosePrice": text(day.previous_close),
        "lastPrice": text(bar.close), "lastQty": text(day.last_quantity), **best, **shared,
    }  # fmt: skip


def mini_ticker_event(view: MarketView) -> dict[str, object]:
    """An event of the stream <symbol>@miniTicker."""
    day = day_statistics(view)
    bar, flow = day.bar, day.flow
    return {
        "e": "24hrMiniTicker", "E": view.now_ms, "s": bar.symbol, "c": text(bar.close), "o": text(bar.open),
        "h": text(bar.high), "l": text(bar.low), "v": rounded(flow.base), "q": rounded(flow.quote),
    }  # fmt: skip


def ticker_event(view: MarketView, best: Mapping[str, str]) -> dict[str, object]:
    """An event of the stream <symbol>@ticker."""
    day = day_statistics(view)
    bar, flow = day.bar, day.flow
    return {
        "e": "24hrTicker", "E": view.now_ms, "s": bar.symbol, "p": text(day.change),
        "P": f"{day.change_percent:.3f}", "w": rounded(day.weighted_price), "x": text(day.previous_close),
        "c": text(bar.close), "Q": text(day.last_quantity), "b": best["bidPrice"], "B": best["bidQty"],
        "a": best["askPrice"], "A": best["askQty"], "o": text(bar.open), "h": text(bar.high), "l": text(bar.low),
        "v": rounded(flow.base), "q": rounded(flow.quote), "O": view.now_ms - DAY_MS, "C": view.now_ms,
        "F": flow.first_id, "L": flow.last_id, "n": flow.trades,
    }  # fmt: skip


def _on_lots(quantity: float, listing: Listing) -> float:
    return round(quantity * listing.lots_per_unit) / listing.lots_per_unit
