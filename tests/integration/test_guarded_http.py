"""The local server under clients that connect and keep it waiting: the operator gets through, and refusals are JSON."""

from __future__ import annotations

import json
import socket
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from threading import Event, Thread

import pytest
import requests

from chalicelib.api.authorizer import Tokens
from chalicelib.api.desk import Desk
from chalicelib.api.front import Api
from chalicelib.errors import Unavailable
from chalicelib.secret import Secret
from trader.runtime import guarded_http
from trader.runtime.http_server import READERS, listening
from trader.sim.server import bind

OPERATOR = {"Authorization": "Bearer operator"}


class Door:
    """A server whose stores do not open; reads wait for `released` first."""

    def __init__(self) -> None:
        self.released = Event()
        self.opened: list[str] = []

    @contextmanager
    def desk(self) -> Iterator[Desk]:
        self.opened.append("desk")
        if len(self.opened) <= READERS:
            self.released.wait(20)
        raise Unavailable("closed")
        yield


@pytest.fixture
def door() -> Iterator[tuple[Door, int]]:
    door = Door()
    tokens = Tokens(Secret("viewer"), Secret("operator"))
    with bind(0) as listener, listening(Api(lambda _: tokens, door.desk, lambda _: None), listener):
        yield door, listener.getsockname()[1]
        door.released.set()


def answer_of(client: socket.socket) -> tuple[int, dict[str, str]]:
    """Status and body of whatever comes until the other side closes."""
    client.settimeout(10)
    received = b""
    while chunk := client.recv(65_536):
        received += chunk
    head, _, body = received.partition(b"\r\n\r\n")
    assert b"application/json" in head
    return int(head.split()[1]), json.loads(body)


def halted(port: int) -> bool:
    """Whether the switch is reached; here it then says that no store opens."""
    answer = requests.post(f"http://127.0.0.1:{port}/halt", headers=OPERATOR, timeout=10)
    return answer.status_code == 503 and "nothing is known" in answer.json()["error"]


@pytest.mark.parametrize("sent", [b"", b"GET /hea", b"POST /halt HTTP/1.1\r\nHost: x\r\nContent-Length: 10\r\n\r\n{"])
def test_those_that_keep_it_waiting_keep_nobody_out(
    door: tuple[Door, int], monkeypatch: pytest.MonkeyPatch, sent: bytes
) -> None:
    monkeypatch.setattr(guarded_http, "MOST_CONNECTIONS", 20)
    door[0].released.set()
    with ExitStack() as stack:
        waiting = []
        for _ in range(30):
            waiting.append(stack.enter_context(socket.create_connection(("127.0.0.1", door[1]))))
            waiting[-1].sendall(sent)
        assert halted(door[1])
        if not sent:  # closing on what was not read yet resets the connection
            assert answer_of(waiting[0]) == (
                503,
                {"error": "too many connections: the one that sent nothing for longest is closed"},
            )


@pytest.mark.parametrize("sent", [b"", b"GET /hea", b"POST /halt HTTP/1.1\r\nHost: x\r\nContent-Length: 10\r\n\r\n{"])
def test_one_that_sends_no_whole_request_is_left(
    door: tuple[Door, int], monkeypatch: pytest.MonkeyPatch, sent: bytes
) -> None:
    monkeypatch.setattr(guarded_http, "REQUEST_PATIENCE_S", 0.2)
    with socket.create_connection(("127.0.0.1", door[1])) as client:
        client.sendall(sent)
        assert answer_of(client)[0] == 408


def test_one_that_is_kept_waiting_itself_is_not_left(door: tuple[Door, int], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(guarded_http, "REQUEST_PATIENCE_S", 0.1)
    answers: list[int] = []
    url = f"http://127.0.0.1:{door[1]}/status"
    reading = Thread(target=lambda: answers.append(requests.get(url, headers=OPERATOR, timeout=20).status_code))
    reading.start()
    assert not door[0].released.wait(0.4)
    door[0].released.set()
    reading.join(10)
    assert answers == [503]


def test_reads_that_hang_leave_threads_for_the_switch(door: tuple[Door, int]) -> None:
    url = f"http://127.0.0.1:{door[1]}/status"
    hanging = [Thread(target=requests.get, args=(url,), kwargs={"headers": OPERATOR}) for _ in range(READERS)]
    for thread in hanging:
        thread.start()
    while len(door[0].opened) < READERS:
        assert not door[0].released.wait(0.01)
    assert halted(door[1])
    door[0].released.set()
    for thread in hanging:
        thread.join(10)


@pytest.mark.parametrize(
    ("sent", "status"),
    [
        (b"\x16\x03\x01\x02\x00\x01\x00\r\n\r\n", 400),
        (b"GET /health HTTP/x\r\n\r\n", 400),
        (b"GET /health HTTP/1.1\r\nHost: x\r\nX: " + b"x" * 100_000, 431),
        (b"GET /nowhere HTTP/1.0\r\n\r\n", 404),
        (b"BREW /health HTTP/1.0\r\n\r\n", 405),
        (b"POST /halt HTTP/1.0\r\nAuthorization: Bearer operator\r\nContent-Length: 5000\r\n\r\n" + b" " * 5000, 413),
        (b"GET /health HTTP/1.0\r\n\r\n", 200),
        (b"GET /status?agent=a&agent=b HTTP/1.0\r\nAuthorization: Bearer viewer\r\n\r\n", 400),
    ],
)
def test_every_refusal_is_json(door: tuple[Door, int], sent: bytes, status: int) -> None:
    with socket.create_connection(("127.0.0.1", door[1])) as client:
        client.sendall(sent)
        found, body = answer_of(client)
    assert found == status
    assert ("error" in body) == (status != 200)


def test_head_has_the_headers_of_get_and_no_body(door: tuple[Door, int]) -> None:
    answer = requests.head(f"http://127.0.0.1:{door[1]}/health", timeout=5)
    assert (answer.status_code, answer.content, answer.headers["Content-Length"]) == (200, b"", "15")
