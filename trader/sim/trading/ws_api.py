"""The WebSocket API: requests are answered, and user data is sent to those who subscribed to it."""

from __future__ import annotations

import asyncio
import json
import logging
from contextlib import suppress
from time import monotonic

from starlette.routing import WebSocketRoute
from starlette.websockets import WebSocket, WebSocketDisconnect

from trader.sim.answers import address_of
from trader.sim.delivery import deliver
from trader.sim.limits import ServerWeights
from trader.sim.stream import GOING_AWAY, INTERNAL_ERROR, POLICY_VIOLATION, ConnectionLimits
from trader.sim.trading.floor import TradingFloor
from trader.sim.trading.ws_faults import SocketFaults
from trader.sim.trading.ws_requests import MAY_SHOW
from trader.sim.trading.ws_session import ApiSession

PATH = "/ws-api/v3"
CONNECTION_WEIGHT = 2
PAUSE_S = 0.05
"""Real time between two looks at what rests, while somebody listens."""
IDLE_SHARE = 4
"""How many times as long as such a look took nobody looks again: it takes a fifth of a core at most."""
log = logging.getLogger(__name__)


class ApiConnection:
    """One client."""

    def __init__(self, websocket: WebSocket, floor: TradingFloor, session: ApiSession, lifetime_s: float) -> None:
        self._websocket = websocket
        self._floor = floor
        self._session = session
        self._lifetime_s = lifetime_s
        self._faults = SocketFaults(session, floor.exchange.faults)

    async def serve(self) -> None:
        """Until the client leaves, is banned, or its time is up."""
        await self._websocket.accept()
        tasks = [asyncio.create_task(work) for work in (self._answer(), self._send())]
        try:
            done, _ = await asyncio.wait(tasks, timeout=self._lifetime_s, return_when=asyncio.FIRST_COMPLETED)
            if not done:
                await self._say_goodbye()
            for error in filter(None, (task.exception() for task in done)):
                log.error("WebSocket API: %s: %s", type(error).__name__, error)
                await self._websocket.close(INTERNAL_ERROR)
        finally:
            self._session.subscriptions.close()
            for task in tasks:
                task.cancel()
            await asyncio.gather(*tasks, return_exceptions=True)

    async def _answer(self) -> None:
        with suppress(WebSocketDisconnect):
            while True:
                message = await self._websocket.receive()
                if message["type"] == "websocket.disconnect":
                    return
                answer = await self._faults.answer(message.get("text") or "")
                if not await self._deliver(answer):
                    return
                self._session.subscriptions.answered()
                if self._session.is_banned:
                    await self._websocket.close(POLICY_VIOLATION, "Too many requests")
                    return

    async def _send(self) -> None:
        subscriptions = self._session.subscriptions
        with suppress(WebSocketDisconnect):
            while True:
                began_s = monotonic()
                if subscriptions.rows():
                    self._floor.engine.advance()
                pause_s = max(PAUSE_S, IDLE_SHARE * (monotonic() - began_s))
                subscriptions.stirred.clear()
                for subscription_id, event in subscriptions.due():
                    if not await self._deliver(_shown({"subscriptionId": subscription_id, "event": event})):
                        return
                with suppress(TimeoutError):
                    waits = pause_s if subscriptions.are_any else None
                    await asyncio.wait_for(subscriptions.stirred.wait(), waits)

    async def _deliver(self, text: str) -> bool:
        return await deliver(self._websocket, text, self._floor.exchange.faults)

    async def _say_goodbye(self) -> None:
        event = {"e": "serverShutdown", "E": self._floor.exchange.clock.now_ms()}
        with suppress(WebSocketDisconnect):
            await self._websocket.send_text(_shown({"event": event}))
            await self._websocket.close(GOING_AWAY)


def ws_api_routes(floor: TradingFloor, ledger: ServerWeights, limits: ConnectionLimits) -> list[WebSocketRoute]:
    """The route of the API. Connecting weighs something itself; `returnRateLimits` of the URL holds for all answers."""

    async def endpoint(websocket: WebSocket) -> None:
        address = address_of(websocket)
        told = websocket.query_params.get("returnRateLimits", "true")
        if told not in MAY_SHOW or ledger.charge(address, CONNECTION_WEIGHT, monotonic()).retry_after_s is not None:
            await websocket.close(POLICY_VIOLATION)
            return
        session = ApiSession(floor, ledger, address, MAY_SHOW[told])
        await ApiConnection(websocket, floor, session, limits.lifetime_s).serve()

    return [WebSocketRoute(PATH, endpoint)]


def _shown(message: dict[str, object]) -> str:
    return json.dumps(message, separators=(",", ":"), ensure_ascii=False)
