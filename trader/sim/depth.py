"""The order book as the model of liquidity has it: what an order that takes would find now."""

from __future__ import annotations

from decimal import Decimal
from itertools import islice

from trader.sim.payloads import text
from trader.sim.trading.amounts import shown
from trader.sim.trading.liquidity import Liquidity, Offer
from trader.sim.trading.order import Side
from trader.sim.view import MarketView

ENDLESS_LOTS = 25_000
"""Shown in place of a quantity without end."""


def best_offers(view: MarketView, liquidity: Liquidity) -> dict[str, str]:
    """The best bid and ask, as tickers tell them. Raises Unavailable before the first trade."""
    (bid,), (ask,) = _offers(view, liquidity, "SELL", 1), _offers(view, liquidity, "BUY", 1)
    return {
        "bidPrice": shown(bid.price), "bidQty": shown(bid.quantity),
        "askPrice": shown(ask.price), "askQty": shown(ask.quantity),
    }  # fmt: skip


def book_ticker_event(view: MarketView, liquidity: Liquidity) -> dict[str, object]:
    """An event of the stream <symbol>@bookTicker."""
    best = best_offers(view, liquidity)
    return {
        "u": view.now_ms, "s": view.tape.listing.name, "b": best["bidPrice"], "B": best["bidQty"],
        "a": best["askPrice"], "A": best["askQty"],
    }  # fmt: skip


def depth(view: MarketView, liquidity: Liquidity, limit: int) -> dict[str, object]:
    """GET /api/v3/depth: the book is another one with every simulated millisecond."""
    sides: dict[str, Side] = {"bids": "SELL", "asks": "BUY"}
    rows = {
        name: [[shown(price), shown(quantity)] for price, quantity in _offers(view, liquidity, side, limit)]
        for name, side in sides.items()
    }
    return {"lastUpdateId": view.now_ms, **rows}


def _offers(view: MarketView, liquidity: Liquidity, side: Side, limit: int) -> list[Offer]:
    """What an order of that side finds, the best price first."""
    last, most = Decimal(text(view.last().close)), Decimal(ENDLESS_LOTS) / view.tape.listing.lots_per_unit
    found = islice(liquidity.offers(side, last, view.tape, view.now_ms), limit)
    return [Offer(price, quantity if quantity.is_finite() else most) for price, quantity in found]
