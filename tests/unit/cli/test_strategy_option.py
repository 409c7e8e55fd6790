"""--strategy on the commands that trade, backtest, tune and check: a name or a file, one line where it is neither."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from chalicelib.strategy.loader import built_in_names
from tests.e2e.test_paper_run_command import candle_file
from tests.support.markets import wave
from trader.cli import run
from trader.cli.strategy_option import overrides_of

BUILT_INS = ", ".join(built_in_names())
BUILT_IN = Path("chalicelib/strategies/ema_cross.py").resolve()
QUICK = ("--set", "strategy.settings.fast=2", "--set", "strategy.settings.slow=4", "--set", "strategy.settings.atr=3")


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("TRADER_HOME", str(tmp_path / "var"))
    monkeypatch.chdir(tmp_path)
    candle_file(tmp_path / "AAAUSDT_1m.csv", wave("AAAUSDT", 300, 1))
    (tmp_path / "mine.py").write_bytes(BUILT_IN.read_bytes())
    return tmp_path


def test_a_value_is_quoted_so_that_nothing_in_a_path_is_read_as_toml() -> None:
    assert overrides_of('a "b" #.py') == ('strategy.file="a \\"b\\" #.py"',)


@pytest.mark.parametrize("named", ["ema_cross", "mine.py", "./mine.py"])
def test_a_backtest_runs_the_strategy_that_is_named(home: Path, named: str) -> None:
    """--set comes after it."""
    arguments = ("--candles", "AAAUSDT_1m.csv", "--out", "out", "--no-report", *QUICK)
    assert run(["paper", "backtest", "--strategy", named, *arguments]) == 0
    facts = json.loads((home / "out" / "metrics.json").read_text("utf-8"))
    assert facts["strategy"] == named.removeprefix("./")
    assert facts["trades"] > 0


def test_missing_sentiment_is_told_where_the_strategy_reads_it(home: Path, capsys: pytest.CaptureFixture[str]) -> None:
    for named, is_told in (("rsi_sentiment", True), ("mine.py", False)):
        run(["paper", "backtest", "--candles", "AAAUSDT_1m.csv", "--out", "out", "--no-report", "--strategy", named])
        assert ("no sentiment, news or signals" in capsys.readouterr().err) is is_told


def test_paper_run_and_decide_take_it_too(home: Path, capsys: pytest.CaptureFixture[str]) -> None:
    made = ("--candles", "AAAUSDT_1m.csv", "--speed", "max", "--json")
    assert run(["paper", "run", "--strategy", "mine.py", *made]) == 0
    assert run(["decide", "--strategy", "mine.py", "--json"]) == 0
    [decision] = json.loads(capsys.readouterr().out.splitlines()[-1])
    assert list(decision["snapshot"]) == ["fast", "slow", "atr", "crossed"]
    assert run(["decide", "--strategy", "rsi_sentiment", "--json"]) == 1
    assert capsys.readouterr().err == (
        "trader: --strategy rsi_sentiment: the agent's run decides by another one:"
        " begin a run with this, or leave it out\n"
    )


def test_replay_takes_it_beside_config_only(home: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (home / "agent.toml").write_text("[agent]\nsymbols = ['AAAUSDT']\n", "utf-8")
    assert run(["paper", "run", "--candles", "AAAUSDT_1m.csv", "--speed", "max", "--strategy", "mine.py"]) == 0
    assert run(["replay", "--strategy", "mine.py"]) == 2
    assert "--strategy and --set override what --config names: give --config too" in capsys.readouterr().err
    assert run(["replay", "--strategy", "mine.py", "--config", "agent.toml", "--json"]) == 0
    assert json.loads(capsys.readouterr().out)["agents"][0]["differing"] == 0


@pytest.mark.parametrize("command", [("paper", "run"), ("paper", "backtest", "--out", "o"), ("check-recursion",)])
@pytest.mark.parametrize(
    ("named", "code", "words"),
    [
        ("ema", 2, f"'ema' must be {BUILT_INS} or the path of a .py file"),
        ("", 2, f"'' must be {BUILT_INS} or the path of a .py file"),
        ("folder/mine", 2, "'folder/mine' must be the path of a .py file"),
        ("absent.py", 1, f"trader: absent.py: there is no such file; built in are {BUILT_INS}"),
    ],
)
def test_what_is_neither_is_one_line(
    home: Path, capsys: pytest.CaptureFixture[str], command: tuple[str, ...], named: str, code: int, words: str
) -> None:
    assert run([*command, "--candles", "AAAUSDT_1m.csv", "--strategy", named]) == code
    assert capsys.readouterr().err.splitlines()[-1].removeprefix("Error: Invalid value for '--strategy': ") == words
