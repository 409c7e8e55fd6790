"""uvicorn's WebSocket protocol with the one thing that ASGI has no word for: a connection that simply breaks."""

from __future__ import annotations

from uvicorn._types import ASGISendEvent
from uvicorn.protocols.websockets.websockets_sansio_impl import WebSocketsSansIOProtocol

ABORT = 1006
"""RFC 6455, 7.1.5: the code that stands for a connection lost without a closing handshake and is never sent."""


class BreakableWebSocket(WebSocketsSansIOProtocol):
    """Closing with ABORT drops the TCP connection as it is."""

    async def send(self, message: ASGISendEvent) -> None:
        if message["type"] == "websocket.close" and message["code"] == ABORT:
            self.transport.abort()
            return
        await super().send(message)
