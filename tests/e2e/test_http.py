"""A run in a real process, watched and halted over real HTTP and by the commands that speak it."""

from __future__ import annotations

import json
import signal
import socket
import stat
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import requests

from tests.e2e.commands import COMMAND, environment, trader
from tests.e2e.exchange import Command, running
from tests.e2e.test_status_halt_resume_commands import RUN
from trader.sim.server import bind


def free_port() -> int:
    """One that was free a moment ago."""
    with bind(0) as listener:
        return int(listener.getsockname()[1])


class Served:
    """A running agent and its address."""

    def __init__(self, home: Path, port: int, command: Command) -> None:
        self.home = home
        self.port = port
        self.url = f"http://127.0.0.1:{port}"
        self.command = command
        command.wait_until(self.answers)
        tokens = json.loads((home / "tokens.json").read_text("utf-8"))
        self.viewer, self.operator = tokens["viewer_token"], tokens["operator_token"]

    def answers(self) -> bool:
        try:
            return requests.get(f"{self.url}/health", timeout=5).text == '{"status":"ok"}'
        except requests.ConnectionError:
            return False

    def get(self, path: str, **query: str) -> Any:
        headers = {"Authorization": f"Bearer {self.viewer}"}
        answer = requests.get(self.url + path, query, headers=headers, timeout=10)
        assert answer.status_code == 200, answer.text
        return answer.json()

    def post(self, path: str, body: object) -> Any:
        headers = {"Authorization": f"Bearer {self.operator}"}
        answer = requests.post(self.url + path, json=body, headers=headers, timeout=10)
        assert answer.status_code == 200, answer.text
        return answer.json()

    def minute(self) -> int:
        return int(self.get("/status")["last_minute_ms"] or 0)

    def entered(self) -> set[int]:
        """Minutes in which an entry was ordered."""
        rows = self.get("/decisions", limit="1000")["decisions"]
        return {row["minute_ms"] for row in rows if row["action"] == "enter" and row["outcome"] == "ordered"}

    def pass_minutes(self, count: int) -> None:
        target = self.minute() + count * 60_000
        self.command.wait_until(lambda: self.minute() >= target)


@pytest.fixture
def served(tmp_path: Path) -> Iterator[Served]:
    port = free_port()
    with running(tmp_path, *RUN, "--port", str(port)) as command:
        yield Served(tmp_path, port, command)


def test_a_run_is_watched_halted_and_resumed_over_http(served: Served) -> None:
    served.command.wait_until(lambda: len(served.entered()) > 3)
    assert served.get("/trades")["trades"]
    assert served.get("/equity", limit="2")["next"]
    done = served.post("/halt", {"reason": "odd prices"})
    assert (done["halted"], done["in_flight"]) == (["default"], [])
    assert served.post("/halt", {"reason": "odd prices"})["halted"] == ["default"]
    halted_ms = served.minute()
    served.pass_minutes(60)
    now = served.get("/status")
    assert (now["halted"], now["halt_reason"]) == (True, "odd prices")
    assert [minute for minute in served.entered() if minute > halted_ms] == []

    assert served.post("/resume", {"confirm": "default"}) == {"resumed": ["default"]}
    served.command.wait_until(lambda: any(minute > halted_ms for minute in served.entered()))
    summary = served.command.interrupt()
    assert "agent\tdefault" in summary
    assert f"http://127.0.0.1:{served.port} (tokens in {served.home}/tokens.json)" in served.command.said()


def test_the_commands_do_over_http_what_they_do_locally(served: Served) -> None:
    served.command.wait_until(lambda: served.minute() > 0)

    def ask(*arguments: str, token: str = "", code: int = 0) -> Any:
        done = trader(
            *arguments, "--url", served.url, "--token", token or served.operator, home=served.home / "none", code=code
        )
        return done if code else json.loads(done.stdout)

    there, here = ask("status", "--json"), json.loads(trader("status", "--json", home=served.home).stdout)
    assert there.keys() == here.keys()
    assert ask("halt", "--flatten", "--json", "--reason", "odd").keys() >= {"halted", "withdrawn", "closing"}
    served.pass_minutes(2)
    now = ask("status", "--json")
    assert (now["halt_reason"], now["positions"], now["pending_orders"]) == ("odd", [], [])
    assert ask("resume", "--json") == {"resumed": ["default"]}
    assert not json.loads(trader("status", "--json", home=served.home).stdout)["halted"]

    refused = ask("halt", token=served.viewer, code=1)
    assert refused.stderr == f"trader: {served.url}/halt answers 403: this needs the operator token\n"
    for done in (ask("status", token="wrong", code=1), ask("status", "--agent", "nobody", code=1)):
        assert len(done.stderr.splitlines()) == 1
        assert served.operator not in done.stderr + done.stdout


