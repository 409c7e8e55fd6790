"""The HTTP routes beside a run: on the loopback address, in threads that open stores of their own."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path
from socket import socket
from threading import Thread

import uvicorn
from starlette.requests import ClientDisconnect, Request
from starlette.responses import Response as HttpResponse
from starlette.types import ASGIApp, Receive, Scope, Send

from chalicelib.api.authorizer import Tokens
from chalicelib.api.front import LARGEST_BODY_BYTES, Api
from chalicelib.api.messages import HttpRefusal, HttpRequest
from chalicelib.errors import BadInput, TraderError
from chalicelib.ports import Notifier
from trader.runtime.desks import alerting_of_halts, desk_of
from trader.runtime.guarded_http import GuardedProtocol
from trader.runtime.runs import Run, RunFolder
from trader.runtime.tokens import ensure_tokens, keep_to_owner, read_tokens, tokens_file
from trader.sim.server import HOST, bind

SHUTDOWN_PATIENCE_S = 1
JOIN_PATIENCE_S = 5.0
READERS, SWITCHES = 6, 2
"""Threads for GET and for POST: whatever is read, somebody can halt."""
MOST_READ_BYTES = 20_000_000
HALTING = "`trader halt` works without tokens"
WAY_OUT = f"mend it or put it back, or remove it to have new tokens made at the next start; {HALTING}"

Say = Callable[[str], None]


@contextmanager
def serving(home: Path, run: Run, port: int, say: Say) -> Iterator[str]:
    """Serve the agents of the run until the block ends; gives the words that say where, empty where it cannot.

    What keeps it from serving is said in one line: trading goes on without.
    """
    try:
        file = _tokens(home, say)
        keep_to_owner(file, say)
        listener = bind(port)
    except TraderError as error:
        say(f"http: {error}; not served, trading goes on (--port takes another, 0 none)")
        yield ""
        return
    with (
        alerting_of_halts(RunFolder(home), say) as notifier,
        listening(local_api(home, run, file, notifier, say), listener),
    ):
        yield f"http://{HOST}:{port} (tokens in {file})"


@contextmanager
def listening(api: Api, listener: socket) -> Iterator[None]:
    """Answer what comes in on the socket, in a thread, until the block ends. Closes the socket."""
    with listener:
        server = _server(asgi_app(api))
        thread = Thread(target=server.run, kwargs={"sockets": [listener]}, name="http", daemon=True)
        thread.start()
        try:
            yield
        finally:
            server.should_exit = True
            thread.join(JOIN_PATIENCE_S)


def local_api(home: Path, run: Run, tokens: Path, notifier: Notifier, say: Say) -> Api:
    """The routes over the stores of one run; the tokens are read anew for each request."""
    folder = RunFolder(home)

    def tokens_now(_: int) -> Tokens:
        keep_to_owner(tokens, say)
        try:
            return read_tokens(tokens)
        except TraderError as error:
            say(_line(error))
            raise HttpRefusal(503, f"{tokens.name} of this home is damaged or gone: {WAY_OUT}") from None

    return Api(tokens_now, lambda: desk_of(folder, notifier, run), lambda error: say(_line(error)))


def _tokens(home: Path, say: Say) -> Path:
    """The file with the tokens, made where there is none; one that is damaged may be mended while it is served."""
    try:
        return ensure_tokens(home)
    except BadInput as error:
        say(f"http: {error}; until then the routes refuse, and {HALTING}")
        return tokens_file(home)


def asgi_app(api: Api) -> ASGIApp:
    """The routes as an ASGI application."""
    readers = ThreadPoolExecutor(READERS, "http-read")
    switches = ThreadPoolExecutor(SWITCHES, "http-switch")

    async def app(scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":  # a WebSocket: refused before it opens
            await send({"type": "websocket.close", "code": 1008})
            return
        http = Request(scope, receive)
        query = http.query_params
        repeated = frozenset(name for name in query if len(query.getlist(name)) > 1)
        try:
            body = await _body(http.stream())
        except ClientDisconnect:
            return
        request = HttpRequest(http.method, scope["path"], query, http.headers, body, repeated)
        threads = switches if http.method == "POST" else readers
        response = await asyncio.get_running_loop().run_in_executor(threads, api.answer, request)
        await HttpResponse(response.body, response.status, response.all_headers())(scope, receive, send)

    return app


async def _body(chunks: AsyncIterator[bytes]) -> bytes:
    """The body, or as much of it as shows that it is too large.

    The rest is read too, within bounds: a client that is still sending would not see the answer.
    """
    body, read_bytes = b"", 0
    async for chunk in chunks:
        read_bytes += len(chunk)
        if len(body) <= LARGEST_BODY_BYTES:
            body += chunk
        if read_bytes > MOST_READ_BYTES:
            break
    return body


def _server(app: ASGIApp) -> uvicorn.Server:
    """Beside trading: it logs nothing, leaves signals to the run, and ends whatever clients are still connected."""
    config = uvicorn.Config(
        app,
        ws="none",
        lifespan="off",
        log_config=None,
        log_level="critical",
        access_log=False,
        server_header=False,
        http=GuardedProtocol,
        timeout_graceful_shutdown=SHUTDOWN_PATIENCE_S,
    )
    return uvicorn.Server(config)


def _line(error: Exception) -> str:
    """For the operator's eyes; a defect is named by its type, for its text may hold anything."""
    return f"http: {error}" if isinstance(error, TraderError) else f"http: unexpected {type(error).__name__}"
