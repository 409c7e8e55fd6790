"""trader decide: what a simulated run would do next, and every input behind it."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from tests.e2e.commands import trader

KEYS = {
    "agent_id",
    "symbol",
    "minute_ms",
    "candle",
    "snapshot",
    "sentiment",
    "signals",
    "in_position",
    "action",
    "outcome",
    "reason",
    "quantity",
    "equity",
    "config_hash",
    "rule",
    "error",
    "decided_ms",
    "conditions",
    "reads_sentiment",
    "headlines",
    "bar",
    "inputs",
}


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("decide")
    run = ("paper", "run", "--ticks", "60", "--speed", "max", "--symbol", "ETHUSDT,BTCUSDT")
    trader(*run, home=folder, cwd=folder)
    return folder


@pytest.mark.parametrize("options", [(), ("--dry-run",)])
def test_it_judges_the_newest_stored_minute_and_repeats_itself(options: tuple[str, ...], home: Path) -> None:
    first, second = (trader("decide", *options, "--json", home=home, cwd=home).stdout for _ in range(2))
    assert first == second
    decisions = json.loads(first)
    assert [decision["symbol"] for decision in decisions] == ["ETHUSDT", "BTCUSDT"]
    status = json.loads(trader("status", "--json", home=home, cwd=home).stdout)
    for decision in decisions:
        assert set(decision) == KEYS
        assert decision["minute_ms"] == status["last_minute_ms"]
        assert decision["candle"]["close"] > 0.0
        assert decision["snapshot"]["rsi"] is not None
        assert decision["equity"] == status["equity"]
        assert decision["conditions"][0].startswith("rsi ")
        named = [(headline["id"], headline["score"]) for headline in decision["headlines"]]
        assert named == [tuple(pair) for pair in decision["sentiment"]["evidence"]]
        assert all(headline["title"] for headline in decision["headlines"])


def test_one_symbol_is_shown_with_its_facts(home: Path) -> None:
    done = trader("decide", "--symbol", "ETHUSDT", home=home, cwd=home)
    facts = dict(line.split("\t") for line in done.stdout.splitlines())
    assert facts["symbol"] == "ETHUSDT"
    assert {"would", "rsi", "sentiment", "headlines", "equity", "config"} <= set(facts)
    assert facts["condition 1"].endswith((": yes", ": no"))
    assert facts["headline 1"].partition(": ")[2]


def test_a_symbol_that_is_not_traded_is_wrong_usage_naming_those_that_are(home: Path) -> None:
    done = trader("decide", "--symbol", "XRPUSDT", home=home, cwd=home, code=2)
    assert "--symbol XRPUSDT: the agent trades ETHUSDT, BTCUSDT" in done.stderr
    assert done.stdout == ""


def test_a_halt_is_seen(home: Path) -> None:
    trader("halt", home=home, cwd=home)
    outcomes = {decision["outcome"] for decision in json.loads(trader("decide", "--json", home=home, cwd=home).stdout)}
    trader("resume", home=home, cwd=home)
    assert outcomes <= {"halted", "nothing wanted"}


def test_a_dry_run_without_anything_stored_is_one_line(tmp_path: Path) -> None:
    done = trader("decide", "--dry-run", home=tmp_path / "none", cwd=tmp_path, code=1)
    [line] = done.stderr.splitlines()
    assert line.startswith("trader: agent default has nothing stored to judge from")


def test_without_a_run_and_without_a_network_it_is_one_line(tmp_path: Path) -> None:
    (tmp_path / "agent.toml").write_text('[exchange]\nbase_url = "http://127.0.0.1:1"\n', "utf-8")
    done = trader("decide", home=tmp_path / "none", cwd=tmp_path, code=1)
    assert len(done.stderr.splitlines()) == 1
    assert not (tmp_path / "none").exists()
