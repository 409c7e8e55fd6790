"""A trace of the simulated exchange that a person can read: what was asked, answered, and what became of orders."""

from __future__ import annotations

import json
import logging
import re
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from itertools import count
from pathlib import Path
from typing import TextIO
from urllib.parse import parse_qsl

from starlette.types import ASGIApp, Message, Receive, Scope, Send

from chalicelib.errors import BadInput
from trader.sim.trading.amounts import shown
from trader.sim.trading.floor import TradingFloor
from trader.sim.trading.reports import ExecutionReport
from trader.sim.trading.ws_api import PATH as WS_API

log = logging.getLogger(__name__)
LONGEST = 400
"""Characters of an answer; what is longer, such as candles, is cut."""
PRIVATE = ("signature", "apiKey")
"""Parameters that no trace holds."""
KEY_TOLD = re.compile(r'("apiKey":")[^"]*')
KEY_HEADER, KEY_SHOWN = b"x-mbx-apikey", 4


class Trace:
    """Writes a line for each event, with simulated and real time; a line is whole in the file once it is noted."""

    def __init__(self, file: TextIO, now_ms: Callable[[], int]) -> None:
        """`file` is written line by line; `now_ms` tells simulated time."""
        self._file = file
        self._now_ms = now_ms

    def note(self, what: str) -> None:
        simulated = datetime.fromtimestamp(self._now_ms() / 1000, UTC).strftime("%Y-%m-%d %H:%M:%S.%f")[:-3]
        real = datetime.now(UTC).strftime("%H:%M:%S.%f")[:-3]
        try:
            self._file.write(f"{simulated}  {real}  {' '.join(what.splitlines())}\n")
        except OSError as error:
            log.error("--record: a line is lost: %s", error.strerror or error)

    def heard(self, report: ExecutionReport) -> None:
        """A Listener: a step of an order."""
        order, trade = report.order, report.trade
        request = order.request
        prices = [f"at {shown(request.price)}"] if request.price else []
        prices += [f"stop {shown(order.stop_price)}"] if order.stop_price else []
        step = report.execution if report.execution == order.status else f"{report.execution} {order.status}"
        if trade is not None:
            step += f" {shown(trade.quantity)} at {shown(trade.price)}, fee {shown(trade.commission)} "
            step += f"{trade.commission_asset}, {shown(order.executed)} in all"
        elif order.expiry != "NONE":
            step += f" {order.expiry}"
        wanted = " ".join([request.symbol, request.side, request.kind, shown(order.quantity), *prices])
        self.note(f"      * order {order.order_id} {order.client_id}: {wanted}: {step}")

    def struck(self, kind: str, endpoint: str) -> None:
        """A fault that has struck a request or a message."""
        self.note(f"      ! {kind} strikes {endpoint}")


class Recorder:
    """An ASGI layer around all others, which notes what clients ask and what they are answered."""

    def __init__(self, app: ASGIApp, trace: Trace) -> None:
        self._app = app
        self._trace = trace
        self._numbers = count(1)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "http":
            await self._exchange(scope, receive, send)
        elif scope["type"] == "websocket":
            await self._conversation(scope, receive, send)
        else:
            await self._app(scope, receive, send)

    async def _exchange(self, scope: Scope, receive: Receive, send: Send) -> None:
        record = HttpRecord(self._trace, f"{next(self._numbers):>5}", scope)

        async def heard() -> Message:
            message = await receive()
            record.heard(message)
            return message

        async def said(message: Message) -> None:
            record.said(message)
            await send(message)

        await self._app(scope, heard, said)
        record.end()

    async def _conversation(self, scope: Scope, receive: Receive, send: Send) -> None:
        number = f"{next(self._numbers):>5}"
        self._trace.note(f"{number} > WEBSOCKET {scope['path']}")
        is_api = scope["path"] == WS_API

        async def heard() -> Message:
            message = await receive()
            if message["type"] == "websocket.receive":
                self._trace.note(f"{number} > {_asked(message.get('text') or '')}")
            elif message["type"] == "websocket.disconnect":
                self._trace.note(f"{number} > gone ({message.get('code')})")
            return message

        async def said(message: Message) -> None:
            if message["type"] == "websocket.close":
                self._trace.note(f"{number} < closed ({message.get('code')})")
            elif is_api and message["type"] == "websocket.send":
                self._trace.note(f"{number} < {_short((message.get('text') or '').encode())}")
            await send(message)

        await self._app(scope, heard, said)


