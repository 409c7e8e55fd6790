"""A scripted exchange on a loopback port: Binance's public REST and WebSocket API with the candles, clock and
faults that a test sets. It answers from `candles` and `now_ms`; a reply put into `script` goes out first, once.
"""

from __future__ import annotations

import json
import logging
import socket
from collections import defaultdict, deque
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field, replace
from threading import Event, Thread
from urllib.parse import parse_qs, urlsplit

from websockets.datastructures import Headers
from websockets.exceptions import ConnectionClosed
from websockets.http11 import Request, Response
from websockets.sync.server import ServerConnection, serve

from chalicelib.domain import MINUTE_MS, Candle

START_MS = 1_700_000_040_000
"""A full minute; where the fake's candles begin unless a test says otherwise."""


QUIET = logging.getLogger("tests.binance_server")
QUIET.setLevel(logging.CRITICAL + 1)  # cut connections are what these tests are about


@dataclass(frozen=True, slots=True)
class Reply:
    """An HTTP answer; `cut` ends the connection in the middle of the body."""

    status: int = 200
    body: str = ""
    headers: dict[str, str] = field(default_factory=dict)
    cut: bool = False
    delay_s: float = 0.0


def refusal(status: int, code: int, message: str, **headers: str) -> Reply:
    """Binance's error body."""
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    return Reply(status, json.dumps({"code": code, "msg": message}), named)


def minutes(symbol: str, count: int, start_ms: int = START_MS) -> list[Candle]:
    """A market that goes up by 1 a minute; every candle tells its place by its prices."""
    return [
        Candle(symbol, start_ms + k * MINUTE_MS, 100.0 + k, 102.5 + k, 99.5 + k, 101.0 + k, 5.0 + k)
        for k in range(count)
    ]


def row(candle: Candle) -> list[object]:
    """A candle as a row of /api/v3/klines."""
    prices = [f"{value:.8f}" for value in (candle.open, candle.high, candle.low, candle.close, candle.volume)]
    return [candle.open_ms, *prices, candle.close_ms, "0.0", 10, "0.0", "0.0", "0"]


def kline_event(candle: Candle, *, closed: bool = True, event_ms: int | None = None, interval: str = "1m") -> str:
    """A candle as a message of a combined stream."""
    prices = {name: f"{getattr(candle, name):.8f}" for name in ("open", "high", "low", "close", "volume")}
    kline = {"t": candle.open_ms, "T": candle.close_ms, "s": candle.symbol, "i": interval, "x": closed}
    kline |= {name[0]: value for name, value in prices.items()}
    moment_ms = candle.close_ms + 5 if event_ms is None else event_ms
    event = {"e": "kline", "E": moment_ms, "s": candle.symbol, "k": kline}
    return json.dumps({"stream": f"{candle.symbol.lower()}@kline_{interval}", "data": event})


