"""The commands' client against the served routes, and against what else may answer at a URL."""

from __future__ import annotations

import json
import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import replace
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path

import pytest

from chalicelib.api.authorizer import Tokens
from chalicelib.errors import BadInput, Rejected, TraderError, Unavailable
from chalicelib.secret import Secret
from tests.support.desk import FALLING
from tests.support.shop import Shop, make_shop, served
from trader.api_client import ApiClient
from trader.sim.server import bind

TOKEN = "token-of-a-test"


@pytest.fixture
def shop(tmp_path: Path) -> Shop:
    return make_shop(tmp_path, closes=FALLING)


def test_the_commands_say_what_the_routes_say(shop: Shop) -> None:
    with served(shop.api) as url:
        client = ApiClient(f"{url}/", Secret(shop.operator))
        before = client.status(None)
        assert (before.agent, before.halted, len(before.pending_orders)) == ("default", False, 1)
        done = client.halt("default", "odd", None)
        assert (done.halted, done.reason, len(done.withdrawn)) == (("default",), "odd", 1)
        assert client.status("default").halt_reason == "odd"
        assert client.resume(None).resumed == ("default",)
        assert client.halt(None, "again", True).halted == ("default",)
        assert client.resume("default").resumed == ("default",)
        assert not client.status(None).halted


@pytest.mark.parametrize("host", ["127.0.0.1", "localhost"])
def test_this_machine_is_asked_without_the_proxy(shop: Shop, host: str, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("no_proxy", "NO_PROXY"):
        monkeypatch.delenv(name, raising=False)
    for name in ("http_proxy", "HTTP_PROXY", "ALL_PROXY"):
        monkeypatch.setenv(name, "http://127.0.0.1:1")
    with served(shop.api) as url:
        assert not ApiClient(url.replace("127.0.0.1", host), Secret(shop.viewer)).status(None).halted
    with pytest.raises(Unavailable, match="cannot be reached"):
        ApiClient("http://trader.invalid", Secret(TOKEN)).status(None)


def test_a_refusal_is_one_line_with_the_reason(shop: Shop) -> None:
    with served(shop.api) as url:
        for token, agent, said in (
            ("wrong", None, "401: unknown token"),
            (shop.viewer, None, "403: this needs the operator token"),
            (shop.operator, "nobody", "404: no such agent; there is default"),
        ):
            with pytest.raises(Rejected, match=said) as caught:
                ApiClient(url, Secret(token)).halt(agent, "odd", None)
            assert len(str(caught.value).splitlines()) == 1
            assert token not in str(caught.value)


def test_an_error_of_the_server_is_unknown_not_refused(shop: Shop) -> None:
    def down(max_age_ms: int) -> Tokens:
        raise Unavailable("down")

    with served(replace(shop.api, tokens=down)) as url, pytest.raises(Unavailable, match="503: something"):
        ApiClient(url, Secret(TOKEN)).status(None)


class Script(BaseHTTPRequestHandler):
    """Answers everything with the one response that the server was given."""

    answer: tuple[int, bytes, dict[str, str]]
    seen: list[str]

    def do_GET(self) -> None:
        status, body, headers = self.answer
        self.seen.append(self.headers.get("Authorization", ""))
        self.send_response(status)
        for name, value in headers.items():
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002 (the base class names it so)
        pass


@contextmanager
def answering(status: int, body: bytes, **headers: str) -> Iterator[tuple[str, list[str]]]:
    seen: list[str] = []
    given = {name.replace("_", "-"): value for name, value in headers.items()}
    handler = type("Answer", (Script,), {"answer": (status, body, given), "seen": seen})
    with HTTPServer(("127.0.0.1", 0), handler) as server:
        thread = threading.Thread(target=server.serve_forever, args=(0.01,))
        thread.start()
        try:
            yield f"http://127.0.0.1:{server.server_port}/api", seen
        finally:
            server.shutdown()
            thread.join()


@pytest.mark.parametrize(
    ("status", "body", "said"),
    [
        (200, b"<html>", "is this the URL of the API"),
        (200, b"", "is this the URL of the API"),
        (200, b"{}", "is this the URL of the API"),
        (200, b"[1]", "is this the URL of the API"),
        (200, b"\xff\xfe", "is this the URL of the API"),
        (200, b"[" * 100_000, "is this the URL of the API"),
        (403, b'{"message":"Missing Authentication Token"}', "403: Missing Authentication Token"),
        (404, b"<html>\n<body>", "404: no explanation"),
        (400, b'{"error": "two\\nlines\\u0007"}', r"400: two lines\\x07$"),
        (500, b'{"error": ["x"]}', r"500: \['x'\]"),
        (502, json.dumps({"error": "x" * 10_000}).encode(), "502: x{299}…$"),
    ],
)
def test_what_is_not_the_api_is_explained(status: int, body: bytes, said: str) -> None:
    with answering(status, body) as (url, _), pytest.raises(TraderError, match=said) as caught:
        ApiClient(url, Secret(TOKEN)).status(None)
    assert len(str(caught.value).splitlines()) == 1


def test_a_redirect_gets_no_token() -> None:
    with answering(200, b"{}") as (elsewhere, seen), answering(302, b"", Location=elsewhere) as (url, _):
        with pytest.raises(Rejected, match="302"):
            ApiClient(url, Secret(TOKEN)).status(None)
        assert seen == []


def test_an_answer_that_breaks_off_is_unknown() -> None:
    body = b"\x1f\x8b not really compressed"
    with answering(200, body, Content_Encoding="gzip") as (url, _), pytest.raises(Unavailable, match="broke off"):
        ApiClient(url, Secret(TOKEN)).status(None)


@pytest.mark.parametrize("url", ["http://127.0.0.1:1", "http://name.invalid"])
def test_a_dead_host_is_one_line(url: str) -> None:
    with pytest.raises(Unavailable, match="cannot be reached") as caught:
        ApiClient(url, Secret(TOKEN), (0.5, 0.5)).status(None)
    assert TOKEN not in str(caught.value)


@pytest.mark.parametrize(
    "url",
    [
        "",
        "x",
        "ftp://host",
        "http://",
        "http://me:pw@host",
        "http://host:99999",
        "http://host?a=b",
        "http://[",
        "http://a\nb",
    ],
)
def test_a_url_that_is_none_is_refused_unseen(url: str) -> None:
    with pytest.raises(BadInput, match="--url: must be") as caught:
        ApiClient(url, Secret(TOKEN))
    assert "pw" not in str(caught.value)


def test_without_a_token_nothing_is_asked() -> None:
    with pytest.raises(BadInput, match="TRADER_TOKEN"):
        ApiClient("http://127.0.0.1:1", Secret())


def test_an_answer_that_drips_is_left_when_the_time_in_all_is_over() -> None:
    """Each byte comes before the silence would be too long."""
    done = threading.Event()

    def drip(listener: socket.socket) -> None:
        connection, _ = listener.accept()
        with connection, suppress(OSError):
            connection.recv(65_536)
            connection.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 1000\r\n\r\n")
            while not done.wait(0.05):
                connection.sendall(b" ")

    with bind(0) as listener:
        thread = threading.Thread(target=drip, args=(listener,))
        thread.start()
        url = f"http://127.0.0.1:{listener.getsockname()[1]}"
        client = ApiClient(url, Secret("t"), timeout_s=(5.0, 5.0), total_s=0.3)
        with pytest.raises(Unavailable, match=r"no whole answer in 0\.3 s"):
            client.halt(None, "x", None)
        done.set()
        thread.join()
