"""The REST endpoints of an account's filters, and of the allocations that nobody has here: no order is routed."""

from __future__ import annotations

from trader.sim.query import Query
from trader.sim.trading.account import SpotAccount
from trader.sim.trading.floor import TradingFloor
from trader.sim.trading.private import DEFAULT_ROWS, MAX_ROWS, PrivateEndpoint, weighing


def _filters(floor: TradingFloor, account: SpotAccount, query: Query) -> object:
    symbol = query.symbol(floor.exchange.listed())
    return {
        "exchangeFilters": floor.exchange_filters(),
        "symbolFilters": floor.filters_of(symbol),
        "assetFilters": [],
    }


def _allocations(floor: TradingFloor, account: SpotAccount, query: Query) -> object:
    query.symbol(floor.exchange.listed())
    for name in ("startTime", "endTime", "fromAllocationId", "orderId"):
        query.number(name)
    query.limit(DEFAULT_ROWS, MAX_ROWS)
    return []


RULE_ENDPOINTS = (
    PrivateEndpoint("GET", "/api/v3/myFilters", ("symbol",), weighing(40), _filters),
    PrivateEndpoint(
        "GET",
        "/api/v3/myAllocations",
        ("symbol", "startTime", "endTime", "fromAllocationId", "orderId", "limit"),
        weighing(20),
        _allocations,
    ),
)
