"""DynamoDB as moto plays it, request by request and one at a time, in this process or over HTTP for several.

moto's tables stay until their test drops them; every test has a prefix of its own. Requests are served under a lock:
DynamoDB applies each of them at once, moto alone does not.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import RLock, Thread
from typing import Any

from botocore.awsrequest import AWSPreparedRequest, AWSResponse
from botocore.compat import HTTPHeaders
from moto.core.botocore_stubber import BotocoreStubber, MockRawResponse
from moto.core.models import DEFAULT_ACCOUNT_ID
from moto.dynamodb.models import dynamodb_backends
from pynamodb.connection import Connection

from chalicelib.adapters.dynamodb import Tables
from tests.support.dynamodb import REGION, connection, created

SERVED_AS = f"https://dynamodb.{REGION}.amazonaws.com/"
_HEADERS = ("Content-Type", "X-Amz-Target", "Authorization", "X-Amz-Date", "Content-Length")

_moto = BotocoreStubber()
_one_at_a_time = RLock()


def connection_to_memory() -> Connection:
    """A new connection whose requests moto answers in this process, after all that a test hangs on them."""
    made = connection(SERVED_AS)
    answer_here: Any = _answer_here  # the stubs know of no handler that answers
    made.client.meta.events.register_last("before-send.dynamodb", answer_here)
    return made


@contextmanager
def tables_in_memory() -> Iterator[Tables]:
    """Empty tables in this process, dropped at the end."""
    made = connection_to_memory()
    prefix = created(made)
    try:
        yield Tables(made, prefix)
    finally:
        drop(prefix)


def drop(prefix: str) -> None:
    """Forget the tables of this prefix."""
    with _one_at_a_time:
        stored = stored_tables()
        for name in [name for name in stored if name.startswith(f"{prefix}-")]:
            del stored[name]


def stored_tables() -> dict[str, Any]:
    """moto's own tables by name; only for tests that look at, keep or bring back a whole state."""
    tables: dict[str, Any] = dynamodb_backends[DEFAULT_ACCOUNT_ID][REGION].tables
    return tables


@contextmanager
def served() -> Iterator[str]:
    """The endpoint of a server that other processes can reach."""
    server = ThreadingHTTPServer(("127.0.0.1", 0), _Handler)
    server.daemon_threads = True
    thread = Thread(target=server.serve_forever, args=(0.05,), daemon=True)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_port}"
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


def _answer_here(request: AWSPreparedRequest, **_: object) -> AWSResponse:
    status, headers, body = _answer(request)
    return AWSResponse(request.url, status, headers, MockRawResponse(body))


def _answer(request: AWSPreparedRequest) -> tuple[int, Any, str | bytes]:
    with _one_at_a_time:
        response: Any = _moto.process_request(request)
    status, headers, body = response
    return status, headers, body


class _Handler(BaseHTTPRequestHandler):
    """Hands a request to moto as botocore would have."""

    protocol_version = "HTTP/1.1"
    wbufsize = 65_536  # headers and body in one packet: a second one would wait 40 ms for the first to be acknowledged
    disable_nagle_algorithm = True

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers["Content-Length"]))
        headers = HTTPHeaders()
        for name in _HEADERS:
            if name in self.headers:
                headers[name] = self.headers[name]
        request = AWSPreparedRequest("POST", SERVED_AS, headers, body, False)
        status, told, answer = _answer(request)
        content = answer.encode() if isinstance(answer, str) else answer
        self.send_response(status)
        for name, value in told.items():
            if name.lower() not in ("content-length", "connection", "date", "server"):
                self.send_header(name, str(value))
        self.send_header("Content-Length", str(len(content)))
        self.end_headers()
        self.wfile.write(content)

    def log_message(self, *_: object) -> None:
        """Silent."""
