"""Faults that leave a client in doubt whether its request was done, as an ASGI layer."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Awaitable, Callable, Mapping
from contextlib import suppress
from functools import partial
from math import ceil
from time import monotonic
from typing import TypeAlias

from starlette.responses import Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from trader.sim.faults import FaultPlan
from trader.sim.http_faults import answered, body_of, broken, endpoint_of

TIMEOUT = 504
UNHEARD_OF = "UNHEARD_OF"
CHANGED_FIELDS = {"enum_status": ("status",), "enum_type": ("type", "orderTypes"), "enum_filter": ("filterType",)}
"""What holds a word of a closed list; the first that an answer has is changed."""
Disturb: TypeAlias = Callable[[Scope, Receive, Send, float], Awaitable[None]]
"""Answers a request that a fault has struck, which lasts so many seconds."""


class OrderFaults:
    """Passes HTTP requests on, or does to them what the plan says."""

    def __init__(self, app: ASGIApp, plan: FaultPlan) -> None:
        self._app = app
        self._plan = plan
        self._banned_until_s = 0.0
        self._late: set[asyncio.Task[object]] = set()
        self._disturbs: Mapping[str, Disturb] = {
            "ban": self._ban,
            "timeout_before": self._timeout_before,
            "timeout_after": self._timeout_after,
            "error_after": self._error_after,
            "late": self._late_done,
            "twice": self._twice,
            **{kind: partial(self._enum, fields) for kind, fields in CHANGED_FIELDS.items()},
        }

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        endpoint = endpoint_of(scope) if scope["type"] == "http" else None
        if endpoint is None:
            await self._app(scope, receive, send)
            return
        if monotonic() < self._banned_until_s:
            await self._ban(scope, receive, send, self._banned_until_s - monotonic())
            return
        for kind, disturb in self._disturbs.items():
            fault = self._plan.strike(kind, endpoint)
            if fault is not None:
                await disturb(scope, receive, send, fault.duration_s)
                return
        await self._app(scope, receive, send)

    async def _ban(self, scope: Scope, receive: Receive, send: Send, duration_s: float) -> None:
        self._banned_until_s = monotonic() + duration_s
        body = {"code": -1003, "msg": "Way too much request weight used; IP banned."}
        headers = {"Retry-After": str(ceil(duration_s))}
        await Response(json.dumps(body), 418, headers, media_type="application/json")(scope, receive, send)

    async def _timeout_before(self, scope: Scope, receive: Receive, send: Send, duration_s: float) -> None:
        await _whole_body(receive)
        await _silence(receive, duration_s)
        await broken(TIMEOUT)(scope, receive, send)

    async def _timeout_after(self, scope: Scope, receive: Receive, send: Send, duration_s: float) -> None:
        await answered(self._app, scope, _again(await _whole_body(receive)))
        await _silence(receive, duration_s)
        await broken(TIMEOUT)(scope, receive, send)

    async def _error_after(self, scope: Scope, receive: Receive, send: Send, duration_s: float) -> None:
        await answered(self._app, scope, receive)
        await broken(self._plan.error_status())(scope, receive, send)

    async def _late_done(self, scope: Scope, receive: Receive, send: Send, duration_s: float) -> None:
        body = await _whole_body(receive)

        async def done() -> None:
            await asyncio.sleep(duration_s)
            await answered(self._app, scope, _again(body))

        task: asyncio.Task[object] = asyncio.create_task(done())
        self._late.add(task)
        task.add_done_callback(self._late.discard)
        await broken(TIMEOUT)(scope, receive, send)

    async def _twice(self, scope: Scope, receive: Receive, send: Send, duration_s: float) -> None:
        body = await _whole_body(receive)
        await answered(self._app, scope, _again(body))
        await self._app(scope, _again(body), send)

    async def _enum(
        self, fields: tuple[str, ...], scope: Scope, receive: Receive, send: Send, duration_s: float
    ) -> None:
        messages = await answered(self._app, scope, receive)
        found = json.loads(body_of(messages))
        changed(found, fields)
        body = json.dumps(found, separators=(",", ":"), ensure_ascii=False).encode()
        headers = [(name, value) for name, value in messages[0]["headers"] if name != b"content-length"]
        await send({**messages[0], "headers": [*headers, (b"content-length", str(len(body)).encode())]})
        await send({"type": "http.response.body", "body": body})


def changed(value: object, fields: tuple[str, ...]) -> bool:
    """Whether the first of these fields, wherever it is, has been given a word that nobody knows."""
    if isinstance(value, dict):
        for name in fields:
            if name in value:
                value[name] = UNHEARD_OF if isinstance(value[name], str) else [*value[name], UNHEARD_OF]
                return True
        return any(changed(each, fields) for each in value.values())
    return isinstance(value, list) and any(changed(each, fields) for each in value)


async def _whole_body(receive: Receive) -> bytes:
    body, more = b"", True
    while more:
        message = await receive()
        body, more = body + message.get("body", b""), message.get("more_body", False)
    return body


def _again(body: bytes) -> Receive:
    """The request's body as if it had just come."""

    async def receive() -> Message:
        return {"type": "http.request", "body": body, "more_body": False}

    return receive


async def _silence(receive: Receive, duration_s: float) -> None:
    """Wait until the client has gone, or so long."""
    with suppress(TimeoutError):
        async with asyncio.timeout(duration_s):
            while (await receive())["type"] != "http.disconnect":
                pass
