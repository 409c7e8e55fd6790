"""trader check-lookahead and check-recursion in real processes: clean on the kernel, loud on whatever peeks."""

from __future__ import annotations

import csv
import json
import os
import subprocess
from pathlib import Path

import pytest

from tests.e2e.commands import COMMAND, environment, trader
from tests.e2e.test_paper_run_command import candle_file
from tests.support.markets import START_MS, wave

RULES = (
    "strategy.settings.rsi_period=3",
    "strategy.settings.rsi_buy=48",
    "strategy.settings.rsi_sell=52",
    "news.analyzer=lexicon",
)
BUSY = tuple(word for rule in RULES for word in ("--set", rule))
MINUTES = 400
INDICATORS = """
import numpy as np

def momentum(candles):
    close = candles["close"]
    return np.append(np.zeros(1), np.diff(close) / close[:-1])[: len(close)]

def normalised(candles):
    return {"level": candles["close"] / candles["close"].max()}
"""
PEEKING_MOOD = """
import trader.backtest.sentiment_source as mood
honest = mood.closes_of
mood.closes_of = lambda times, step_ms: honest(times, step_ms) + 600_000
"""
"""What a careless edit of the backtest would do: headlines count ten minutes before they are known."""


@pytest.fixture
def home(tmp_path: Path) -> Path:
    candle_file(tmp_path / "AAAUSDT_1m.csv", wave("AAAUSDT", MINUTES, 1, frozenset({50, 51, 99})))
    candle_file(tmp_path / "BBBUSDT_1m.csv", wave("BBBUSDT", MINUTES, 2, frozenset({7, 120})))
    (tmp_path / "mine.py").write_text(INDICATORS, "utf-8")
    with (tmp_path / "news.csv").open("w", encoding="utf-8", newline="") as file:
        rows = csv.writer(file)
        rows.writerow(["time", "title", "source", "url"])
        for minute in range(0, MINUTES, 3):
            mood = ("soars to a record high", "crashes after a hack")[minute % 2]
            rows.writerow([START_MS + minute * 60_000 + 1_234, f"Coin {minute} {mood}", "wire", f"https://w/{minute}"])
    return tmp_path


def checked(home: Path, *arguments: str, code: int = 0) -> subprocess.CompletedProcess[str]:
    return trader("check-lookahead", *arguments, *BUSY, home=home, cwd=home, code=code)


def test_nothing_of_the_project_looks_ahead(home: Path) -> None:
    files = ("--candles", "AAAUSDT_1m.csv,BBBUSDT_1m.csv", "--news", "news.csv", "--bars", "40")
    done = checked(home, *files, "--json")
    found = json.loads(done.stdout)
    assert (found["symbols"], found["bars"], found["leaks"]) == (["AAAUSDT", "BBBUSDT"], MINUTES, [])
    by_name = {each["name"]: each for each in found["checked"]}
    assert len(by_name) == 7
    for name, each in by_name.items():
        assert each["streamed"] == (MINUTES if name != "headlines of the news file" else 0), name
        assert each["cut"] >= 10 or name == "sentiment that is used"
    assert by_name["kernel.run"]["around"] > 0
    lines = checked(home, *files).stdout.splitlines()
    assert lines[0].split("\t")[:2] == ["what", "columns"]
    assert {line.rpartition("\t")[2] for line in lines[1:]} == {"clean"}


def test_every_bar_and_a_function_of_the_users_own(home: Path) -> None:
    short = ("--candles", "AAAUSDT_1m.csv", "--to", "2023-11-15T00:00", "--bars", "all", "--function", "mine:momentum")
    found = json.loads(checked(home, *short, "--json").stdout)
    by_name = {each["name"]: each for each in found["checked"]}
    assert found["bars"] == 104
    assert [by_name[name]["cut"] for name in ("kernel.step", "kernel.run", "mine:momentum")] == [104] * 3
    assert found["leaks"] == []


def test_a_function_that_normalises_by_the_whole_column_is_named(home: Path) -> None:
    arguments = ("--candles", "AAAUSDT_1m.csv", "--function", "mine:momentum", "--function", "mine:normalised")
    done = checked(home, *arguments, "--bars", "20", code=1)
    [line] = [line for line in done.stderr.splitlines() if line.startswith("trader: ")]
    assert line.startswith("trader: mine:normalised: level of AAAUSDT at 2023-11-14 22:1")
    assert " with all data, " in line
    assert line.endswith("when later bars were missing")
    results = dict(
        line.split("\t")[:: len(line.split("\t")) - 1] for line in done.stdout.splitlines()[1:7] if "\t" in line
    )
    assert results["mine:momentum"] == "clean"
    assert results["mine:normalised"] == "1 leak"


