"""A deadline over a whole HTTP exchange, TLS and redirects included, which no timeout of requests gives."""

from __future__ import annotations

import socket
import threading
from collections.abc import Mapping
from contextlib import suppress
from types import TracebackType
from typing import cast

import requests
from urllib3.connection import HTTPConnection
from urllib3.connectionpool import HTTPConnectionPool

from chalicelib.adapters.tls import SharedTlsAdapter


class Deadline:
    """Cuts the connections still open when the time is over: a socket's own timeout starts anew with each byte."""

    def __init__(self, seconds: float) -> None:
        self.passed = False
        self._sockets: list[socket.socket] = []
        self._timer = threading.Timer(seconds, self._cut)
        self._timer.daemon = True

    def __enter__(self) -> Deadline:
        self._timer.start()
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self._timer.cancel()
        self._timer.join()
        for duplicate in self._sockets:
            duplicate.close()

    def watch(self, opened: socket.socket) -> None:
        """Cut this connection too, whoever holds it by then: TLS replaces the object, a response takes it over."""
        self._sockets.append(opened.dup())
        if self.passed:
            self._cut()

    def _cut(self) -> None:
        self.passed = True
        for duplicate in self._sockets:
            with suppress(OSError):  # the other side was quicker
                duplicate.shutdown(socket.SHUT_RDWR)


class WatchedAdapter(SharedTlsAdapter):
    """Shows every connection to the deadline."""

    def __init__(self, deadline: Deadline) -> None:
        self._deadline = deadline
        super().__init__()

    def get_connection_with_tls_context(
        self,
        request: requests.PreparedRequest,
        verify: bool | str | None,
        proxies: Mapping[str, str] | None = None,
        cert: tuple[str, str] | str | None = None,
    ) -> HTTPConnectionPool:
        pool = super().get_connection_with_tls_context(request, verify, proxies, cert)
        assert isinstance(pool, HTTPConnectionPool)  # noqa: S101 (what urllib3 has for http and https)
        kind = cast(type[HTTPConnection], pool.ConnectionCls)
        deadline = self._deadline

        def new_socket(connection: HTTPConnection) -> socket.socket:
            opened = kind._new_conn(connection)
            deadline.watch(opened)
            return opened

        pool.ConnectionCls = type("WatchedConnection", (kind,), {"_new_conn": new_socket})
        return pool
