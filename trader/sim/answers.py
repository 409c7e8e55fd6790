"""Answers of the simulated exchange: JSON with the weight that an address has used, refusals, mistakes of ours."""

from __future__ import annotations

import json
import logging
from collections.abc import Awaitable, Callable, Mapping
from datetime import UTC, datetime
from typing import TypeAlias

from starlette.requests import Request
from starlette.responses import Response

from trader.sim.limits import WEIGHT_LIMIT, RequestWeight
from trader.sim.query import ApiError

USED_WEIGHT_HEADERS = ("X-MBX-USED-WEIGHT", "X-MBX-USED-WEIGHT-1M")
ADVICE = "Please use WebSocket Streams for live updates to avoid"
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


def refused(charge: RequestWeight) -> Response:
    """429 above the weight limit, 418 once the address is banned; both say how long to stay away."""
    wait_s = charge.retry_after_s or 0
    if charge.banned:
        until_ms = int(datetime.now(UTC).timestamp() * 1000) + wait_s * 1000
        error = ApiError(-1003, f"Way too much request weight used; IP banned until {until_ms}. {ADVICE} bans.", 418)
    else:
        limit = f"current limit is {WEIGHT_LIMIT} request weight per 1 MINUTE"
        error = ApiError(-1003, f"Too much request weight used; {limit}. {ADVICE} polling the API.", 429)
    response = json_answer(error.body(), charge, error.status)
    response.headers["Retry-After"] = str(wait_s)
    return response


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
