"""HTTP connections that cannot crowd out the operator: each is bounded in time, all in number, each refusal is JSON."""

from __future__ import annotations

import asyncio
import sys
from typing import Any

import h11
from uvicorn.config import Config
from uvicorn.protocols.http.h11_impl import H11Protocol
from uvicorn.server import ServerState

from chalicelib.api.messages import JSON, error_body

REQUEST_PATIENCE_S = 10.0
"""For a client to send one whole request, from connecting or from the answer before."""
MOST_CONNECTIONS = 256
"""A process may have 1,024 files open; each of these is one, and a store some more."""
REASONS = {400: b"Bad Request", 408: b"Request Timeout", 431: b"Request Header Fields Too Large"}
REASONS |= {503: b"Service Unavailable"}


class GuardedProtocol(H11Protocol):
    """uvicorn's own protocol bounds neither a connection that sends nothing nor one that sends slowly.

    Where there are too many, the one that has kept us waiting longest makes room for the newest.
    """

    def __init__(
        self,
        config: Config,
        server_state: ServerState,
        app_state: dict[str, Any],
        _loop: asyncio.AbstractEventLoop | None = None,
    ) -> None:
        super().__init__(config, server_state, app_state, _loop)
        self._patience: asyncio.TimerHandle | None = None
        self._waits_since_s = 0.0

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        super().connection_made(transport)
        self._wait()
        if len(self.connections) > MOST_CONNECTIONS:
            others = [other for other in self.connections if isinstance(other, GuardedProtocol) and other.keeps_waiting]
            longest = min(others, key=lambda other: other._waits_since_s)
            longest.refuse(503, "too many connections: the one that sent nothing for longest is closed")

    def connection_lost(self, exc: Exception | None) -> None:
        self._end_waiting()
        super().connection_lost(exc)

    def handle_events(self) -> None:
        super().handle_events()
        if not self.keeps_waiting:
            self._end_waiting()

    def on_response_complete(self) -> None:
        self._wait()
        super().on_response_complete()

    def send_400_response(self, msg: str) -> None:
        """What h11 refused: no HTTP, or headers of more than some 100 kB."""
        error = sys.exception()
        too_large = isinstance(error, h11.RemoteProtocolError) and error.error_status_hint == 431
        self.refuse(431 if too_large else 400, "the headers are too large" if too_large else "this is no HTTP request")

    @property
    def keeps_waiting(self) -> bool:
        """Whether it is the client's turn: no request has come whole that is not answered yet."""
        return self.cycle is None or self.cycle.response_complete or self.cycle.more_body

    def refuse(self, status: int, text: str) -> None:
        """Say why, unless an answer has begun, and close."""
        self._end_waiting()
        if self.transport.is_closing():
            return
        if self.cycle is None or self.cycle.response_complete or not self.cycle.response_started:
            body = error_body(text).encode()
            head = f"HTTP/1.1 {status} ".encode() + REASONS[status]
            fields = f"\r\nContent-Type: {JSON}\r\nContent-Length: {len(body)}\r\nConnection: close\r\n\r\n".encode()
            self.transport.write(head + fields + body)
        self.transport.close()

    def _wait(self) -> None:
        self._end_waiting()
        self._waits_since_s = self.loop.time()
        self._patience = self.loop.call_later(REQUEST_PATIENCE_S, self._lose_patience)

    def _end_waiting(self) -> None:
        if self._patience is not None:
            self._patience.cancel()
            self._patience = None

    def _lose_patience(self) -> None:
        if self.keeps_waiting:
            self.refuse(408, f"no whole request within {REQUEST_PATIENCE_S:g} s")
