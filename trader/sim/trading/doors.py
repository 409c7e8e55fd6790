"""How a request of a member comes in over REST: key, signature, time, weight, and then its endpoint."""

from __future__ import annotations

from collections.abc import Iterable
from itertools import groupby

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from trader.sim.answers import Serve, address_of, answered, guarded_serve
from trader.sim.limits import ServerWeights
from trader.sim.query import Query
from trader.sim.service import Task, outcome_of
from trader.sim.trading.endpoints import MEMBER_ENDPOINTS
from trader.sim.trading.floor import TradingFloor
from trader.sim.trading.private import PrivateEndpoint
from trader.sim.trading.signed_request import SIGNED_PARAMETERS, authentic, refuse_untimely

KEY_HEADER = "X-MBX-APIKEY"


def private_routes(floor: TradingFloor, ledger: ServerWeights) -> list[Route]:
    """The routes of all endpoints for members."""
    by_path = groupby(sorted(MEMBER_ENDPOINTS, key=lambda each: each.path), key=lambda each: each.path)
    return [_route(path, list(there), floor, ledger) for path, there in by_path]


def _route(path: str, endpoints: Iterable[PrivateEndpoint], floor: TradingFloor, ledger: ServerWeights) -> Route:
    served = {endpoint.method: _served(endpoint, floor, ledger) for endpoint in endpoints}

    async def serve(request: Request) -> Response:
        return await served["GET" if request.method == "HEAD" else request.method](request)

    return Route(path, guarded_serve(serve), methods=list(served))


def _served(endpoint: PrivateEndpoint, floor: TradingFloor, ledger: ServerWeights) -> Serve:
    async def serve(request: Request) -> Response:
        body = await request.body()
        return answered(outcome_of(lambda: _task(endpoint, floor, request, body), ledger, address_of(request)))

    return serve


def _task(endpoint: PrivateEndpoint, floor: TradingFloor, request: Request, body: bytes) -> Task:
    """What a member asks for. Raises ApiError."""
    member = floor.members.of(request.headers.get(KEY_HEADER, ""))
    parameters = authentic(request.scope["query_string"], body, member)
    refuse_untimely(parameters, floor.clocks_ms(f"{endpoint.method} {endpoint.path}"))
    query = Query(list(parameters.items()), (*endpoint.parameters, *SIGNED_PARAMETERS))
    return endpoint.task(floor, member.account, query)
