"""POST /api/v3/order/oco, which Binance calls deprecated and still takes: a limit and a stop beside it."""

from __future__ import annotations

from trader.sim.query import Query
from trader.sim.trading.leg_query import LegQuery
from trader.sim.trading.list_requests import FOR_ALL, OCO, Listed, list_request
from trader.sim.trading.order_list import OrderListRequest
from trader.sim.trading.requests import order_request

SHARED = {name: name for name in ("symbol", "side", "quantity", "selfTradePreventionMode")}
LIMIT_NAMES = SHARED | {
    "price": "price", "newClientOrderId": "limitClientOrderId", "icebergQty": "limitIcebergQty",
    "strategyId": "limitStrategyId", "strategyType": "limitStrategyType",
}  # fmt: skip
STOP_NAMES = SHARED | {
    "price": "stopLimitPrice", "timeInForce": "stopLimitTimeInForce", "stopPrice": "stopPrice",
    "trailingDelta": "trailingDelta", "newClientOrderId": "stopClientOrderId", "icebergQty": "stopIcebergQty",
    "strategyId": "stopStrategyId", "strategyType": "stopStrategyType",
}  # fmt: skip
OLD_OCO_PARAMETERS = tuple(dict.fromkeys((*FOR_ALL, *LIMIT_NAMES.values(), *STOP_NAMES.values())))


def old_oco_request(query: Query, listed: Listed, default_self_trade_mode: str) -> OrderListRequest:
    """The list that is asked for; the upper order first. Raises ApiError as Binance words it."""
    stop_kind = "STOP_LOSS_LIMIT" if query.has("stopLimitPrice") else "STOP_LOSS"
    stop_query = LegQuery(query, STOP_NAMES, {"type": stop_kind})
    limit = order_request(LegQuery(query, LIMIT_NAMES, {"type": "LIMIT_MAKER"}), listed, default_self_trade_mode)
    stop = order_request(stop_query, listed, default_self_trade_mode)
    return list_request(query, [stop, limit] if stop.side == "BUY" else [limit, stop], OCO)
