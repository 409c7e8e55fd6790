"""Faults between the exchange and its clients over the WebSocket API: those of HTTP, as answers of messages."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Awaitable, Callable

from trader.sim.faults import FaultPlan
from trader.sim.http_faults import ERROR_BODIES, TOO_MANY
from trader.sim.order_faults import CHANGED_FIELDS, TIMEOUT, changed
from trader.sim.query import ApiError
from trader.sim.trading.ws_session import ApiSession

BANNED = ApiError(-1003, "Way too much request weight used; IP banned.", 418)


class SocketFaults:
    """Lets the requests of one connection be answered, or does to them what the plan says."""

    def __init__(self, session: ApiSession, plan: FaultPlan) -> None:
        self._session = session
        self._plan = plan
        self._late: set[asyncio.Task[None]] = set()
        self._disturbs: dict[str, Callable[[str, float], Awaitable[str]]] = {
            "ban": self._ban,
            "error": self._error,
            "429": self._too_many,
            "timeout_before": self._timeout_before,
            "timeout_after": self._timeout_after,
            "error_after": self._error_after,
            "late": self._late_done,
            "twice": self._twice,
        }

    async def answer(self, text: str) -> str:
        """The answer to a message; `delay`, `cut` and `garbage` strike it where it is sent."""
        endpoint = self._session.endpoint_of(text)
        if endpoint is None:
            return self._session.answer(text)
        for kind, disturb in self._disturbs.items():
            fault = self._plan.strike(kind, endpoint)
            if fault is not None:
                return await disturb(text, fault.duration_s)
        return self._with_strange_words(endpoint, self._session.answer(text))

    def _with_strange_words(self, endpoint: str, answer: str) -> str:
        for kind, fields in CHANGED_FIELDS.items():
            if self._plan.strike(kind, endpoint) is not None:
                message = json.loads(answer)
                changed(message.get("result"), fields)
                return json.dumps(message, separators=(",", ":"), ensure_ascii=False)
        return answer

    async def _ban(self, text: str, duration_s: float) -> str:
        self._session.is_banned = True
        return self._session.refused(text, BANNED)

    async def _error(self, text: str, duration_s: float) -> str:
        return self._session.refused(text, self._broken(self._plan.error_status()))

    async def _too_many(self, text: str, duration_s: float) -> str:
        return self._session.refused(text, ApiError(-1003, str(TOO_MANY["msg"]), 429))

    async def _timeout_before(self, text: str, duration_s: float) -> str:
        await asyncio.sleep(duration_s)
        return self._session.refused(text, self._broken(TIMEOUT))

    async def _timeout_after(self, text: str, duration_s: float) -> str:
        self._session.answer(text)
        return await self._timeout_before(text, duration_s)

    async def _error_after(self, text: str, duration_s: float) -> str:
        self._session.answer(text)
        return await self._error(text, duration_s)

    async def _late_done(self, text: str, duration_s: float) -> str:
        async def done() -> None:
            await asyncio.sleep(duration_s)
            self._session.answer(text)

        task = asyncio.create_task(done())
        self._late.add(task)
        task.add_done_callback(self._late.discard)
        return self._session.refused(text, self._broken(TIMEOUT))

    async def _twice(self, text: str, duration_s: float) -> str:
        self._session.answer(text)
        return self._session.answer(text)

    def _broken(self, status: int) -> ApiError:
        body = ERROR_BODIES[status]
        if body is None:  # that of a gateway, which answers no messages
            return self._broken(500)
        return ApiError(int(str(body["code"])), str(body["msg"]), status)
