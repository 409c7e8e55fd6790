"""From nothing to a trading agent on the local AWS, by `make stack` alone; then a halt, then `make stack-down`.

One test, since it is one journey: two to three minutes by the clock, nearly all of it waiting for schedules.
"""

from __future__ import annotations

import json
import os
import stat
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from typing import Any

import pytest
import requests

from chalicelib.adapters.lambda_waker import wake_event
from chalicelib.domain import MINUTE_MS
from infra.account import LOCAL_REGION
from tests.e2e.commands import ROOT
from tests.e2e.exchange import exchange_time_ms, simulated_exchange
from tests.fakes.web_server import WebServer, serving
from tests.support.emulator import Emulator, free_port

THREE_MINUTES_S = 180.0
ONE_MINUTE_S = 60.0
SLACK_S = 30.0
"""A schedule's first minute starts when it is made; candles close at the full minute; two cores are shared."""
EAGER = """
[strategy]
rsi_period = 14
rsi_buy = 99
rsi_sell = 100
sentiment_buy = -1
sentiment_sell = -1
[risk]
stop_loss = 0.00001
take_profit = 0.00001
"""
"""Enters at any price and is out within the minute, so that it always wants the next entry."""


class Stack:
    """`make stack` with everything of its own: folder, port, settings and webhook."""

    def __init__(self, folder: Path, config: Path, webhook_url: str) -> None:
        self.folder = folder
        self.aws = Emulator(f"http://127.0.0.1:{free_port()}")
        self._config = config
        self._webhook_url = webhook_url
        self._told: dict[str, str] = {}

    def command(self, target: str) -> list[str]:
        own = (f"STACK_FOLDER={self.folder}", f"STACK_FILE={self.folder / 'stack.json'}")
        return ["make", target, f"CONFIG={self._config}", *own]

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
        headers = {"Authorization": f"Bearer {self._told[token]}"} if token else {}
        return requests.request(method, f"{self._told['url']}{route}", headers=headers, timeout=30, json=given or None)

    def get(self, route: str) -> dict[str, Any]:
        answer = self.call("GET", route, "viewer_token")
        assert answer.status_code == 200, answer.text
        found = answer.json()
        assert isinstance(found, dict)
        return found

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


@pytest.mark.slow
def test_a_stack_trades_by_itself_until_it_is_halted(tmp_path: Path) -> None:
    with (
        simulated_exchange(tmp_path / "exchange", "--seed", "5") as market_url,
        serving() as webhook,
    ):
        config = tmp_path / "agent.toml"
        config.write_text(
            f'{EAGER}\n[exchange]\nbase_url = "{market_url}"\n[news]\nfeeds = ["{market_url}/news.rss"]\n', "utf-8"
        )
        stack = Stack(tmp_path / "stack", config, f"{webhook.url}/hook")
        with afterwards(stack.command("stack-down"), stack.environment()):
            journey(stack, webhook, market_url)
    assert not answers(stack.aws.url)
    assert {path.name for path in stack.folder.iterdir()} <= {"app.log", "emulator.log"}
    assert "nothing runs" in stack.make("stack-down")


def journey(stack: Stack, webhook: WebServer, market_url: str) -> None:
    it_is_deployed(stack)
    deadline = time.monotonic() + THREE_MINUTES_S + SLACK_S
    it_answers_only_whom_it_should(stack)
    it_fills_every_table(stack, deadline)
    it_trades(stack, deadline)
    it_halts(stack, webhook)
    it_stays_halted(stack, market_url)


def it_is_deployed(stack: Stack) -> None:
    output = stack.up()
    file = stack.folder / "stack.json"
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    told = json.loads(file.read_text("utf-8"))
    assert set(told) == {"url", "viewer_token", "operator_token"}
    assert told["viewer_token"] not in output
    assert told["operator_token"] not in output
    assert "127.0.0.1:" in output


def it_answers_only_whom_it_should(stack: Stack) -> None:
    assert stack.call("GET", "health").status_code == 200
    assert stack.call("GET", "status").status_code == 401
    assert stack.call("POST", "halt", "viewer_token", reason="no").status_code == 403
    assert stack.get("status")["halted"] is False
    for method, route in (("GET", "nothing"), ("DELETE", "status")):  # API Gateway's own answer, in our form
        refused = stack.call(method, route)
        assert (refused.status_code, refused.json()) == (404, {"error": "no such route"})


def it_fills_every_table(stack: Stack, deadline: float) -> None:
    """With no hand touching anything. Minutes are in the agent's item, in money, until that outgrows a write unit."""
    for table in ("candles", "indicators", "money", "news"):
        stack.wait_for(table, partial(stack.rows, table), deadline)
    stack.wait_for("decisions", lambda: stack.get("decisions")["decisions"], deadline)
    stack.wait_for(
        "a decision by scored news", lambda: any(map(evidence, stack.get("decisions")["decisions"])), deadline
    )


def evidence(decision: dict[str, Any]) -> object:
    """The headlines behind it."""
    return decision["sentiment"]["evidence"]


def it_trades(stack: Stack, deadline: float) -> None:
    stack.wait_for("a trade", lambda: stack.get("trades")["trades"], deadline)
    assert "trader_equity" in stack.call("GET", "metrics", "viewer_token").text
    assert stack.get("equity")["equity"]


def it_halts(stack: Stack, webhook: WebServer) -> None:
    answer = stack.call("POST", "halt", "operator_token", reason="end of the journey", flatten=False)
    assert answer.status_code == 200, answer.text
    assert stack.get("status")["halted"] is True
    within_s = time.monotonic() + SLACK_S
    stack.wait_for("the alert", lambda: [each for each in webhook.received if "journey" in each.body], within_s)


def it_stays_halted(stack: Stack, market_url: str) -> None:
    """Minutes go on and are recorded, and none of them enters. Woken by hand: the schedules have been seen to work."""
    halted_minute_ms = stack.get("status")["last_minute_ms"]
    next_close_ms = (exchange_time_ms(market_url) // MINUTE_MS + 1) * MINUTE_MS
    deadline = time.monotonic() + ONE_MINUTE_S + SLACK_S
    stack.wait_for("the next close", lambda: exchange_time_ms(market_url) > next_close_ms, deadline)
    stack.wake("fetch_klines")
    stack.wait_for(
        "the minutes after the halt",
        lambda: stack.get("status")["last_minute_ms"] > halted_minute_ms,
        time.monotonic() + 2 * ONE_MINUTE_S + SLACK_S,
    )
    later = [each for each in stack.get("decisions?limit=50")["decisions"] if each["minute_ms"] > halted_minute_ms]
    assert later
    assert not [each for each in later if each["outcome"] == "ordered"], later
    assert stack.get("status")["pending_orders"] == []


def answers(url: str) -> bool:
    try:
        requests.get(url, timeout=2)
    except requests.RequestException:
        return False
    return True