def test_the_token_may_stand_in_the_environment_and_is_needed(tmp_path: Path) -> None:
    def ask(*arguments: str, **variables: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            [COMMAND, "status", *arguments],
            env=environment(tmp_path, **variables),
            cwd=tmp_path,
            capture_output=True,
            text=True,
            check=False,
        )

    dead = ask("--url", "http://127.0.0.1:1", TRADER_TOKEN="hush")
    assert (dead.returncode, dead.stderr) == (1, "trader: http://127.0.0.1:1/status: cannot be reached\n")
    without = ask("--url", "http://127.0.0.1:1")
    assert without.returncode == 1
    assert "TRADER_TOKEN" in without.stderr
    assert ask("--token", "hush").returncode == 2


def test_a_busy_port_is_one_line_and_the_run_goes_on(tmp_path: Path) -> None:
    with bind(0) as listener:
        port = str(listener.getsockname()[1])
        done = trader("paper", "run", "--speed", "max", "--ticks", "20", "--port", port, home=tmp_path)
    [line] = done.stderr.splitlines()
    assert line.startswith(f"http: port {port} on 127.0.0.1 cannot be used")
    assert "minutes\t20\n" in done.stdout


def test_damaged_tokens_are_one_line_and_the_run_is_served_all_the_same(tmp_path: Path) -> None:
    (tmp_path / "tokens.json").write_text("{", "utf-8")
    (tmp_path / "tokens.json").chmod(0o600)
    done = trader("paper", "run", "--speed", "max", "--ticks", "20", "--port", str(free_port()), home=tmp_path)
    damaged, where = done.stderr.splitlines()
    assert "tokens.json: must be a JSON object" in damaged
    assert "`trader halt` works" in damaged
    assert where.startswith("http://127.0.0.1:")  # served all the same: it may be mended meanwhile


def test_simulated_time_is_not_served_unless_asked_for(tmp_path: Path) -> None:
    done = trader("paper", "run", "--speed", "max", "--ticks", "5", home=tmp_path)
    assert done.stderr == ""
    assert not (tmp_path / "tokens.json").exists()


def test_a_killed_run_is_served_again_with_the_same_tokens(tmp_path: Path) -> None:
    port = free_port()
    with running(tmp_path, *RUN, "--port", str(port)) as command:
        first = Served(tmp_path, port, command)
        first.post("/halt", {})
        command.process.send_signal(signal.SIGKILL)
        command.process.wait()
    with running(tmp_path, *RUN, "--port", str(port)) as command:
        again = Served(tmp_path, port, command)
        assert again.operator == first.operator
        assert again.get("/status")["halted"]
        command.interrupt()
    assert stat.S_IMODE((tmp_path / "tokens.json").stat().st_mode) == 0o600


def test_clients_that_misbehave_disturb_nobody(served: Served) -> None:
    hanging = [socket.create_connection(("127.0.0.1", served.port), timeout=5) for _ in range(5)]
    try:
        hanging[0].sendall(b"POST /halt HTTP/1.1\r\nHost: x\r\nContent-Length: 4000\r\n\r\n{")
        hanging[1].sendall(b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc" * 100)  # TLS, which is not spoken here
        hanging[2].sendall(b"GET /" + b"x" * 100_000 + b" HTTP/1.1\r\nHost: x\r\n\r\n")
        hanging[3].sendall(b"GET /status HTTP/1.1\r\nHost: x\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n\r\n")
        headers = {"Authorization": f"Bearer {served.operator}"}
        huge = requests.post(f"{served.url}/halt", data=b"x" * 5_000_000, headers=headers, timeout=10)
        assert huge.status_code == 413
        served.pass_minutes(10)
        assert served.answers()
        assert not served.get("/status")["halted"]
    finally:
        for connection in hanging:
            connection.close()
    served.pass_minutes(10)
    served.command.interrupt()
    assert all("Error" not in line for line in served.command.said().splitlines())
