"""Answers of the simulated exchange: JSON with the weight that an address has used, refusals, mistakes of ours."""

from __future__ import annotations

import json
import logging
from collections.abc import Awaitable, Callable, Mapping
from typing import TypeAlias

from starlette.requests import HTTPConnection, Request
from starlette.responses import Response

from trader.sim.limits import RequestWeight
from trader.sim.query import ApiError
from trader.sim.service import RequestOutcome

USED_WEIGHT_HEADERS = ("X-MBX-USED-WEIGHT", "X-MBX-USED-WEIGHT-1M")
UNKNOWN = ApiError(-1000, "An unknown error occurred while processing the request.", 500)
log = logging.getLogger(__name__)
Serve: TypeAlias = Callable[[Request], Awaitable[Response]]


def guarded_serve(serve: Serve) -> Serve:
    """The same, and Binance's own error where a mistake of ours gets in the way."""

    async def guarded(request: Request) -> Response:
        try:
            return await serve(request)
        except Exception as error:
            log.error("%s: %s: %s", request.url.path, type(error).__name__, error)
            return failed(UNKNOWN, RequestWeight(0))

    return guarded


def address_of(connection: HTTPConnection) -> str:
    """Where a request comes from, empty where nobody knows."""
    return connection.client.host if connection.client else ""


def answered(outcome: RequestOutcome) -> Response:
    """What came of a request; one that was refused for its weight says how long to stay away."""
    if outcome.error is not None:
        response = failed(outcome.error, outcome.charge)
        if outcome.charge.retry_after_s is not None:
            response.headers["Retry-After"] = str(outcome.charge.retry_after_s)
        return response
    return json_answer(outcome.result, outcome.charge, more_headers=outcome.counts.headers() if outcome.counts else {})


def failed(error: ApiError, charge: RequestWeight) -> Response:
    """An error of the exchange's own."""
    return json_answer(error.body(), charge, error.status)


def json_answer(
    body: object, charge: RequestWeight, status: int = 200, more_headers: Mapping[str, str] | None = None
) -> Response:
    """The body, and in its headers what the address has used."""
    headers = {**dict.fromkeys(USED_WEIGHT_HEADERS, str(charge.used)), **(more_headers or {})}
    return Response(
        json.dumps(body, separators=(",", ":"), ensure_ascii=False),
        status,
        headers,
        media_type="application/json;charset=UTF-8",
    )
