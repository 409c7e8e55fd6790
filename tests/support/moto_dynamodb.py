"""DynamoDB as moto plays it, request by request and one at a time, in this process or over HTTP for several.

moto's tables stay until their test drops them; every test has a prefix of its own. Requests are served under a lock:
DynamoDB applies each of them at once, moto alone does not.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from copy import deepcopy
from functools import cache
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import RLock, Thread
from typing import Any, Protocol

from botocore.awsrequest import AWSPreparedRequest, AWSResponse
from botocore.compat import HTTPHeaders
from moto.core.botocore_stubber import BotocoreStubber, MockRawResponse
from moto.core.models import DEFAULT_ACCOUNT_ID
from moto.dynamodb.models import DynamoDBBackend, dynamodb_backends
from moto.dynamodb.models.table import Table
from pynamodb.connection import Connection

from chalicelib.adapters.dynamodb import Tables
from chalicelib.adapters.dynamodb.tables import TABLES, full_name
from tests.support.dynamodb import REGION, connection, created

SERVED_AS = f"https://dynamodb.{REGION}.amazonaws.com/"
_HEADERS = ("Content-Type", "X-Amz-Target", "Authorization", "X-Amz-Date", "Content-Length")


def _copied_once(table: Table, memo: dict[int, Any]) -> Table:
    """A transaction of moto copies each table once per operation before it does the first: the same copy every time."""
    if id(table) not in _copies:
        kind: Any = Table
        copy = object.__new__(kind)
        copy.__dict__ = {name: deepcopy(value, memo) for name, value in table.__dict__.items()}
        _copies[id(table)] = copy
    return _copies[id(table)]


_write_all = DynamoDBBackend.transact_write_items


def _transacted(backend: DynamoDBBackend, transact_items: list[dict[str, Any]]) -> None:
    """What is brought back where a transaction fails is as it was before that one, whoever stands in for DynamoDB."""
    _copies.clear()
    _write_all(backend, transact_items)


Table.__deepcopy__ = _copied_once  # type: ignore[attr-defined]
DynamoDBBackend.transact_write_items = _transacted  # type: ignore[method-assign, assignment]
_copies: dict[int, Table] = {}
_moto = BotocoreStubber()
_one_at_a_time = RLock()


class Watch(Protocol):
    """Hears of every request; what it raises happens to the caller of the request."""

    def before(self, operation: str) -> None:
        """It is about to reach DynamoDB."""
        ...

    def after(self, operation: str) -> None:
        """DynamoDB has done it, the answer is on its way."""
        ...


def connection_to_memory(watch: Watch | None = None) -> Connection:
    """A new connection whose requests moto answers in this process."""
    made = connection(SERVED_AS)

    def answer(request: AWSPreparedRequest, **_: object) -> Any:
        operation = _operation(request)
        if watch:
            watch.before(operation)
        status, headers, body = answered(request)
        if watch:
            watch.after(operation)
        return AWSResponse(request.url, status, headers, MockRawResponse(body))

    made.client.meta.events.register_last("before-send.dynamodb", answer)
    return made


@contextmanager
def tables_in_memory(watch: Watch | None = None) -> Iterator[Tables]:
    """Empty tables in this process, dropped at the end; `watch` hears of what is done to them."""
    prefix = created(_unwatched())
    try:
        yield Tables(connection_to_memory(watch) if watch else _unwatched(), prefix, pause=lambda _: None)
    finally:
        drop(prefix)


def drop(prefix: str) -> None:
    """Forget the tables of this prefix."""
    with _one_at_a_time:
        stored = stored_tables()
        for name in [name for name in stored if name.startswith(f"{prefix}-")]:
            del stored[name]


State = dict[str, Any]


def kept(tables: Tables) -> State:
    """All that is stored in these tables, to be brought back: what a crash of everybody leaves."""
    with _one_at_a_time:
        return {name: deepcopy(stored.items) for name, stored in _tables_of(tables).items()}


def bring_back(tables: Tables, state: State) -> None:
    """Make the stored data what it was."""
    with _one_at_a_time:
        for name, stored in _tables_of(tables).items():
            stored.items = deepcopy(state[name])


def _tables_of(tables: Tables) -> dict[str, Any]:
    names = [full_name(tables.prefix, table.name) for table in TABLES]
    return {name: stored_tables()[name] for name in names}


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


@cache
def _unwatched() -> Connection:
    return connection_to_memory()


def _operation(request: AWSPreparedRequest) -> str:
    target = request.headers["X-Amz-Target"]
    return (target.decode() if isinstance(target, bytes) else str(target)).rpartition(".")[2]


def answered(request: AWSPreparedRequest) -> tuple[int, Any, str | bytes]:
    """Status, headers and body of moto's answer to a request, whatever service it is to."""
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
        status, told, answer = answered(request)
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
