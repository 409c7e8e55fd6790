"""A plain HTTP server on a loopback port: it keeps every request and answers as the test says."""

from __future__ import annotations

import json
from collections import deque
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Event, Thread


@dataclass(frozen=True, slots=True)
class Received:
    method: str
    target: str
    headers: Mapping[str, str]
    body: str

    def json(self) -> dict[str, object]:
        found = json.loads(self.body)
        assert isinstance(found, dict)
        return found


@dataclass(frozen=True, slots=True)
class Answer:
    """`silent` holds the answer back until the server ends; `missing_bytes` are promised, but the connection closes.

    `dropped` closes it without a byte.
    """

    status: int = 200
    body: str = ""
    headers: Mapping[str, str] = field(default_factory=dict)
    silent: bool = False
    missing_bytes: int = 0
    dropped: bool = False


class WebServer:
    """Answers come from `script`, then `otherwise`; what `routes` names by its target is answered there alone."""

    def __init__(self) -> None:
        self.received: list[Received] = []
        self.script: deque[Answer] = deque()
        self.routes: dict[str, Callable[[Received], Answer]] = {}
        self.otherwise = Answer()
        self.ended = Event()
        self.port = 0

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def take(self, received: Received) -> Answer:
        if received.target in self.routes:
            return self.routes[received.target](received)
        self.received.append(received)
        return self.script.popleft() if self.script else self.otherwise


class _QuietServer(ThreadingHTTPServer):
    def handle_error(self, request: object, client_address: object) -> None:
        """A client that went away is what some of these tests are about."""


@contextmanager
def serving() -> Iterator[WebServer]:
    server = WebServer()

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def _answer(self) -> None:
            body = self.rfile.read(int(self.headers.get("Content-Length") or 0)).decode()
            answer = server.take(Received(self.command, self.path, dict(self.headers), body))
            if answer.silent or answer.dropped:
                server.ended.wait(30.0 if answer.silent else 0.0)
                self.close_connection = True
                return
            self.send_response(answer.status)
            content = answer.body.encode()
            promised = len(content) + answer.missing_bytes
            for name, value in {"Content-Length": str(promised), **answer.headers}.items():
                self.send_header(name, value)
            self.end_headers()
            self.wfile.write(content)
            self.close_connection = self.close_connection or answer.missing_bytes > 0

        do_GET = do_POST = do_DELETE = _answer  # noqa: N815 (the names that http.server calls)

        def log_message(self, format: str, *arguments: object) -> None:  # noqa: A002
            """Says nothing."""

    with _QuietServer(("127.0.0.1", 0), Handler) as http:
        http.daemon_threads = True
        server.port = http.server_port
        thread = Thread(target=http.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True)
        thread.start()
        try:
            yield server
        finally:
            server.ended.set()
            http.shutdown()
            thread.join()


def dead_url() -> str:
    """Where nobody listens."""
    with serving() as gone:
        return gone.url
