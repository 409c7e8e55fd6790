"""The WebSocket side: /ws/<stream>, /ws with SUBSCRIBE, and /stream?streams=a/b."""

from __future__ import annotations

import asyncio
import json
import logging
from collections import deque
from collections.abc import Awaitable, Callable
from contextlib import suppress
from dataclasses import dataclass

from starlette.routing import WebSocketRoute
from starlette.websockets import WebSocket, WebSocketDisconnect

from trader.sim.control import ControlError, Streams
from trader.sim.delivery import deliver
from trader.sim.exchange import Exchange
from trader.sim.subscription import due_events, next_due_ms

SHORTEST_PAUSE_S, LONGEST_PAUSE_S = 0.02, 0.2
POLICY_VIOLATION = 1008
GOING_AWAY = 1001
INTERNAL_ERROR = 1011

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class ConnectionLimits:
    """What one connection may do, in real time."""

    lifetime_s: float = 86_400.0
    messages_per_s: int = 5


class Connection:
    """One client: answers its requests and sends what its streams have due."""

    def __init__(self, websocket: WebSocket, exchange: Exchange, limits: ConnectionLimits, streams: Streams) -> None:
        self._websocket = websocket
        self._exchange = exchange
        self._limits = limits
        self._streams = streams

    async def serve(self) -> None:
        """Until the client leaves, breaks a rule, or its time is up."""
        await self._websocket.accept()
        tasks = [asyncio.create_task(work) for work in (self._answer(), self._send())]
        try:
            done, _ = await asyncio.wait(tasks, timeout=self._limits.lifetime_s, return_when=asyncio.FIRST_COMPLETED)
            if not done:
                await self._say_goodbye()
            for error in filter(None, (task.exception() for task in done)):
                log.error("stream: %s: %s", type(error).__name__, error)
                await self._websocket.close(INTERNAL_ERROR)
        finally:
            for task in tasks:
                task.cancel()
            await asyncio.gather(*tasks, return_exceptions=True)

    async def _answer(self) -> None:
        arrivals: deque[float] = deque(maxlen=self._limits.messages_per_s + 1)
        with suppress(WebSocketDisconnect):
            while True:
                message = await self._websocket.receive()
                if message["type"] == "websocket.disconnect":
                    return
                arrivals.append(asyncio.get_running_loop().time())
                if len(arrivals) == arrivals.maxlen and arrivals[-1] - arrivals[0] < 1.0:
                    await self._websocket.close(POLICY_VIOLATION, "Too many requests")
                    return
                text = message.get("text")
                await self._websocket.send_text(self._streams.answer("" if text is None else text))

    async def _send(self) -> None:
        with suppress(WebSocketDisconnect):
            while True:
                for name, subscription in list(self._streams.by_name.items()):
                    if subscription is None:
                        continue
                    for event in due_events(subscription, self._exchange):
                        if not await deliver(self._websocket, self._wrapped(name, event), self._exchange.faults):
                            return
                await asyncio.sleep(self._pause_s())

    async def _say_goodbye(self) -> None:
        event: dict[str, object] = {"e": "serverShutdown", "E": self._exchange.clock.now_ms()}
        with suppress(WebSocketDisconnect):
            await self._websocket.send_text(self._wrapped("!serverShutdown", event))
            await self._websocket.close(GOING_AWAY)

    def _wrapped(self, name: str, event: dict[str, object]) -> str:
        return json.dumps(
            {"stream": name, "data": event} if self._streams.combined else event,
            separators=(",", ":"),
            ensure_ascii=False,
        )

    def _pause_s(self) -> float:
        due = [next_due_ms(subscription) for subscription in self._streams.by_name.values() if subscription]
        pause_s = self._exchange.clock.seconds_until(min(due)) if due else LONGEST_PAUSE_S
        return min(max(pause_s, SHORTEST_PAUSE_S), LONGEST_PAUSE_S)


def stream_routes(exchange: Exchange, limits: ConnectionLimits) -> list[WebSocketRoute]:
    """The routes of the streams."""

    def served(combined: bool, names_of: Callable[[WebSocket], list[str]]) -> Callable[[WebSocket], Awaitable[None]]:
        async def endpoint(websocket: WebSocket) -> None:
            streams = Streams(exchange, combined)
            try:
                streams.add([name for name in names_of(websocket) if name])
            except ControlError:
                await websocket.close(POLICY_VIOLATION)
                return
            await Connection(websocket, exchange, limits, streams).serve()

        return endpoint

    raw = served(False, lambda websocket: str(websocket.path_params.get("names", "")).split("/"))
    combined = served(True, lambda websocket: websocket.query_params.get("streams", "").split("/"))
    return [
        WebSocketRoute("/ws", raw),
        WebSocketRoute("/ws/{names:path}", raw),
        WebSocketRoute("/stream", combined),
    ]
