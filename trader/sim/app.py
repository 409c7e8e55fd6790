"""The simulated exchange as an ASGI application: REST, streams and the news feed on one port, faults around all."""

from __future__ import annotations

import json
import logging
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime
from time import monotonic

from starlette.applications import Starlette
from starlette.middleware import Middleware
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from trader.sim import rss
from trader.sim.exchange import Exchange
from trader.sim.http_faults import HttpFaults
from trader.sim.limits import WEIGHT_LIMIT, RequestWeight, ServerWeights
from trader.sim.public import ENDPOINTS, Endpoint
from trader.sim.query import ApiError, Query
from trader.sim.stream import ConnectionLimits, stream_routes

USED_WEIGHT_HEADERS = ("X-MBX-USED-WEIGHT", "X-MBX-USED-WEIGHT-1M")
ADVICE = "Please use WebSocket Streams for live updates to avoid"
UNKNOWN = ApiError(-1000, "An unknown error occurred while processing the request.", 500)
log = logging.getLogger(__name__)
Serve = Callable[[Request], Awaitable[Response]]
ILL_FORMED_WEIGHT = 1
"""What a request costs whose parameters do not even tell its weight."""


def create_app(exchange: Exchange, limits: ConnectionLimits | None = None) -> Starlette:
    """The application; `limits` of WebSocket connections are Binance's unless given."""
    ledger = ServerWeights()

    async def news(request: Request) -> Response:
        return rss.news_response(exchange, request)

    served = {endpoint.path: _served(endpoint, exchange, ledger) for endpoint in ENDPOINTS} | {rss.PATH: news}
    app = Starlette(
        routes=[
            *(Route(path, _guarded(serve), methods=["GET"]) for path, serve in served.items()),
            *stream_routes(exchange, limits or ConnectionLimits()),
        ],
        middleware=[Middleware(HttpFaults, plan=exchange.faults)],
    )
    app.router.redirect_slashes = False  # /api/v3/time/ is an unknown path, not another name of the known one
    return app


def _guarded(serve: Serve) -> Serve:
    """The same, and Binance's own error where a mistake of ours gets in the way."""

    async def guarded(request: Request) -> Response:
        try:
            return await serve(request)
        except Exception as error:
            log.error("%s: %s: %s", request.url.path, type(error).__name__, error)
            return _json(UNKNOWN.body(), RequestWeight(0), UNKNOWN.status)

    return guarded


def _served(endpoint: Endpoint, exchange: Exchange, ledger: ServerWeights) -> Serve:
    async def serve(request: Request) -> Response:
        address = request.client.host if request.client else ""
        try:
            query = Query(request.query_params.multi_items(), endpoint.parameters)
            weight = endpoint.weight(query)
        except ApiError as error:
            charge = ledger.charge(address, ILL_FORMED_WEIGHT, monotonic())
            return _refused(charge) if charge.retry_after_s is not None else _json(error.body(), charge, error.status)
        charge = ledger.charge(address, weight, monotonic())
        if charge.retry_after_s is not None:
            return _refused(charge)
        try:
            return _json(endpoint.answer(exchange, query), charge)
        except ApiError as error:
            return _json(error.body(), charge, error.status)

    return serve


def _refused(charge: RequestWeight) -> Response:
    """429 above the weight limit, 418 once the address is banned; both say how long to stay away."""
    wait_s = charge.retry_after_s or 0
    if charge.banned:
        until_ms = int(datetime.now(UTC).timestamp() * 1000) + wait_s * 1000
        error = ApiError(-1003, f"Way too much request weight used; IP banned until {until_ms}. {ADVICE} bans.", 418)
    else:
        limit = f"current limit is {WEIGHT_LIMIT} request weight per 1 MINUTE"
        error = ApiError(-1003, f"Too much request weight used; {limit}. {ADVICE} polling the API.", 429)
    response = _json(error.body(), charge, error.status)
    response.headers["Retry-After"] = str(wait_s)
    return response


def _json(body: object, charge: RequestWeight, status: int = 200) -> Response:
    headers = dict.fromkeys(USED_WEIGHT_HEADERS, str(charge.used))
    return Response(
        json.dumps(body, separators=(",", ":"), ensure_ascii=False),
        status,
        headers,
        media_type="application/json;charset=UTF-8",
    )
