"""Lambdas in processes of their own: several warm ones take the events that wait, in an order drawn from a seed."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from queue import Queue
from threading import Thread
from typing import Any

from tests.support.served_aws import Turns, served_aws

ROOT = Path(__file__).resolve().parents[2]
SLEEPER = "sleeper"
PATIENCE_S = 60.0

Job = dict[str, Any]
"""A line for the worker: {"function", "event"} or a request."""


@dataclass(frozen=True, slots=True)
class Ended:
    """A job and what became of it."""

    job: Job
    answer: dict[str, Any]


class Lambdas:
    """As Lambda: it hands what waits to whichever process is idle."""

    def __init__(self) -> None:
        self._events: Queue[tuple[str, dict[str, Any] | None]] = Queue()
        """What a process answered, None when it fell asleep."""
        self.turns = Turns(lambda name: self._events.put((name, None)))
        self._processes: dict[str, subprocess.Popen[str]] = {}
        self._idle: list[str] = []
        self._jobs: dict[str, Job] = {}
        self._lulling: str | None = None
        self.asleep: str | None = None
        """The function in whose midst the sleeper sleeps."""

    def run(self, waiting: list[Job], ended: Callable[[Ended], None]) -> None:
        """Run all that waits, and what `ended` adds to that, until there is nothing left and nobody runs."""
        self._idle = [name for name in self._processes if name in self._idle]  # whoever was done first before
        self._hand_out(waiting)
        while len(self._jobs) > (self.asleep is not None):
            name, answer = self._events.get(timeout=PATIENCE_S)
            job = self._jobs[name]
            if answer is None:
                self.asleep, self._lulling = str(job["function"]), None
                continue
            del self._jobs[name]
            ended(Ended(job, answer))
            if name != SLEEPER:
                self._idle.append(name)
            self._hand_out(waiting)
            if name not in self._jobs:
                self.turns.end(name)

    def lull(self, function: str | None) -> None:
        """The next events of this function get one more process each, until one of those falls asleep over a write."""
        self._lulling = function
        self.turns.lull(None if function is None else SLEEPER)

    def wake(self) -> None:
        """Have the sleeper go on; `run` sees it to its end."""
        self.asleep = None
        self.turns.wake()

    def _hand_out(self, waiting: list[Job]) -> None:
        started: dict[str, Job] = {}
        while waiting and self._idle:
            job = waiting.pop(0)
            started[self._idle.pop(0)] = job
            if "function" in job and job["function"] == self._lulling and SLEEPER not in self._jobs:
                started[SLEEPER] = job
        self._jobs |= started
        self.turns.begin(started)
        for name, job in started.items():
            given = self._processes[name].stdin
            assert given is not None
            given.write(json.dumps(job) + "\n")
            given.flush()

    @contextmanager
    def started(self, names: tuple[str, ...], plant: str | None = None) -> Iterator[None]:
        """With processes of these names beside the sleeper."""
        with ExitStack() as stack:
            address = stack.enter_context(served_aws(self.turns))
            for name in (*names, SLEEPER):
                self._processes[name] = _process(name, address, plant)
                stack.callback(_end, self._processes[name])
            for name, process in self._processes.items():
                assert process.stdout is not None
                assert json.loads(process.stdout.readline()) == {"ready": True}
                Thread(target=self._listen, args=(name, process), daemon=True).start()
            self._idle = list(names)
            yield

    def _listen(self, name: str, process: subprocess.Popen[str]) -> None:
        assert process.stdout is not None
        for line in process.stdout:
            self._events.put((name, json.loads(line)))


def _process(name: str, address: str, plant: str | None) -> subprocess.Popen[str]:
    services = {f"AWS_ENDPOINT_URL_{service}": address for service in ("DYNAMODB", "SSM", "SNS")}
    return subprocess.Popen(
        [sys.executable, "-m", "tests.support.lambda_worker", *([] if plant is None else [plant])],
        cwd=ROOT,
        env={**os.environ, **services, "AWS_ACCESS_KEY_ID": name, "PYTHONHASHSEED": "0"},
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )


def _end(process: subprocess.Popen[str]) -> None:
    process.kill()
    process.wait(10)
    for pipe in (process.stdin, process.stdout):
        assert pipe is not None
        pipe.close()
