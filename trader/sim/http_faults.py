"""Faults between the exchange and its clients over HTTP, as an ASGI layer around the whole application."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Sequence
from math import ceil

from starlette.responses import Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from trader.sim.faults import FaultPlan

ADMIN = "/sim/"
"""Where faults are asked for; no fault strikes there."""
TOO_MANY = {"code": -1003, "msg": "Too many requests queued."}
ERROR_BODIES = {
    500: {"code": -1001, "msg": "Internal error; unable to process your request. Please try again."},
    502: None,
    503: {
        "code": -1008,
        "msg": "Server is currently overloaded with other requests. Please try again in a few minutes.",
    },
    504: {
        "code": -1007,
        "msg": "Timeout waiting for response from backend server. Send status unknown; execution status unknown.",
    },
}
"""None is a gateway's own page, which is no JSON."""


class HttpFaults:
    """Passes requests and WebSocket handshakes on, late, broken or not at all, as the plan draws."""

    def __init__(self, app: ASGIApp, plan: FaultPlan) -> None:
        self._app = app
        self._plan = plan

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] not in ("http", "websocket"):
            await self._app(scope, receive, send)
            return
        endpoint = endpoint_of(scope)
        if endpoint is None:
            await self._app(scope, receive, send)
            return
        delay = self._plan.strike("delay", endpoint)
        if delay is not None:
            await asyncio.sleep(delay.duration_s)
        refusal = self._refusal(endpoint)
        if refusal is not None:
            await refusal(scope, receive, send)
        elif scope["type"] == "websocket":
            await self._app(scope, receive, send)
        else:
            await self._answer(endpoint, scope, receive, send)

    def _refusal(self, endpoint: str) -> Response | None:
        """An answer in place of the exchange's own."""
        if self._plan.strike("error", endpoint) is not None:
            return broken(self._plan.error_status())
        refused = self._plan.strike("429", endpoint)
        if refused is not None:
            headers = {"Retry-After": str(ceil(refused.duration_s))}
            return Response(json.dumps(TOO_MANY), 429, headers, media_type="application/json")
        return None

    async def _answer(self, endpoint: str, scope: Scope, receive: Receive, send: Send) -> None:
        cut, garbage = self._plan.strike("cut", endpoint), self._plan.strike("garbage", endpoint)
        if cut is None and garbage is None:
            await self._app(scope, receive, send)
            return
        messages = await answered(self._app, scope, receive)
        await (_send_half(messages, send) if cut is not None else _send_truncated(messages, send))


def endpoint_of(scope: Scope) -> str | None:
    """What is asked for, such as `POST /api/v3/order`; None for what is about the faults themselves."""
    path = str(scope["path"])
    return None if path.startswith(ADMIN) else f"{scope.get('method', 'GET')} {path}"


def broken(status: int) -> Response:
    """The answer of a server that fails with that status."""
    body = ERROR_BODIES[status]
    if body is None:
        page = f"<html><head><title>{status} Bad Gateway</title></head></html>"
        return Response(page, status, media_type="text/html")
    return Response(json.dumps(body), status, media_type="application/json")


async def answered(app: ASGIApp, scope: Scope, receive: Receive) -> list[Message]:
    """All that the application answers, with nothing sent yet."""
    messages: list[Message] = []

    async def keep(message: Message) -> None:
        messages.append(message)

    await app(scope, receive, keep)
    return messages


async def _send_half(messages: Sequence[Message], send: Send) -> None:
    """Half of the body that the headers promise; the server drops a connection whose answer stays incomplete."""
    body = body_of(messages)
    await send(messages[0])
    await send({"type": "http.response.body", "body": body[: len(body) // 2], "more_body": bool(body)})


async def _send_truncated(messages: Sequence[Message], send: Send) -> None:
    """An answer that claims to be whole and ends in the middle."""
    body = body_of(messages)
    body = body[: len(body) * 2 // 3]
    headers = [(name, value) for name, value in messages[0]["headers"] if name != b"content-length"]
    await send({**messages[0], "headers": [*headers, (b"content-length", str(len(body)).encode())]})
    await send({"type": "http.response.body", "body": body})


def body_of(messages: Sequence[Message]) -> bytes:
    return b"".join(message.get("body", b"") for message in messages[1:])