class BinanceServer:
    """See the module. `requests` lists every path asked for, with its query; `joined` every stream path."""

    def __init__(self, port: int = 0) -> None:
        self.candles: dict[str, list[Candle]] = {}
        self.now_ms = START_MS
        self.weight: int | None = None
        self.script: dict[str, deque[Reply]] = defaultdict(deque)
        self.sessions: deque[Callable[[ServerConnection], None]] = deque()
        """What each WebSocket connection in turn does; the last goes on for ever. Without one: wait."""
        self.requests: list[str] = []
        self.joined: list[str] = []
        self._over = Event()
        self._server = serve(
            self._stream, "127.0.0.1", port, process_request=self._answer, close_timeout=0.2, logger=QUIET
        )
        self.port = int(self._server.socket.getsockname()[1])
        self.url = f"http://127.0.0.1:{self.port}"
        self._thread = Thread(target=self._server.serve_forever, daemon=True)
        self._thread.start()

    def close(self) -> None:
        """Let every connection go."""
        self._over.set()
        self._server.shutdown()
        self._thread.join()

    def asked(self, path: str) -> list[dict[str, str]]:
        """The queries with which this path was asked for, oldest first."""
        found = [urlsplit(request) for request in self.requests]
        return [{k: v[0] for k, v in parse_qs(url.query).items()} for url in found if url.path == path]

    def hold(self, connection: ServerConnection) -> None:
        """A session that says nothing more until the other side or the test ends it."""
        while not self._over.is_set():
            with suppress(TimeoutError):
                connection.recv(timeout=0.05)

    def _stream(self, connection: ServerConnection) -> None:
        assert connection.request is not None
        self.joined.append(connection.request.path)
        session: Callable[[ServerConnection], None] = self.hold
        if self.sessions:
            session = self.sessions.popleft() if len(self.sessions) > 1 else self.sessions[0]
        self._await_catch_up(connection.request.path)
        try:
            session(connection)
        except ConnectionClosed:
            return

    def _await_catch_up(self, path: str) -> None:
        """Time stands still while a client finds its start: until it has the prices of every symbol, or its first
        candles, and on a later connection for candles has read the clock, as none need be due.
        """
        joined = [k for k, request in enumerate(self.requests) if request.startswith("/stream")]
        awaited = "/api/v3/klines" if len(joined) == 1 else "/api/v3/time"
        if "@miniTicker" in path:
            awaited = "/api/v3/ticker/price"
        while not self._over.is_set():
            if sum(request.startswith(awaited) for request in self.requests[joined[-1] :]) >= path.count("@"):
                return
            self._over.wait(0.002)

    def _answer(self, connection: ServerConnection, request: Request) -> Response | None:
        url = urlsplit(request.path)
        query = {name: values[0] for name, values in parse_qs(url.query).items()}
        scripted = self.script[url.path]
        if not scripted and request.headers.get("Upgrade", "").lower() == "websocket":
            self.requests.append(request.path)
            return None
        reply = scripted.popleft() if scripted else self._reply(url.path, query)
        self.requests.append(request.path)
        self._over.wait(reply.delay_s)
        if reply.cut:
            cut(connection, reply.body)
        if self.weight is not None:
            reply = replace(reply, headers={"X-MBX-USED-WEIGHT-1M": str(self.weight), **reply.headers})
        body = reply.body.encode()
        headers = {"Content-Type": "application/json", "Content-Length": str(len(body)), "Connection": "close"}
        return Response(reply.status, "", Headers({**headers, **reply.headers}), body)

    def _reply(self, path: str, query: dict[str, str]) -> Reply:
        if path == "/api/v3/time":
            return Reply(body=json.dumps({"serverTime": self.now_ms}))
        if path not in ("/api/v3/klines", "/api/v3/exchangeInfo", "/api/v3/ticker/price"):
            return Reply(404, "<html>nothing here</html>")
        symbol = query.get("symbol", "")
        if symbol not in self.candles:
            return refusal(400, -1121, "Invalid symbol.")
        if path == "/api/v3/exchangeInfo":
            return Reply(body=json.dumps({"symbols": [exchange_info(symbol)]}))
        if path == "/api/v3/ticker/price":
            return Reply(body=json.dumps({"symbol": symbol, "price": f"{self.candles[symbol][-1].close:.8f}"}))
        return Reply(body=json.dumps([row(candle) for candle in self._page(self.candles[symbol], query)]))

    def _page(self, candles: Sequence[Candle], query: dict[str, str]) -> Sequence[Candle]:
        """FACTS: with startTime the oldest from there, without the newest; the candle that is still open included."""
        first_ms, last_ms = int(query.get("startTime", 0)), int(query.get("endTime", self.now_ms))
        limit = int(query.get("limit", 500))
        found = [candle for candle in candles if first_ms <= candle.open_ms <= min(last_ms, self.now_ms)]
        return found[:limit] if "startTime" in query else found[-limit:]


def exchange_info(symbol: str) -> dict[str, object]:
    """The pair as exchangeInfo lists it."""
    return {
        "symbol": symbol,
        "status": "TRADING",
        "baseAsset": symbol[:-4],
        "quoteAsset": symbol[-4:],
        "filters": [
            {"filterType": "PRICE_FILTER", "minPrice": "0.01", "maxPrice": "1000000", "tickSize": "0.01000000"},
            {"filterType": "LOT_SIZE", "minQty": "0.00001000", "maxQty": "9000", "stepSize": "0.00001000"},
            {"filterType": "NOTIONAL", "minNotional": "5.00000000", "maxNotional": "9000000"},
        ],
    }


def cut(connection: ServerConnection, beginning: str = "") -> None:
    """End the TCP connection as a failing network does: no closing handshake, and part of an HTTP answer at most."""
    if beginning:
        connection.socket.sendall(f"HTTP/1.1 200 OK\r\nContent-Length: 9999\r\n\r\n{beginning}".encode())
    connection.socket.shutdown(socket.SHUT_RDWR)


@contextmanager
def running(port: int = 0) -> Iterator[BinanceServer]:
    """The server, for the length of a test."""
    server = BinanceServer(port)
    try:
        yield server
    finally:
        server.close()
