"""Requests and answers of the WebSocket API as they go over the wire."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import NamedTuple

from trader.sim.exchange_info import REQUEST_WEIGHT
from trader.sim.query import ApiError, invalid
from trader.sim.service import RequestOutcome, retry_after_ms

INVALID_JSON = ApiError(-1135, "Invalid JSON Request")
VERSION = "v3/"
OK = 200
MAY_SHOW = {"true": True, "false": False}
RequestId = int | str | None


class SentNumber(str):
    """A JSON number as it was written: what was signed is its text, `1e-05` not being `0.00001`."""


class ApiRequest(NamedTuple):
    """One request; `parameters` are texts, whatever they were in JSON, without `returnRateLimits`."""

    request_id: RequestId
    method: str
    parameters: Mapping[str, str]
    signed: Mapping[str, str]
    """All of them, as a signature is over."""
    shows_limits: bool


def parse(text: str, shows_limits: bool) -> ApiRequest:
    """The request that a message is; `shows_limits` is what holds where it does not say. Raises ApiError."""
    try:
        message = json.loads(text, parse_int=SentNumber, parse_float=SentNumber, parse_constant=_refuse)
    except (ValueError, RecursionError) as error:
        raise INVALID_JSON from error
    if not isinstance(message, dict) or not isinstance(message.get("params") or {}, dict):
        raise INVALID_JSON
    method = message.get("method")
    if not isinstance(method, str) or isinstance(method, SentNumber):
        raise INVALID_JSON
    values = (message.get("params") or {}).items()
    signed = {name: _text(value) for name, value in values if value is not None}
    told = signed.get("returnRateLimits", str(shows_limits).lower())
    if told not in MAY_SHOW:
        raise invalid("returnRateLimits")
    rest = {name: value for name, value in signed.items() if name != "returnRateLimits"}
    return ApiRequest(_request_id(message), method.removeprefix(VERSION), rest, signed, MAY_SHOW[told])


def answer_text(request_id: RequestId, outcome: RequestOutcome, shows_limits: bool, now_ms: int) -> str:
    """The message that answers a request."""
    failed = outcome.error is not None
    answer = {
        "id": request_id,
        "status": outcome.error.status if outcome.error is not None else OK,
        **({"error": _error(outcome, now_ms)} if failed else {"result": outcome.result}),
        **({"rateLimits": _limits(outcome)} if shows_limits else {}),
    }
    return json.dumps(answer, separators=(",", ":"), ensure_ascii=False)


def _limits(outcome: RequestOutcome) -> list[dict[str, object]]:
    orders = outcome.counts.rows() if outcome.counts is not None else []
    return [*orders, {**REQUEST_WEIGHT, "count": outcome.charge.used}]


def _error(outcome: RequestOutcome, now_ms: int) -> dict[str, object]:
    body = outcome.error.body() if outcome.error is not None else {}
    if outcome.charge.retry_after_s is None:
        return body
    return {**body, "data": {"serverTime": now_ms, "retryAfter": retry_after_ms(outcome.charge)}}


def _request_id(message: Mapping[str, object]) -> RequestId:
    found = message.get("id")
    if isinstance(found, SentNumber):
        try:
            return int(found)
        except ValueError as error:
            raise INVALID_JSON from error
    if found is None or isinstance(found, str):
        return found
    raise INVALID_JSON


def _text(value: object) -> str:
    """Strings and numbers as they were written, anything else as compact JSON."""
    return value if isinstance(value, str) else json.dumps(value, separators=(",", ":"), ensure_ascii=False)


def _refuse(constant: str) -> object:
    raise ValueError(constant)