def test_a_backtest_that_hears_headlines_too_early_is_caught(home: Path) -> None:
    """Planted in the project itself, in every process that is started."""
    (home / "planted").mkdir()
    (home / "planted" / "sitecustomize.py").write_text(PEEKING_MOOD, "utf-8")
    done = subprocess.run(
        [COMMAND, "check-lookahead", "--candles", "AAAUSDT_1m.csv", "--news", "news.csv", "--bars", "20", *BUSY],
        env=environment(home, PYTHONPATH=str(home / "planted")),
        cwd=home,
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    assert done.returncode == 1, done.stderr
    line = done.stderr.splitlines()[-1]
    assert line.startswith("trader: sentiment that is used: input sentiment of AAAUSDT at 2023-11-14 22:14:00Z is ")
    assert "when it was fed bar by bar" in line
    assert "Traceback" not in done.stderr


def test_signals_of_a_file_are_followed_not_judged(home: Path) -> None:
    times = range(START_MS + 600_000, START_MS + 12_000_000, 600_000)
    rows = [f"{time_ms},{('enter', 'exit')[number % 2]}" for number, time_ms in enumerate(times)]
    (home / "signals.csv").write_text("\n".join(["time,signal", *rows]) + "\n", "utf-8")
    done = checked(home, "--candles", "AAAUSDT_1m.csv", "--signals", "signals.csv", "--bars", "50")
    assert "signals come from a file: what made them cannot be checked here" in done.stderr
    assert [line.split("\t")[0].partition(" (")[0] for line in done.stdout.splitlines()[1:]] == ["walk of the backtest"]


@pytest.mark.parametrize(
    ("arguments", "code", "words"),
    [
        (("--bars", "0"), 2, "'0' must be a number of bars or all"),
        (("--bars", "many"), 2, "'many' must be a number of bars or all"),
        (("--function", "mine"), 1, "--function mine: must be MODULE:FUNCTION"),
        (("--function", "mine:absent"), 1, "--function mine:absent: cannot be imported"),
        (("--function", "absent:f"), 1, "--function absent:f: cannot be imported"),
    ],
)
def test_wrong_usage_is_one_line(home: Path, arguments: tuple[str, ...], code: int, words: str) -> None:
    assert words in checked(home, "--candles", "AAAUSDT_1m.csv", *arguments, code=code).stderr


def test_the_bars_that_indicators_need_are_told(home: Path) -> None:
    arguments = ("--candles", "AAAUSDT_1m.csv,BBBUSDT_1m.csv", "--to", "2023-11-14T22:25")
    table = trader("check-recursion", *arguments, home=home, cwd=home, code=1)
    assert table.stderr.endswith("trader: AAAUSDT: 12 bars; at least 20 are needed\n")
    candle_file(home / "CCCUSDT_1m.csv", wave("CCCUSDT", 3_000, 3))
    given = ("check-recursion", "--candles", "CCCUSDT_1m.csv", "--starts", "5")
    lines = trader(*given, home=home, cwd=home).stdout.splitlines()
    assert [line.split("\t")[1] for line in lines[1:]] == [
        *("rsi", "ema_50", "ema_200", "bb_upper", "bb_middle", "bb_lower")
    ]
    rows = json.loads(trader(*given, "--set", "strategy.settings.rsi_period=100", "--json", home=home, cwd=home).stdout)
    assert rows[0]["indicator"] == "rsi"
    assert rows[0]["tolerance"]["worst"] > 1_000
    told = trader(*given, "--set", "strategy.settings.rsi_period=100", home=home, cwd=home).stderr
    assert "CCCUSDT: rsi needs " in told
    assert "0.0<=x<1.0" in trader(*given, "--tolerance", "2", home=home, cwd=home, code=2).stderr


def test_a_run_can_be_interrupted(home: Path) -> None:
    """Ctrl-C while histories are cut: no traceback, and no process is left."""
    import signal
    import time

    candle_file(home / "DDDUSDT_1m.csv", wave("DDDUSDT", 20_000, 4))
    process = subprocess.Popen(
        [COMMAND, "check-lookahead", "--candles", "DDDUSDT_1m.csv", "--bars", "all"],
        env=environment(home),
        cwd=home,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        start_new_session=True,
    )
    time.sleep(6.0)
    os.killpg(process.pid, signal.SIGINT)
    _, told = process.communicate(timeout=30)
    assert process.returncode == 130, told
    assert "Traceback" not in told
