"""The public REST endpoints of the order book and of single trades."""

from __future__ import annotations

from trader.sim.depth import depth
from trader.sim.exchange import Exchange
from trader.sim.public import ENDPOINTS, Endpoint, weighing
from trader.sim.query import ApiError, Query
from trader.sim.single_trades import MarketTrade, newest_trades, trades_between, trades_from_id

DEFAULT_LEVELS, MAX_LEVELS = 100, 5000
DEFAULT_TRADES, MAX_TRADES = 500, 1000
DEPTH_WEIGHTS = {100: 5, 500: 25, 1000: 50, MAX_LEVELS: 250}
"""By the most levels that cost so much."""


def _depth_weight(query: Query) -> int:
    limit = query.limit(DEFAULT_LEVELS, MAX_LEVELS)
    return next(weight for most, weight in DEPTH_WEIGHTS.items() if limit <= most)


def _depth(exchange: Exchange, query: Query) -> object:
    view = exchange.view(query.symbol(exchange.listed()))
    return depth(view, exchange.liquidity, query.limit(DEFAULT_LEVELS, MAX_LEVELS))


def _trades(exchange: Exchange, query: Query) -> object:
    view, limit = exchange.view(query.symbol(exchange.listed())), query.limit(DEFAULT_TRADES, MAX_TRADES)
    first_id = query.number("fromId")
    found = newest_trades(view, limit) if first_id is None else trades_from_id(view, first_id, limit)
    return [trade.row() for trade in found]


def _aggregates(exchange: Exchange, query: Query) -> object:
    return [trade.aggregate_row() for trade in _aggregated(exchange, query)]


def _aggregated(exchange: Exchange, query: Query) -> list[MarketTrade]:
    view, limit = exchange.view(query.symbol(exchange.listed())), query.limit(DEFAULT_TRADES, MAX_TRADES)
    first_id, start_ms, end_ms = (query.number(name) for name in ("fromId", "startTime", "endTime"))
    if first_id is not None and (start_ms is not None or end_ms is not None):
        raise ApiError(-1128, "Combination of optional parameters invalid.")
    if first_id is not None:
        return trades_from_id(view, first_id, limit)
    return newest_trades(view, limit, end_ms) if start_ms is None else trades_between(view, start_ms, end_ms, limit)


PUBLIC_ENDPOINTS = (
    *ENDPOINTS,
    Endpoint("/api/v3/depth", ("symbol", "limit"), _depth_weight, _depth),
    Endpoint("/api/v3/trades", ("symbol", "limit"), weighing(25), _trades),
    Endpoint("/api/v3/historicalTrades", ("symbol", "limit", "fromId"), weighing(25), _trades),
    Endpoint("/api/v3/aggTrades", ("symbol", "fromId", "startTime", "endTime", "limit"), weighing(4), _aggregates),
)
