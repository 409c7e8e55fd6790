"""The single trades that a candle is made of, by fixed rules: as many as klines tell, evenly along the price's way."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from itertools import dropwhile, islice, takewhile
from typing import NamedTuple

from chalicelib.domain import MINUTE_MS, Candle
from trader.sim.listing import Listing
from trader.sim.payloads import TRADES_PER_MINUTE_IDS, flow_of, rounded, text
from trader.sim.view import MarketView, so_far


class MarketTrade(NamedTuple):
    """One trade of the market, which is nobody's here."""

    trade_id: int
    price: float
    quantity: float
    time_ms: int
    buyer_is_maker: bool

    def row(self) -> dict[str, object]:
        """As GET /api/v3/trades has it."""
        return {
            "id": self.trade_id, "price": text(self.price), "qty": text(self.quantity),
            "quoteQty": rounded(self.price * self.quantity), "time": self.time_ms,
            "isBuyerMaker": self.buyer_is_maker, "isBestMatch": True,
        }  # fmt: skip

    def aggregate_row(self) -> dict[str, object]:
        """As GET /api/v3/aggTrades has it: each trade is an aggregate of its own."""
        return {
            "a": self.trade_id, "p": text(self.price), "q": text(self.quantity), "f": self.trade_id,
            "l": self.trade_id, "T": self.time_ms, "m": self.buyer_is_maker, "M": True,
        }  # fmt: skip


def newest_trades(view: MarketView, limit: int, last_ms: int | None = None) -> list[MarketTrade]:
    """The last ones, up to a time or to now, the oldest first."""
    until_ms = view.now_ms if last_ms is None else min(last_ms, view.now_ms)
    newest_first = (
        trade for minute in view.tape.backward(until_ms) for trade in _trades_of(minute, view.tape.listing, reversed)
    )
    return list(islice((trade for trade in newest_first if trade.time_ms <= until_ms), limit))[::-1]


def trades_from_id(view: MarketView, first_id: int, limit: int) -> list[MarketTrade]:
    """The trades from an id on, the oldest first."""
    trades = _forward(view, first_id // TRADES_PER_MINUTE_IDS * MINUTE_MS, view.now_ms)
    return list(islice(dropwhile(lambda trade: trade.trade_id < first_id, trades), limit))


def trades_between(view: MarketView, start_ms: int, end_ms: int | None, limit: int) -> list[MarketTrade]:
    """The trades from a time on, to another where one is given, both included, the oldest first."""
    until_ms = view.now_ms if end_ms is None else min(end_ms, view.now_ms)
    trades = _forward(view, start_ms - start_ms % MINUTE_MS, until_ms)
    return list(islice(dropwhile(lambda trade: trade.time_ms < start_ms, trades), limit))


def _forward(view: MarketView, first_ms: int, until_ms: int) -> Iterator[MarketTrade]:
    minutes = view.tape.forward(first_ms, until_ms)
    trades = (trade for minute in minutes for trade in _trades_of(minute, view.tape.listing, iter))
    return takewhile(lambda trade: trade.time_ms <= until_ms, trades)


def _trades_of(minute: Candle, listing: Listing, in_order: Callable[[range], Iterable[int]]) -> Iterator[MarketTrade]:
    """All of a minute, the oldest or the newest first."""
    flow = flow_of([minute])
    lots, bought = round(minute.volume * listing.lots_per_unit), flow.taker_base / flow.base if flow.base else 0.0
    for place in in_order(range(flow.trades)):
        into_minute_ms = (2 * place + 1) * MINUTE_MS // (2 * flow.trades)
        yield MarketTrade(
            flow.first_id + place,
            so_far(minute, into_minute_ms, listing).close,
            _share(lots, place, flow.trades, listing),
            minute.open_ms + into_minute_ms,
            int((place + 1) * bought) == int(place * bought),
        )


def _share(lots: int, place: int, trades: int, listing: Listing) -> float:
    """What one of so many trades has of a minute's lots, a lot at least; together they have all."""
    return max(1, lots * (place + 1) // trades - lots * place // trades) / listing.lots_per_unit
