"""A container function as Lambda runs it: a real process with the runtime interface client, behind Lambda's Invoke API.

https://docs.aws.amazon.com/lambda/latest/dg/runtimes-api.html is served on a loopback port; the process is started at
the first call and after it died, one call at a time, and killed when it takes longer than the function may.
"""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from queue import Empty, Queue
from threading import Lock, Thread

from tests.fakes.web_server import Answer, Received

ROOT = Path(__file__).resolve().parents[2]
_ARN = "arn:aws:lambda:us-east-1:123456789012:function:fake"
_CALL = re.compile(r"/2018-06-01/runtime/invocation/([^/]+)/(response|error)")
_POLL_S = 0.02


@dataclass(slots=True)
class Outcome:
    """What the process made of a call."""

    body: bytes
    error: str = ""
    """Empty, or Unhandled."""


@dataclass
class LambdaFunction:
    """`invoke` is what the Invoke API does; `meddle` gets every event and answer on its way."""

    handler: str
    environment: Mapping[str, str]
    timeout_s: float = 30.0
    meddle: Callable[[bytes, Outcome], Outcome] = lambda event, outcome: outcome
    before: Callable[[], None] = lambda: None
    """Called once the process has a call in hand."""
    calls: int = 0
    cold_starts: int = 0
    process: subprocess.Popen[bytes] | None = None
    log: list[str] = field(default_factory=list)
    port: int = 0
    _waiting: Queue[tuple[str, bytes]] = field(default_factory=Queue)
    _outcomes: Queue[tuple[str, Outcome]] = field(default_factory=Queue)
    _one_at_a_time: Lock = field(default_factory=Lock)
    _deadline_ms: int = 0
    _generation: int = 0
    """Of the process: one that died may have left a request for work behind."""

    def invoke(self, request: Received) -> Answer:
        """The Invoke API's answer to a synchronous call."""
        event = request.body.encode()
        outcome = self.meddle(event, self.call(event))
        headers = {"X-Amz-Function-Error": outcome.error} if outcome.error else {}
        return Answer(200, outcome.body.decode(), headers)

    def call(self, event: bytes) -> Outcome:
        """Have the process answer this event."""
        with self._one_at_a_time:
            self.calls += 1
            request_id = f"call-{self.calls}"
            self._deadline_ms = time.time_ns() // 1_000_000 + round(self.timeout_s * 1000)
            process = self._running()
            self._waiting.put((request_id, event))
            end_s = time.monotonic() + self.timeout_s
            while time.monotonic() < end_s:
                try:
                    answered, outcome = self._outcomes.get(timeout=_POLL_S)
                except Empty:
                    if process.poll() is not None:
                        self._forget()
                        return _failed("Runtime.ExitError", f"exit status {process.returncode}")
                    continue
                if answered == request_id:
                    return outcome
            self.kill()
            return _failed("Sandbox.Timedout", f"Task timed out after {self.timeout_s} seconds")

    def kill(self) -> None:
        """As when it runs out of memory."""
        if self.process is not None:
            self.process.kill()
            self.process.wait()
        self._forget()

    def _forget(self) -> None:
        self.process = None
        self._generation += 1
        for queue in (self._waiting, self._outcomes):
            while not queue.empty():
                queue.get()

    def _running(self) -> subprocess.Popen[bytes]:
        if self.process is None or self.process.poll() is not None:
            self._forget()
            self.cold_starts += 1
            kept = {name: value for name, value in os.environ.items() if name in ("PATH", "LANG", "HOME")}
            variables = {"AWS_LAMBDA_RUNTIME_API": f"127.0.0.1:{self.port}", "PYTHONPATH": str(ROOT)}
            self.process = subprocess.Popen(
                [sys.executable, "-m", "awslambdaric", self.handler],
                cwd=ROOT,
                env={**kept, **variables, **self.environment},
                stdout=subprocess.DEVNULL,
                stderr=subprocess.DEVNULL,
            )
        return self.process

    def next_call(self) -> tuple[str, bytes, int]:
        """The runtime asks for work: the id, the event, and until when it may take."""
        generation = self._generation
        call = self._waiting.get()
        if generation == self._generation:
            self.before()
            return *call, self._deadline_ms
        self._waiting.put(call)
        raise ConnectionAbortedError("the process that asked is dead")

    def finish(self, request_id: str, outcome: Outcome) -> None:
        """The runtime has done a call."""
        self._outcomes.put((request_id, outcome))


def _failed(kind: str, message: str) -> Outcome:
    return Outcome(json.dumps({"errorType": kind, "errorMessage": message}).encode(), "Unhandled")


class _QuietServer(ThreadingHTTPServer):
    daemon_threads = True

    def handle_error(self, request: object, client_address: object) -> None:
        """A runtime that was killed is what some of these tests are about."""


@contextmanager
def function(handler: str, environment: Mapping[str, str], timeout_s: float = 30.0) -> Iterator[LambdaFunction]:
    """A function whose process runs this handler with these variables, killed at the end."""
    made = LambdaFunction(handler, environment, timeout_s)

    class Runtime(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_GET(self) -> None:
            request_id, event, deadline_ms = made.next_call()
            headers = {
                "Lambda-Runtime-Aws-Request-Id": request_id,
                "Lambda-Runtime-Deadline-Ms": str(deadline_ms),
                "Lambda-Runtime-Invoked-Function-Arn": _ARN,
                "Content-Type": "application/json",
            }
            self._respond(200, event, headers)

        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
            call = _CALL.fullmatch(self.path)
            if call is not None:
                made.finish(call[1], Outcome(body, "Unhandled" if call[2] == "error" else ""))
            else:
                made.log.append(body.decode(errors="replace"))
            self._respond(202, b"{}", {})

        def _respond(self, status: int, body: bytes, headers: Mapping[str, str]) -> None:
            self.send_response(status)
            for name, value in {**headers, "Content-Length": str(len(body))}.items():
                self.send_header(name, value)
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, format: str, *arguments: object) -> None:  # noqa: A002
            """Says nothing."""

    with _QuietServer(("127.0.0.1", 0), Runtime) as server:
        made.port = server.server_port
        thread = Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True)
        thread.start()
        try:
            yield made
        finally:
            made.kill()
            server.shutdown()
            thread.join()
