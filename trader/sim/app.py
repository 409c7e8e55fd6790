"""The simulated exchange as an ASGI application: REST, streams and the news feed on one port, faults around all."""

from __future__ import annotations

from starlette.applications import Starlette
from starlette.middleware import Middleware
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from trader.sim import rss
from trader.sim.admin import admin_routes
from trader.sim.answers import Serve, address_of, answered, guarded_serve
from trader.sim.book_endpoints import PUBLIC_ENDPOINTS
from trader.sim.exchange import Exchange
from trader.sim.http_faults import HttpFaults
from trader.sim.limits import ServerWeights
from trader.sim.order_faults import OrderFaults
from trader.sim.other_markets import OTHER_MARKETS
from trader.sim.public import Endpoint
from trader.sim.query import Query
from trader.sim.service import Task, outcome_of
from trader.sim.stream import ConnectionLimits, stream_routes
from trader.sim.trading.admin_state import state_routes
from trader.sim.trading.doors import private_routes
from trader.sim.trading.floor import TradingFloor
from trader.sim.trading.ws_api import ws_api_routes


def create_app(
    exchange: Exchange, limits: ConnectionLimits | None = None, floor: TradingFloor | None = None
) -> Starlette:
    """The application; `limits` of WebSocket connections are Binance's unless given. Without a floor nobody trades."""
    ledger, limits = ServerWeights(), limits or ConnectionLimits()
    floor = floor or TradingFloor(exchange, ())

    async def news(request: Request) -> Response:
        return rss.news_response(exchange, request)

    endpoints = (*PUBLIC_ENDPOINTS, *OTHER_MARKETS)
    served = {endpoint.path: _served(endpoint, exchange, ledger) for endpoint in endpoints} | {rss.PATH: news}
    app = Starlette(
        routes=[
            *(Route(path, guarded_serve(serve), methods=["GET"]) for path, serve in served.items()),
            *private_routes(floor, ledger),
            *admin_routes(exchange.faults),
            *state_routes(floor),
            *stream_routes(exchange, limits),
            *ws_api_routes(floor, ledger, limits),
        ],
        middleware=[Middleware(HttpFaults, plan=exchange.faults), Middleware(OrderFaults, plan=exchange.faults)],
    )
    app.router.redirect_slashes = False  # /api/v3/time/ is an unknown path, not another name of the known one
    return app


def _served(endpoint: Endpoint, exchange: Exchange, ledger: ServerWeights) -> Serve:
    async def serve(request: Request) -> Response:
        def task() -> Task:
            return endpoint.task(exchange, Query(request.query_params.multi_items(), endpoint.parameters))

        return answered(outcome_of(task, ledger, address_of(request)))

    return serve
