"""How a request of a member comes in over REST: key, signature, time, weight, and then its endpoint."""

from __future__ import annotations

from collections.abc import Iterable
from itertools import groupby
from time import monotonic

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from trader.sim.answers import Serve, failed, guarded_serve, json_answer, refused
from trader.sim.limits import RequestWeight, ServerWeights
from trader.sim.query import ApiError, Query
from trader.sim.trading.account import SpotAccount
from trader.sim.trading.floor import TradingFloor
from trader.sim.trading.private import PRIVATE_ENDPOINTS, PrivateEndpoint
from trader.sim.trading.signed_request import SIGNED_PARAMETERS, authentic, refuse_untimely

KEY_HEADER = "X-MBX-APIKEY"
STRANGER_WEIGHT = 1
"""What a request costs that is not a member's, or whose parameters do not even tell its weight."""


def private_routes(floor: TradingFloor, ledger: ServerWeights) -> list[Route]:
    """The routes of all endpoints for members."""
    by_path = groupby(sorted(PRIVATE_ENDPOINTS, key=lambda each: each.path), key=lambda each: each.path)
    return [_route(path, list(endpoints), floor, ledger) for path, endpoints in by_path]


def _route(path: str, endpoints: Iterable[PrivateEndpoint], floor: TradingFloor, ledger: ServerWeights) -> Route:
    served = {endpoint.method: _served(endpoint, floor, ledger) for endpoint in endpoints}

    async def serve(request: Request) -> Response:
        return await served[request.method](request)

    return Route(path, guarded_serve(serve), methods=list(served))


def _served(endpoint: PrivateEndpoint, floor: TradingFloor, ledger: ServerWeights) -> Serve:
    async def serve(request: Request) -> Response:
        address = request.client.host if request.client else ""
        body = await request.body()
        try:
            account, query = _admitted(endpoint, floor, request, body)
            weight = endpoint.weight(query)
        except ApiError as error:
            charge = ledger.charge(address, STRANGER_WEIGHT, monotonic())
            return refused(charge) if charge.retry_after_s is not None else failed(error, charge)
        charge = ledger.charge(address, weight, monotonic())
        if charge.retry_after_s is not None:
            return refused(charge)
        try:
            answer = endpoint.answer(floor, account, query)
        except ApiError as error:
            return failed(error, charge)
        if endpoint.is_free_when_done:
            charge = ledger.give_back(address, weight)
        return _answered(endpoint, floor, account, answer, charge)

    return serve


def _admitted(
    endpoint: PrivateEndpoint, floor: TradingFloor, request: Request, body: bytes
) -> tuple[SpotAccount, Query]:
    """Whose request it is, and its parameters. Raises ApiError."""
    member = floor.members.of(request.headers.get(KEY_HEADER, ""))
    parameters = authentic(request.scope["query_string"], body, member)
    refuse_untimely(parameters, floor.clocks_ms())
    return member.account, Query(list(parameters.items()), (*endpoint.parameters, *SIGNED_PARAMETERS))


def _answered(
    endpoint: PrivateEndpoint, floor: TradingFloor, account: SpotAccount, answer: object, charge: RequestWeight
) -> Response:
    counts = floor.counts(account).headers() if endpoint.counts_orders else {}
    return json_answer(answer, charge, more_headers=counts)
