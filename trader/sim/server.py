"""Serving an application on a loopback port until a signal ends it."""

from __future__ import annotations

import signal
import socket
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from types import FrameType

import uvicorn
from starlette.types import ASGIApp

from chalicelib.errors import BadInput, Unavailable
from trader.sim.transport import BreakableWebSocket

HOST = "127.0.0.1"
PING_INTERVAL_S, PONG_TIMEOUT_S = 20.0, 60.0
SHUTDOWN_PATIENCE_S = 1
IDLE_S = 90
"""How long a connection may lie still; who asks every minute would else find it closed under an order."""
HIGHEST_PORT = 65_535


def bind(port: int) -> socket.socket:
    """A listening socket on the loopback address; port 0 takes a free one. Raises BadInput or Unavailable."""
    if not 0 <= port <= HIGHEST_PORT:
        raise BadInput(f"--port {port}: a port is 0 (any free one) to {HIGHEST_PORT}")
    # asyncio sets TCP_NODELAY only on sockets that name their protocol; without it every answer takes 40 ms.
    listener = socket.socket(socket.AF_INET, socket.SOCK_STREAM, socket.IPPROTO_TCP)
    try:
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listener.bind((HOST, port))
        listener.listen(128)
    except OSError as error:
        listener.close()
        raise Unavailable(f"port {port} on {HOST} cannot be used: {error.strerror}") from error
    return listener


def make_server(app: ASGIApp) -> uvicorn.Server:
    """A server that logs nothing: what goes wrong here goes wrong on purpose."""
    config = uvicorn.Config(
        app,
        ws=BreakableWebSocket,
        ws_ping_interval=PING_INTERVAL_S,
        ws_ping_timeout=PONG_TIMEOUT_S,
        lifespan="off",
        log_config=None,
        log_level="critical",
        access_log=False,
        timeout_keep_alive=IDLE_S,
        timeout_graceful_shutdown=SHUTDOWN_PATIENCE_S,
    )
    return uvicorn.Server(config)


def serve(app: ASGIApp, listener: socket.socket, announce: Callable[[], None]) -> None:
    """Serve until SIGINT or SIGTERM; `announce` is called once clients can connect. Closes the listener."""
    with listener, _signals_swallowed():
        announce()
        make_server(app).run(sockets=[listener])


@contextmanager
def _signals_swallowed() -> Iterator[None]:
    """uvicorn ends at these signals and then raises them again for whoever comes next; here that is nobody."""

    def swallow(number: int, frame: FrameType | None) -> None:
        pass

    before = {number: signal.signal(number, swallow) for number in (signal.SIGINT, signal.SIGTERM)}
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
