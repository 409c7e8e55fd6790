"""The methods of the WebSocket API that are endpoints of REST under another name: one rule, two ways in."""

from __future__ import annotations

from trader.sim.book_endpoints import PUBLIC_ENDPOINTS
from trader.sim.public import Endpoint
from trader.sim.trading.endpoints import MEMBER_ENDPOINTS
from trader.sim.trading.list_endpoints import CANCEL_WITH_ITS_LIST
from trader.sim.trading.private import PrivateEndpoint

_PUBLIC = {endpoint.path: endpoint for endpoint in PUBLIC_ENDPOINTS}
_PRIVATE = {(endpoint.method, endpoint.path): endpoint for endpoint in MEMBER_ENDPOINTS}
PUBLIC_METHODS: dict[str, Endpoint] = {
    method: _PUBLIC[f"/api/v3/{path}"]
    for method, path in {
        "ping": "ping",
        "time": "time",
        "exchangeInfo": "exchangeInfo",
        "executionRules": "executionRules",
        "referencePrice": "referencePrice",
        "depth": "depth",
        "trades.recent": "trades",
        "trades.historical": "historicalTrades",
        "trades.aggregate": "aggTrades",
        "klines": "klines",
        "uiKlines": "uiKlines",
        "avgPrice": "avgPrice",
        "ticker.price": "ticker/price",
        "ticker.book": "ticker/bookTicker",
        "ticker.24hr": "ticker/24hr",
    }.items()
}
PRIVATE_METHODS: dict[str, PrivateEndpoint] = {
    method: _PRIVATE[verb, f"/api/v3/{path}"]
    for method, (verb, path) in {
        "order.place": ("POST", "order"),
        "order.test": ("POST", "order/test"),
        "order.status": ("GET", "order"),
        "order.cancelReplace": ("POST", "order/cancelReplace"),
        "order.amend.keepPriority": ("PUT", "order/amend/keepPriority"),
        "order.amendments": ("GET", "order/amendments"),
        "orderList.place": ("POST", "order/oco"),
        "orderList.place.oco": ("POST", "orderList/oco"),
        "orderList.place.oto": ("POST", "orderList/oto"),
        "orderList.place.otoco": ("POST", "orderList/otoco"),
        "orderList.place.opo": ("POST", "orderList/opo"),
        "orderList.place.opoco": ("POST", "orderList/opoco"),
        "orderList.status": ("GET", "orderList"),
        "orderList.cancel": ("DELETE", "orderList"),
        "openOrderLists.status": ("GET", "openOrderList"),
        "allOrderLists": ("GET", "allOrderList"),
        "openOrders.status": ("GET", "openOrders"),
        "openOrders.cancelAll": ("DELETE", "openOrders"),
        "allOrders": ("GET", "allOrders"),
        "myTrades": ("GET", "myTrades"),
        "account.status": ("GET", "account"),
        "account.commission": ("GET", "account/commission"),
        "account.rateLimits.orders": ("GET", "rateLimit/order"),
        "myPreventedMatches": ("GET", "myPreventedMatches"),
        "myFilters": ("GET", "myFilters"),
        "myAllocations": ("GET", "myAllocations"),
    }.items()
} | {"order.cancel": CANCEL_WITH_ITS_LIST}
