"""What clients of the spot market ask of Binance's other markets before anything else: all of it is empty here."""

from __future__ import annotations

from trader.sim.exchange import Exchange
from trader.sim.public import Endpoint
from trader.sim.query import Query

SIGNED = ("timestamp", "recvWindow", "signature")
"""Parameters that a client may send although nothing of an account is asked."""


def _no_futures(exchange: Exchange, query: Query) -> object:
    now_ms = exchange.clock.now_ms()
    return {"timezone": "UTC", "serverTime": now_ms, "rateLimits": [], "exchangeFilters": [], "symbols": []}


def _none(exchange: Exchange, query: Query) -> object:
    return []


def _weight(query: Query) -> int:
    return 1


OTHER_MARKETS = (
    Endpoint("/sapi/v1/capital/config/getall", SIGNED, _weight, _none),
    Endpoint("/sapi/v1/margin/allPairs", ("symbol", *SIGNED), _weight, _none),
    Endpoint("/sapi/v1/margin/isolated/allPairs", ("symbol", *SIGNED), _weight, _none),
    Endpoint("/sapi/v1/asset/tradeFee", ("symbol", *SIGNED), _weight, _none),
    Endpoint("/fapi/v1/exchangeInfo", (), _weight, _no_futures),
    Endpoint("/dapi/v1/exchangeInfo", (), _weight, _no_futures),
)
