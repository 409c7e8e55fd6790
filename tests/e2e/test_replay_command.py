"""trader replay: what real processes recorded is decided again, and what was tampered with is named."""

from __future__ import annotations

import json
import sqlite3
from pathlib import Path

import pytest

from tests.e2e.commands import trader
from tests.e2e.exchange import generated, record_of, running, simulated_exchange, write_config

RUN = ("paper", "run", "--speed", "max", "--ticks")
SYMBOLS = ("BTCUSDT", "ETHUSDT")


def store(home: Path) -> Path:
    [path] = (home / "runs").glob("*/trader.sqlite")
    return path


def tampered(home: Path, sql: str) -> None:
    with sqlite3.connect(store(home)) as database:
        assert database.execute(sql).rowcount > 0
    database.close()


def facts(stdout: str) -> dict[str, str]:
    return dict(line.split("\t")[:2] for line in stdout.splitlines() if "\t" in line)


@pytest.fixture
def home(tmp_path: Path) -> Path:
    trader(*RUN, "300", home=tmp_path, cwd=tmp_path)
    return tmp_path


def test_a_paper_run_replays_clean(home: Path) -> None:
    found = facts(trader("replay", home=home, cwd=home).stdout)
    assert (found["minutes"], found["decisions"], found["indicator values"]) == ("300", "300", "1800")
    assert int(found["fills"]) > 0
    assert found["differences"] == "0"


@pytest.mark.parametrize(
    "span", [("--from", "2025-06-01", "--to", "2025-06-02"), ("--to", "2024-12-31"), ("--from", "2031")]
)
def test_a_range_without_a_minute_is_refused_naming_where_the_minutes_are(home: Path, span: tuple[str, ...]) -> None:
    for form in ((), ("--json",)):
        done = trader("replay", *span, *form, home=home, cwd=home, code=1)
        [line] = done.stderr.splitlines()
        assert line.startswith("trader: nothing was replayed: no minute lies in the range of --")
        assert line.endswith("there is default from 2025-01-01 00:00:00Z to 2025-01-01 04:59:00Z")
        assert done.stdout == ""


def test_a_record_that_was_changed_is_named_and_the_exit_code_is_1(home: Path) -> None:
    tampered(home, "UPDATE decision SET body = json_set(body, '$.snapshot.rsi', 29.9) WHERE number = 151")
    done = trader("replay", home=home, cwd=home, code=1)
    [line] = done.stderr.splitlines()
    assert line.startswith("trader: default: minute 2025-01-01T02:30Z, BTCUSDT: rsi stored 29.9, recomputed ")
    assert facts(done.stdout)["differences"] != "0"
    [told] = json.loads(trader("replay", "--json", home=home, cwd=home, code=1).stdout)["agents"]
    assert told["first"]["what"] == "rsi"
    assert told["first"]["minute_ms"] == 1_735_698_600_000
    earlier = ("replay", "--to", "2025-01-01T02:29")
    assert facts(trader(*earlier, home=home, cwd=home).stdout)["minutes"] == "150"


def test_a_run_is_replayed_by_its_id_after_the_agent_went_on_to_another(home: Path) -> None:
    run = facts(trader("replay", home=home, cwd=home).stdout)["run"]
    trader(*RUN, "20", "--set", "strategy.settings.rsi_period=5", home=home, cwd=home)
    assert facts(trader("replay", home=home, cwd=home).stdout)["minutes"] == "20"
    done = trader("replay", "--run", run, home=home, cwd=home)
    assert (facts(done.stdout)["minutes"], facts(done.stdout)["run"]) == ("300", run)


def test_settings_stand_in_for_rules_that_are_not_kept(home: Path) -> None:
    run = facts(trader("replay", home=home, cwd=home).stdout)["run"]
    trader(*RUN, "20", "--set", "strategy.settings.rsi_period=5", home=home, cwd=home)
    for path in (home / "runs" / run / "rules").iterdir():
        path.unlink()
    (home / "agent.toml").write_text("", "utf-8")
    refused = trader("replay", "--run", run, home=home, cwd=home, code=1)
    assert refused.stderr == (
        "trader: agent default: the run keeps no rules that it was decided by; name its settings by --config\n"
    )
    assert trader("replay", "--run", run, "--config", "agent.toml", home=home, cwd=home).returncode == 0
    other = ("replay", "--run", run, "--config", "agent.toml", "--set", "strategy.settings.rsi_buy=25")
    assert "config hash stored" in trader(*other, home=home, cwd=home, code=1).stderr


def test_what_cannot_be_replayed_is_one_line(tmp_path: Path) -> None:
    assert "no agent has run here yet" in trader("replay", home=tmp_path, cwd=tmp_path, code=1).stderr
    for run in ("sim-01234567", "../runs", ""):
        [line] = trader("replay", "--run", run, home=tmp_path, cwd=tmp_path, code=1).stderr.splitlines()
        assert line.startswith(f"trader: run {run}: not found under")
    backwards = ("replay", "--from", "2025-01-02", "--to", "2025-01-01")
    assert "--from lies after --to" in trader(*backwards, home=tmp_path, cwd=tmp_path, code=2).stderr


def test_minutes_in_real_time_replay_clean_through_faults_halts_and_other_settings(tmp_path: Path) -> None:
    config = tmp_path / "agent.toml"
    run = ("paper", "run", "--market", "binance", "--config", str(config))
    faults = "error=0.1,429=0.03:1s,missing=0.02:20s,duplicate=0.1,delay=0.1:200ms"
    with simulated_exchange(tmp_path, *generated(faults=faults)) as url:
        write_config(config, url, SYMBOLS, [f"{url}/news.rss"])
        with running(tmp_path, *run) as agent:
            agent.wait_until(lambda: len(record_of(tmp_path).equity) >= 5 and bool(record_of(tmp_path).fills), 60.0)
            trader("halt", "--flatten", home=tmp_path, cwd=tmp_path)
            halted = len(record_of(tmp_path).equity)
            agent.wait_until(lambda: len(record_of(tmp_path).equity) >= halted + 2, 60.0)
            trader("replay", home=tmp_path, cwd=tmp_path)  # while it goes on
            trader("resume", home=tmp_path, cwd=tmp_path)
            agent.interrupt()
        config.write_text(config.read_text("utf-8").replace("rsi_period = 2", "rsi_period = 3"), "utf-8")
        with running(tmp_path, *run) as agent:
            resumed = len(record_of(tmp_path).equity)
            agent.wait_until(lambda: len(record_of(tmp_path).equity) >= resumed + 5, 60.0)
            agent.interrupt()
    done = trader("replay", "--json", home=tmp_path, cwd=tmp_path)
    [told] = json.loads(done.stdout)["agents"]
    assert told["differing"] == 0
    assert told["decisions"] == 2 * told["minutes"]
    assert told["sentiments"] > 0
    assert told["indicator_values"] > 6 * told["minutes"]
    assert len({decision.config_hash for decision in record_of(tmp_path).decisions}) == 2
