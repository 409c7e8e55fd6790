"""One function's process as Lambda keeps it: started cold, invoked again and again, its clocks where they are put.

python -m tests.support.metering_worker: the first line says what importing the entry points took (`init_ms`); then for
each line {"function", "event", "now_ms"} on standard input one line {"cpu_ms", "log_bytes", "used_mb", "answer"}.
"""

from __future__ import annotations

import io
import json
import re
import sys
import time
from pathlib import Path
from typing import Any, TextIO

LOG_EVENT_BYTES = 26
"""What CloudWatch bills for each line beside its text."""


class Clocks:
    """Every clock of this process, standing where it is put: what is metered then is the same each time."""

    def __init__(self, now_ms: int) -> None:
        self._now_ms = now_ms
        time.time_ns = time.monotonic_ns = lambda: self._now_ms * 1_000_000
        time.time = time.monotonic = lambda: self._now_ms / 1000.0

    def put(self, now_ms: int) -> None:
        self._now_ms = now_ms


class Log(io.TextIOBase):
    """Standard output as CloudWatch counts it."""

    def __init__(self) -> None:
        self.bytes = 0

    def write(self, text: str) -> int:
        self.bytes += len(text.encode()) + LOG_EVENT_BYTES * text.count("\n")
        return len(text)


def main(asked: TextIO, answers: TextIO) -> None:
    """Serve until the input ends."""
    clocks, log = Clocks(int(sys.argv[1])), Log()
    sys.stdout = log
    started_s = time.process_time()
    import app

    init_ms = (time.process_time() - started_s) * 1000.0
    from chalice.test import Client  # what stands in for Lambda's own runtime

    client = Client(app.app)
    _say(answers, {"init_ms": init_ms})
    for line in asked:
        given: dict[str, Any] = json.loads(line)
        clocks.put(given["now_ms"])
        logged, started_s = log.bytes, time.process_time()
        answer = _invoke(client, given["function"], given["event"])
        cpu_ms = (time.process_time() - started_s) * 1000.0
        told = {"cpu_ms": cpu_ms, "log_bytes": log.bytes - logged, "used_mb": _used_mb(), "answer": answer}
        _say(answers, told)


def _invoke(client: Any, function: str, event: dict[str, Any]) -> object:
    if function == "api":
        response = client.http.request(event["method"], event["path"], headers=event["headers"])
        return {"status": response.status_code, "bytes": len(response.body)}
    return client.lambda_.invoke(function, event).payload


def _used_mb() -> float:
    """The most memory that this process ever had; getrusage would tell that of the one who started it."""
    found = re.search(r"VmHWM:\s+(\d+) kB", Path("/proc/self/status").read_text())
    return int(found[1]) / 1024.0 if found else 0.0


def _say(answers: TextIO, told: object) -> None:
    answers.write(json.dumps(told) + "\n")
    answers.flush()


if __name__ == "__main__":
    main(sys.stdin, sys.stdout)
