"""What one stream of one connection still has to send."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import NamedTuple

from chalicelib.domain import MINUTE_MS
from trader.sim.depth import best_offers, book_ticker_event
from trader.sim.exchange import Exchange
from trader.sim.faults import FaultPlan
from trader.sim.payloads import kline_event, mini_ticker_event, ticker_event
from trader.sim.view import INTERVALS, MarketView, last_closed_ms

TICKERS: Mapping[str, Callable[[Exchange, MarketView], dict[str, object]]] = {
    "miniTicker": lambda exchange, view: mini_ticker_event(view),
    "bookTicker": lambda exchange, view: book_ticker_event(view, exchange.liquidity),
    "ticker": lambda exchange, view: ticker_event(view, best_offers(view, exchange.liquidity)),
}
KLINE_PERIOD_MS, TICKER_PERIOD_MS = 2000, 1000
MIN_PERIOD_S = 0.1
"""Real time between two updates of a stream, however fast simulated time runs. Closed candles are exempt."""
BATCH = 1000


class StreamName(NamedTuple):
    """A stream that exists; `interval` is empty for tickers."""

    symbol: str
    kind: str
    interval: str


@dataclass(slots=True)
class Subscription:
    """A stream and how far it has been sent. `closed_ms` is the open_ms of the newest closed bar, sent or too old."""

    stream: StreamName
    closed_ms: int
    next_update_ms: int


def parse_stream(name: str, exchange: Exchange) -> StreamName | None:
    """The stream of that name, None where there is none: like Binance, the exchange then says nothing."""
    symbol, _, kind = name.partition("@")
    kind, _, interval = kind.partition("_")
    known = symbol == symbol.lower() and symbol.upper() in exchange.tapes
    if known and ((kind == "kline" and interval in INTERVALS) or (kind in TICKERS and not interval)):
        return StreamName(symbol.upper(), kind, interval)
    return None


def subscribe(stream: StreamName, now_ms: int) -> Subscription:
    """From now on: bars that have closed already are not sent."""
    interval_ms = INTERVALS.get(stream.interval, MINUTE_MS)
    return Subscription(stream, last_closed_ms(now_ms, interval_ms), now_ms)


def due_events(subscription: Subscription, exchange: Exchange) -> Iterator[dict[str, object]]:
    """What is to be sent now, closed bars first: each exactly once and in order."""
    if subscription.stream.symbol not in exchange.listed():
        return
    view = exchange.view(subscription.stream.symbol)
    if subscription.stream.interval:
        yield from _closed_bars(subscription, view, exchange.faults)
    if view.now_ms < subscription.next_update_ms:
        return
    kind = subscription.stream.kind
    period_ms = KLINE_PERIOD_MS if kind == "kline" else TICKER_PERIOD_MS
    period_ms = max(period_ms, int(MIN_PERIOD_S * 1000.0 * exchange.clock.speed))
    subscription.next_update_ms = view.now_ms - view.now_ms % period_ms + period_ms
    if kind in TICKERS:
        yield TICKERS[kind](exchange, view)
        return
    interval = subscription.stream.interval
    interval_ms = INTERVALS[interval]
    for minutes in view.groups(interval_ms, last_closed_ms(view.now_ms, interval_ms) + interval_ms, None, 1):
        if not (interval_ms == MINUTE_MS and exchange.faults.lost(minutes[0])):
            yield kline_event(minutes, interval, interval_ms, view.now_ms)


def next_due_ms(subscription: Subscription) -> int:
    """When the subscription next has something to send, in simulated time."""
    if not subscription.stream.interval:
        return subscription.next_update_ms
    interval_ms = INTERVALS[subscription.stream.interval]
    return min(subscription.next_update_ms, subscription.closed_ms + 2 * interval_ms)


def _closed_bars(subscription: Subscription, view: MarketView, faults: FaultPlan) -> Iterator[dict[str, object]]:
    interval = subscription.stream.interval
    interval_ms = INTERVALS[interval]
    newest_ms = last_closed_ms(view.now_ms, interval_ms)
    while subscription.closed_ms < newest_ms:
        groups = view.groups(interval_ms, subscription.closed_ms + interval_ms, newest_ms, BATCH)
        for minutes in groups:
            if not (interval_ms == MINUTE_MS and faults.lost(minutes[0])):
                yield kline_event(minutes, interval, interval_ms, view.now_ms)
        last_sent_ms = groups[-1][0].open_ms // interval_ms * interval_ms if groups else newest_ms
        subscription.closed_ms = last_sent_ms if len(groups) == BATCH else newest_ms
