"""`make stack` as a test runs it, and what can be asked of what it started."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import requests

from chalicelib.adapters.lambda_waker import wake_event
from infra.account import LOCAL_REGION
from infra.rest_api import RATE_PER_S
from tests.e2e.commands import ROOT
from tests.support.emulator import Emulator, free_port

PAUSE_S = 1 / RATE_PER_S
"""From one call of the API to the next, so that it refuses none as too many."""


class Stack:
    """`make stack` with everything of its own: folder, port, settings and webhook."""

    def __init__(self, folder: Path, configs: Sequence[Path], webhook_url: str) -> None:
        self.folder = folder
        self.aws = Emulator(f"http://127.0.0.1:{free_port()}")
        self._configs = configs
        self._webhook_url = webhook_url
        self._told: dict[str, str] = {}
        self._next_call_s = 0.0

    def command(self, target: str) -> list[str]:
        own = (f"STACK_FOLDER={self.folder}", f"STACK_FILE={self.folder / 'stack.json'}")
        return ["make", target, f"CONFIG={','.join(map(str, self._configs))}", *own]

    def environment(self) -> dict[str, str]:
        kept = {name: value for name, value in os.environ.items() if not name.startswith(("MAKE", "AWS_", "TRADER_"))}
        return {**kept, "AWS_ENDPOINT_URL": self.aws.url, "TRADER_WEBHOOK": self._webhook_url}

    def make(self, target: str) -> str:
        """What it says; it must succeed."""
        done = subprocess.run(
            self.command(target),
            cwd=ROOT,
            env=self.environment(),
            capture_output=True,
            text=True,
            check=False,
            timeout=240,
        )
        assert done.returncode == 0, f"{done.stdout[-2000:]}\n{done.stderr[-2000:]}\n{self.said()}"
        assert "Traceback" not in done.stdout + done.stderr
        return done.stdout + done.stderr

    def up(self) -> str:
        output = self.make("stack")
        self._told = json.loads((self.folder / "stack.json").read_text("utf-8"))
        return output

    def said(self) -> str:
        """The end of the emulator's log."""
        log = self.folder / "emulator.log"
        return log.read_text("utf-8", "replace")[-2000:] if log.exists() else ""

    def call(self, method: str, route: str, token: str = "", **given: object) -> requests.Response:
        time.sleep(max(0.0, self._next_call_s - time.monotonic()))
        self._next_call_s = time.monotonic() + PAUSE_S
        headers = {"Authorization": f"Bearer {self._told[token]}"} if token else {}
        return requests.request(method, f"{self._told['url']}{route}", headers=headers, timeout=30, json=given or None)

    def get(self, route: str) -> dict[str, Any]:
        answer = self.call("GET", route, "viewer_token")
        assert answer.status_code == 200, answer.text
        found = answer.json()
        assert isinstance(found, dict)
        return found

    def post(self, route: str, **given: object) -> dict[str, Any]:
        answer = self.call("POST", route, "operator_token", **given)
        assert answer.status_code == 200, answer.text
        done = answer.json()
        assert isinstance(done, dict)
        return done

    def rows(self, table: str) -> list[dict[str, Any]]:
        """What is in a table, in DynamoDB's own form."""
        found = self.aws.client("dynamodb").scan(TableName=f"ai-trader-local-{table}")["Items"]
        assert isinstance(found, list)
        return found

    def wait_for(self, what: str, condition: Callable[[], object], until: float) -> None:
        while not condition():
            assert time.monotonic() < until, f"{what}: not in time\n{self.said()}"
            time.sleep(0.5)

    def wake(self, function: str) -> None:
        """As its schedule does."""
        event = wake_event(function, time.time_ns() // 1_000_000, LOCAL_REGION)
        self.aws.client("lambda").invoke(
            FunctionName=f"ai-trader-local-{function}", InvocationType="Event", Payload=json.dumps(event)
        )


@contextmanager
def afterwards(command: list[str], environment: dict[str, str]) -> Iterator[None]:
    """Run the command at the end of the block, or when this process ends before that, however it ends."""
    wait_and_run = "import subprocess, sys; sys.stdin.read(); sys.exit(subprocess.run(sys.argv[1:]).returncode)"
    waiting = subprocess.Popen(
        [sys.executable, "-c", wait_and_run, *command],
        cwd=ROOT,
        env=environment,
        stdin=subprocess.PIPE,
        stdout=subprocess.DEVNULL,
        start_new_session=True,
    )
    try:
        yield
    finally:
        waiting.communicate(timeout=120)
    assert waiting.returncode == 0


def answers(url: str) -> bool:
    try:
        requests.get(url, timeout=2)
    except requests.RequestException:
        return False
    return True
