"""What a metered function talks to: AWS by moto, the simulated exchange and some feeds, on one port that counts.

Requests to AWS arrive here by AWS_ENDPOINT_URL; those to the internet because this is also the processes' HTTP proxy.
So the exchange is asked under one of its own names, and the code behaves as it does there.
"""

from __future__ import annotations

import json
import re
from collections import Counter
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Lock, Thread
from typing import Any
from urllib.parse import urlsplit

import requests
from botocore.awsrequest import AWSPreparedRequest
from botocore.compat import HTTPHeaders
from moto.core.botocore_stubber import BotocoreStubber

from tests.support.metering_units import UnitMeter

EXCHANGE = "data-api.binance.vision"
WEBHOOK = "hooks.example"
FEEDS = tuple(f"feed-{letter}.example" for letter in "abcd")
"""As many as an agent has by default."""
SHOWN = 30
"""Headlines that a feed serves at a time; the feeds of the default configuration serve 20 to 50."""
SERVICE = re.compile(r"Credential=[^/]+/\d+/[^/]+/([a-z0-9-]+)/aws4_request")
TLS_AND_HTTP_BYTES = 900
"""Of a new connection, sent: ClientHello, Finished, TCP and IP headers; and of the HTTP request's own packets."""


@dataclass
class Meter:
    """What was asked since it was made."""

    calls: Counter[str] = field(default_factory=Counter)
    hosts: set[tuple[str, str]] = field(default_factory=set)
    """(kind, host) of everything that was asked: as many connections, if none is open from before."""
    bytes_out: int = 0
    """To the internet."""
    woken: list[tuple[str, dict[str, Any]]] = field(default_factory=list)
    decryptions: int = 0
    published: int = 0

    @property
    def connections(self) -> Counter[str]:
        return Counter(kind for kind, _ in self.hosts)


class Cloud:
    """`meter` counts; put a new one in its place to start counting anew."""

    def __init__(self, exchange_url: str, units: UnitMeter) -> None:
        self.meter = Meter()
        self.units = units
        self.port = 0
        self.one_at_a_time = Lock()
        self.published = Counter({host: SHOWN if host == FEEDS[0] else 3 for host in FEEDS})
        """How many headlines each feed ever had; more in one, for moto copies whole tables at each transaction."""
        self.always_whole: set[str] = set()
        """Feeds that answer with their whole page whether it changed or not."""
        self._exchange_url = exchange_url
        self._moto = BotocoreStubber()
        self._session = requests.Session()
        self._session.trust_env = False

    def answer(
        self, method: str, target: str, headers: Mapping[str, str], body: bytes
    ) -> tuple[int, dict[str, str], bytes]:
        """Status, headers and body."""
        if target.startswith("http://"):
            return self._internet(method, target, headers)
        found = SERVICE.search(headers.get("Authorization", ""))
        assert found, f"not signed: {target}"
        service = found[1]
        self.meter.calls[service] += 1
        self.meter.hosts.add((service, service))
        if service == "lambda":
            return self._invoke(target, body)
        if service == "dynamodb":
            return self._dynamodb(target, headers, body)
        status, answered, content = self._aws(service, method, target, headers, body)
        self.meter.decryptions += content.count(b'"SecureString"')
        self.meter.published += service == "sns"
        return status, answered, content

    def _dynamodb(self, target: str, headers: Mapping[str, str], body: bytes) -> tuple[int, dict[str, str], bytes]:
        operation, request = headers["X-Amz-Target"].rpartition(".")[2], json.loads(body)
        self.units.before(operation, request)
        status, answered, content = self._aws("dynamodb", "POST", target, headers, body)
        self.units.after(operation, request, json.loads(content))
        return status, answered, content

    def _aws(
        self, service: str, method: str, target: str, headers: Mapping[str, str], body: bytes
    ) -> tuple[int, dict[str, str], bytes]:
        given = HTTPHeaders()
        for name, value in headers.items():
            given[name] = value
        url = f"https://{service}.us-east-1.amazonaws.com{target}"
        response = self._moto.process_request(AWSPreparedRequest(method, url, given, body, stream_output=False))
        assert response is not None, f"moto has no {service}"
        status, answered, content = response
        kept = {
            name: str(value) for name, value in answered.items() if name.lower().startswith(("x-amz", "content-type"))
        }
        return status, kept, content.encode() if isinstance(content, str) else content

    def _invoke(self, target: str, body: bytes) -> tuple[int, dict[str, str], bytes]:
        function = target.split("/")[3].rpartition("-")[2]
        self.meter.woken.append((function, json.loads(body)))
        return 202, {}, b""

    def _internet(self, method: str, target: str, headers: Mapping[str, str]) -> tuple[int, dict[str, str], bytes]:
        parts = urlsplit(target)
        kind = {EXCHANGE: "exchange", WEBHOOK: "webhook"}.get(parts.netloc, "feed")
        self.meter.calls[kind] += 1
        self.meter.hosts.add((kind, parts.netloc))
        lines = f"{method} {parts.path}?{parts.query}" + "".join(
            f"{name}: {value}\n" for name, value in headers.items()
        )
        self.meter.bytes_out += len(lines) + TLS_AND_HTTP_BYTES
        if kind == "webhook":
            return 204, {}, b""
        if kind == "feed":
            return self._feed(parts.netloc, headers)
        response = self._session.get(f"{self._exchange_url}{parts.path}?{parts.query}", timeout=10)
        kept = {name: value for name, value in response.headers.items() if name.lower().startswith(("x-", "content-t"))}
        return response.status_code, kept, response.content

    def _feed(self, host: str, headers: Mapping[str, str]) -> tuple[int, dict[str, str], bytes]:
        newest = self.published[host]
        tag = f'"{newest}"'
        known = {name.lower(): value for name, value in headers.items()}.get("if-none-match") == tag
        told = {"Content-Type": "application/rss+xml", "ETag": tag}
        if known and host not in self.always_whole:
            return 304, told, b""
        return 200, told, page(host, newest).encode()


def page(host: str, newest: int) -> str:
    """A feed's newest headlines, with the descriptions of a kilobyte that such feeds carry."""
    items = [
        f"<item><title>Bitcoin note {number} of {host}</title><link>https://{host}/story/{number}</link>"
        f"<guid>{host}-{number}</guid><description>{'Markets moved on the news. ' * 37}</description></item>"
        for number in range(newest, max(0, newest - SHOWN), -1)
    ]
    return f'<rss version="2.0"><channel><title>{host}</title>{"".join(items)}</channel></rss>'


@contextmanager
def serving(cloud: Cloud) -> Iterator[None]:
    """The cloud on a free loopback port, until the end of the block."""

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"
        wbufsize = 65_536  # head and body in one packet: two would wait 40 ms for each other

        def _answer(self) -> None:
            body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
            with cloud.one_at_a_time:  # a client may repeat itself when the machine is slow, and moto is no database
                status, headers, content = cloud.answer(self.command, self.path, dict(self.headers), body)
            self.send_response(status)
            for name, value in {**headers, "Content-Length": str(len(content))}.items():
                self.send_header(name, value)
            self.end_headers()
            self.wfile.write(content if status != requests.codes.not_modified else b"")

        def do_GET(self) -> None:
            self._answer()

        def do_POST(self) -> None:
            self._answer()

        def log_message(self, *_: object) -> None:
            """Silent."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    cloud.port = server.server_port
    thread = Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05})
    thread.start()
    try:
        yield
    finally:
        server.shutdown()
        thread.join()
        server.server_close()
