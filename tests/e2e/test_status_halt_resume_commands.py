"""trader status, halt and resume beside an agent that trades in another process, and where there is none."""

from __future__ import annotations

import json
import subprocess
from collections.abc import Iterator
from pathlib import Path
from threading import Thread
from typing import Any

import pytest

from chalicelib import wiring
from chalicelib.domain import Side
from tests.e2e.commands import trader
from tests.support.processes import background, until

STATUS_KEYS = {
    "agent",
    "mode",
    "halted",
    "halt_reason",
    "equity",
    "cash",
    "drawdown",
    "positions",
    "pending_orders",
    "last_minute_ms",
    "reducing",
    "warming",
    "sentiment",
    "liveness",
    "feeds",
}
RUN = (
    "paper",
    "run",
    "--speed",
    "2400",  # forty minutes a second
    "--set",
    "strategy.settings.rsi_period=2",
    "--set",
    "strategy.settings.rsi_buy=55",
    "--set",
    "strategy.settings.rsi_sell=60",
    "--set",
    "strategy.settings.sentiment_buy=-1",
    "--set",
    "strategy.settings.sentiment_sell=-1",
    "--set",
    "risk.daily_loss_limit=0",
)


class Agent:
    """A running agent and the commands around it."""

    def __init__(self, home: Path) -> None:
        self.home = home

    def ask(self, *arguments: str, code: int = 0) -> subprocess.CompletedProcess[str]:
        return trader(*arguments, home=self.home, cwd=self.home.parent, code=code)

    def json(self, *arguments: str) -> Any:
        return json.loads(self.ask(*arguments, "--json").stdout)

    def minute(self) -> int:
        return int(self.json("status")["last_minute_ms"] or 0)

    def pass_minutes(self, count: int) -> None:
        target = self.minute() + count * 60_000
        until(lambda: self.minute() >= target)

    def entries(self) -> int:
        """How many entries filled, read from the store beside the agent that writes to it."""
        [database] = self.home.glob("runs/*/trader.sqlite")
        with wiring.sqlite_stores(database) as stores:
            return sum(fill.side is Side.BUY for fill in stores.journal.fills("default"))


@pytest.fixture
def agent(tmp_path: Path) -> Iterator[Agent]:
    home = tmp_path / "home"
    with background(*RUN, home=home) as process:
        assert process.stderr is not None
        Thread(target=process.stderr.read, daemon=True).start()  # a full pipe would stop it
        running = Agent(home)
        until(lambda: list(home.glob("runs/*/trader.sqlite")))
        until(lambda: running.minute() > 0)
        yield running


def test_after_a_halt_has_returned_nothing_enters_until_resume(agent: Agent) -> None:
    until(lambda: agent.entries() > 3)
    printed = agent.json("halt", "--reason", "odd prices")
    assert set(printed) == {"halted", "reason", "withdrawn", "closing", "in_flight"}
    assert (printed["halted"], printed["reason"]) == (["default"], "odd prices")
    assert {order["side"] for order in printed["closing"]} <= {"SELL"}  # an exit may have been on its way
    before = agent.entries()

    agent.pass_minutes(60)
    now = agent.json("status")
    assert set(now) == STATUS_KEYS
    assert (now["halted"], now["halt_reason"]) == (True, "odd prices")
    assert agent.entries() == before
    assert "yes: odd prices" in agent.ask("status").stdout

    assert agent.json("resume") == {"resumed": ["default"]}
    assert agent.json("status")["halted"] is False
    until(lambda: agent.entries() > before)


def test_flatten_closes_positions_and_keeps_out(agent: Agent) -> None:
    until(lambda: agent.json("status")["positions"])
    done = agent.ask("halt", "--flatten")
    assert done.stdout.startswith("halted: default\n")
    assert "halted: by hand" in done.stderr
    before = agent.entries()
    agent.pass_minutes(3)
    now = agent.json("status")
    assert (now["positions"], now["pending_orders"]) == ([], [])
    assert now["cash"] == now["equity"]
    assert agent.entries() == before
    assert agent.ask("resume").stdout == "resumed: default\n"
    until(lambda: agent.entries() > before)


@pytest.mark.parametrize("command", ["status", "halt", "resume"])
def test_where_nothing_ran_yet_one_line_says_what_to_start(command: str, tmp_path: Path) -> None:
    done = trader(command, home=tmp_path / "none", cwd=tmp_path, code=1)
    assert done.stdout == ""
    [line] = done.stderr.splitlines()
    assert line.startswith("trader: no agent has run here yet")
    assert "trader paper run" in line
    assert not (tmp_path / "none").exists()


def test_agents_are_named_halted_and_resumed_one_by_one(tmp_path: Path) -> None:
    shop = Agent(tmp_path / "home")
    for name in ("one", "two"):
        shop.ask("paper", "run", "--ticks", "5", "--speed", "max", "--set", f"agent.id={name}")
    assert shop.json("status")["agent"] == "two"  # the one started last
    assert shop.json("halt", "--agent", "one")["halted"] == ["one"]
    assert shop.json("status", "--agent", "one")["halted"]
    assert not shop.json("status", "--agent", "two")["halted"]
    assert sorted(shop.json("halt")["halted"]) == ["one", "two"]
    assert shop.json("status", "--agent", "one")["halt_reason"] == "by hand"
    assert sorted(shop.json("resume")["resumed"]) == ["one", "two"]
    assert not shop.json("status", "--agent", "one")["halted"]
    for command in ("status", "halt", "resume"):
        done = shop.ask(command, "--agent", "three", code=1)
        assert done.stderr.startswith("trader: agent three has not run here yet")
