"""AWS over HTTP for several processes, as moto plays it; their requests to DynamoDB take turns drawn from a seed."""

from __future__ import annotations

import json
import re
from collections import deque
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from random import Random
from threading import Condition, Thread
from typing import Any

from botocore.awsrequest import AWSPreparedRequest
from botocore.compat import HTTPHeaders

from tests.support.aws import REGION
from tests.support.moto_dynamodb import answered

WRITES = {"PutItem", "UpdateItem", "DeleteItem", "TransactWriteItems"}
GOES_ON = 0.7
"""How often whoever had the last turn has the next one, too: by chance alone nobody would get far ahead of another."""
_HEADERS = ("Content-Type", "X-Amz-Target", "Authorization", "X-Amz-Date", "Content-Length")
_SIGNED = re.compile(r"Credential=([^/]+)/[^/]+/[^/]+/([^/]+)/aws4_request")


@dataclass(frozen=True, slots=True)
class Written:
    """A transaction or write that DynamoDB took."""

    operation: str
    request: dict[str, Any]


class Turns:
    """Of all processes that run, one is between two requests to DynamoDB at any time: races that can be played again.

    All that processes share is in DynamoDB, and that applies each request at once; so whatever processes do at the same
    time comes to one of these orders. A process is known by its access key.
    """

    def __init__(self, fell_asleep: Callable[[str], None] = lambda _: None) -> None:
        """`fell_asleep` hears of a process that sleeps from now on."""
        self.written: list[Written] = []
        """All that was written, in order."""
        self._changed = Condition()
        self._first: deque[str] = deque()
        self._random = Random(0)
        self._last: str | None = None
        self._running: set[str] = set()
        self._waiting: set[str] = set()
        self._drowsy: str | None = None
        self._asleep: str | None = None
        self._fell_asleep = fell_asleep

    def seed(self, number: int, first: Iterable[str] = ()) -> None:
        """Give turns to `first`, in that order and as long as they want some; then draw them by this seed."""
        self._first = deque(first)
        self._random = Random(number)
        self._last = None

    def begin(self, names: Iterable[str]) -> None:
        """These processes run, together."""
        with self._changed:
            self._running.update(names)

    def end(self, name: str) -> None:
        """This one is idle."""
        with self._changed:
            self._running.discard(name)
            self._pick()

    def lull(self, name: str | None) -> None:
        """Let this process go before all others, until it wants to write: then it sleeps. None: nobody is lulled."""
        with self._changed:
            self._drowsy = name

    def wake(self) -> None:
        """The sleeper goes on."""
        with self._changed:
            assert self._asleep is not None
            self._waiting.add(self._asleep)
            self._asleep = None
            self._pick()

    def take(self, name: str, operation: str) -> None:
        """Wait for the turn of this process."""
        with self._changed:
            if name not in self._running:  # it is about to start, and nobody's rival
                return
            self._running.discard(name)
            if name == self._drowsy and operation in WRITES:
                self._drowsy, self._asleep = None, name
                self._fell_asleep(name)
            else:
                self._waiting.add(name)
            self._pick()
            self._changed.wait_for(lambda: name in self._running)

    def _pick(self) -> None:
        if self._running or not self._waiting:
            return
        chosen = self._next()
        self._last = chosen
        self._waiting.discard(chosen)
        self._running.add(chosen)
        self._changed.notify_all()

    def _next(self) -> str:
        if self._drowsy in self._waiting:
            return self._drowsy
        while self._first:
            name = self._first.popleft()
            if name in self._waiting:
                return name
        if self._last in self._waiting and self._random.random() < GOES_ON:
            return self._last
        return self._random.choice(sorted(self._waiting))


@contextmanager
def served_aws(turns: Turns) -> Iterator[str]:
    """The endpoint of a server that plays every service."""

    class Handler(_Handler):
        rules = turns

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    thread = Thread(target=server.serve_forever, args=(0.05,), daemon=True)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_port}"
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


class _Handler(BaseHTTPRequestHandler):
    """Hands a request to moto as botocore would have."""

    rules: Turns
    protocol_version = "HTTP/1.1"
    wbufsize = 65_536  # headers and body in one packet: a second one would wait 40 ms for the first to be acknowledged
    disable_nagle_algorithm = True

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers["Content-Length"]))
        headers = HTTPHeaders()
        for name in _HEADERS:
            if name in self.headers:
                headers[name] = self.headers[name]
        signed = _SIGNED.search(self.headers["Authorization"])
        assert signed is not None
        process, service = signed.groups()
        operation = str(self.headers.get("X-Amz-Target")).rpartition(".")[2]
        if service == "dynamodb":
            self.rules.take(process, operation)
        url = f"https://{service}.{REGION}.amazonaws.com/"
        status, told, answer = answered(AWSPreparedRequest("POST", url, headers, body, False))
        if service == "dynamodb" and operation in WRITES and status == 200:
            self.rules.written.append(Written(operation, json.loads(body)))
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