class HttpRecord:
    """One request and its answer; the request is noted once its body has come."""

    def __init__(self, trace: Trace, number: str, scope: Scope) -> None:
        self._trace = trace
        self._number = number
        self._asked = f"{number} > {_key(scope)}{scope['method']} {scope['path']}"
        self._query: bytes = scope["query_string"]
        self._body, self._answer = b"", b""
        self._status: int | None = None
        self._is_whole = False
        self._awaits_body = dict(scope["headers"]).get(b"content-length", b"0") != b"0"
        if not self._awaits_body:
            self._note_request()

    def heard(self, message: Message) -> None:
        if self._awaits_body and message["type"] == "http.request":
            self._body += message.get("body", b"")
            if not message.get("more_body"):
                self._awaits_body = False
                self._note_request()

    def said(self, message: Message) -> None:
        if message["type"] == "http.response.start":
            self._status = message["status"]
        else:
            self._answer += message.get("body", b"")[: LONGEST * 4]
            self._is_whole = not message.get("more_body")

    def end(self) -> None:
        told = f"{self._status} {_short(self._answer)}"
        if not self._is_whole:
            told = f"{self._status or 'nothing'}, broken off"
        self._trace.note(f"{self._number} < {told}")

    def _note_request(self) -> None:
        is_form = not self._body.startswith(b"{")
        sent = b"&".join(filter(None, (self._query, self._body if is_form else b""))).decode("latin-1")
        self._trace.note(self._asked + _told(sent) + ("" if is_form else f" {_short(self._body)}"))


def _key(scope: Scope) -> str:
    """The first characters of the key that a request came with."""
    key = dict(scope["headers"]).get(KEY_HEADER, b"").decode("latin-1")
    return f"[{key[:KEY_SHOWN]}…] " if key else ""


def _told(query: str) -> str:
    """The parameters without what is private."""
    pairs = [f"{name}={value}" for name, value in parse_qsl(query, keep_blank_values=True) if name not in PRIVATE]
    return "".join(f" {pair}" for pair in pairs)


def _asked(text: str) -> str:
    """A message without what is private."""
    try:
        message = json.loads(text)
        parameters = message.get("params")
        if isinstance(parameters, dict):
            message["params"] = {name: value for name, value in parameters.items() if name not in PRIVATE}
        return _short(json.dumps(message, ensure_ascii=False, separators=(",", ":")).encode())
    except (ValueError, AttributeError, RecursionError):
        return f"a message that is no request, of {len(text)} characters"


def _short(answer: bytes) -> str:
    text = KEY_TOLD.sub(r"\1…", answer.decode("utf-8", "replace"))
    return text if len(text) <= LONGEST else f"{text[:LONGEST]}…"


@contextmanager
def recorded(app: ASGIApp, floor: TradingFloor, path: Path) -> Iterator[ASGIApp]:
    """The application, and a trace of it behind what a file holds. Raises BadInput where it cannot be written."""
    try:
        file = path.open("a", encoding="utf-8", buffering=1)
    except OSError as error:
        raise BadInput(f"--record {path}: cannot be written ({error.strerror or error})") from error
    with file:
        trace = Trace(file, floor.exchange.clock.now_ms)
        trace.note(f"simulated exchange of {', '.join(floor.exchange.tapes)}")
        floor.engine.listeners.append(trace.heard)
        floor.exchange.faults.witnesses.append(trace.struck)
        yield Recorder(app, trace)
