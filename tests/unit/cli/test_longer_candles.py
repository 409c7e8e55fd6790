"""Candles longer than a minute: which commands run over files of them, and which refuse them in one line."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from tests.support.markets import wave
from tests.support.reports import lengthened
from trader.cli import run

HOURS = 600
SAID = "candles of 1h: orders, stops and targets meet these; live ones would meet minutes"
FILE = ("--candles", "BTCUSDT_1h.csv")
OF_HOURS = (*FILE, "--set", "agent.interval=1h")
EAGER = ("--set", "strategy.settings.rsi_period=5", "--set", "risk.daily_loss_limit=0")
REAL_TIME = {
    "paper run": ("paper", "run", "--speed", "max", "--ticks", "5"),
    "decide": ("decide",),
}


@pytest.fixture(autouse=True)
def _at_home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("TRADER_HOME", str(tmp_path / "home"))


@pytest.mark.parametrize("name", REAL_TIME)
def test_what_trades_as_it_happens_refuses_them_before_anything_is_stored(
    name: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    Path("agent.toml").write_text('[agent]\ninterval = "1h"\n', "utf-8")
    assert run([*REAL_TIME[name]]) == 1
    printed = capsys.readouterr()
    assert printed.out == ""
    assert printed.err.startswith("trader: agent.toml: agent.interval = 1h: candles longer than 1m are for")
    assert printed.err.count("\n") == 1
    assert [path.name for path in tmp_path.iterdir()] == ["agent.toml"]


@pytest.fixture(name="hours")
def _hours(tmp_path: Path) -> list[int]:
    """The times of a file of hours, three of them missing."""
    columns = lengthened(wave("BTCUSDT", HOURS, 3, frozenset({50, 51, 200})), 60)
    rows = zip(columns.open_ms.tolist(), *(column.tolist() for column in columns[2:]), strict=True)
    lines = [",".join(map(str, row)) for row in rows]
    (tmp_path / FILE[1]).write_text("\n".join(["open_time,open,high,low,close,volume", *lines]) + "\n", "utf-8")
    return [int(line.partition(",")[0]) for line in lines]


def told(capsys: pytest.CaptureFixture[str], *arguments: str, code: int = 0) -> tuple[str, list[str]]:
    """What a command prints, and its lines on stderr but for those about compiling."""
    capsys.readouterr()
    assert run([*arguments]) == code
    printed = capsys.readouterr()
    return printed.out, [line for line in printed.err.splitlines() if not line.startswith("compiling ")]


def test_a_backtest_over_hours_says_first_what_stops_meet(hours: list[int], capsys: pytest.CaptureFixture[str]) -> None:
    out, lines = told(capsys, "paper", "backtest", *OF_HOURS, *EAGER, "--out", "results")
    assert lines[:2] == [SAID, "BTCUSDT: 3 candles of 1h are missing in 2 gaps"]
    assert out.splitlines()[0] == SAID.replace(": ", "\t")
    facts = json.loads(Path("results/metrics.json").read_text("utf-8"))
    assert (facts["interval"], facts["bars"], facts["gaps"], facts["missing_minutes"]) == ("1h", HOURS - 3, 2, 180)
    rows = Path("results/trades.csv").read_text("utf-8").splitlines()[1:]
    moments = [int(cell) for row in rows for cell in (row.split(",")[2], row.split(",")[4])]
    assert len(rows) > 5
    assert set(moments) <= set(hours)
    page = Path("results/report.html").read_text("utf-8")
    assert page.index("Candles of 1h: orders, stops") < page.index("It returned")


def test_a_backtest_of_minutes_says_nothing_of_it(capsys: pytest.CaptureFixture[str]) -> None:
    columns = wave("BTCUSDT", 100, 3)
    rows = zip(columns.open_ms.tolist(), *(column.tolist() for column in columns[2:]), strict=True)
    Path("BTCUSDT.csv").write_text(
        "open_time,open,high,low,close,volume\n" + "".join(f"{','.join(map(str, row))}\n" for row in rows), "utf-8"
    )
    out, lines = told(capsys, "paper", "backtest", "--candles", "BTCUSDT.csv", "--out", "results", "--no-report")
    assert "candles of" not in out + "".join(lines)
    refused = told(
        capsys, "paper", "backtest", "--candles", "BTCUSDT.csv", "--set", "agent.interval=1h", "--out", "r", code=1
    )
    assert refused[1] == [
        "trader: BTCUSDT.csv: its candles are a minute apart, and agent.interval is 1h: give --set agent.interval=1m,"
        " and strategy.interval=1h decides on bars of 1h made of them"
    ]


@pytest.mark.usefixtures("hours")
@pytest.mark.parametrize(
    "command",
    [
        ("paper", "backtest", "--out", "results"),
        ("tune", "--grid", "risk.stop_loss=0.01,0.02", "--out", "tuned"),
        ("check-lookahead", "--bars", "20"),
        ("check-recursion", "--starts", "3"),
        ("strategy", "check", "ema_cross", "--bars", "20"),
    ],
)
def test_each_look_at_files_reads_hours_and_says_how_where_it_is_not_said(
    command: tuple[str, ...], capsys: pytest.CaptureFixture[str]
) -> None:
    refused = told(capsys, *command, *FILE, code=1)[1]
    words = "its candles are an hour apart, and agent.interval is 1m: give --set agent.interval=1h"
    assert refused[-1] == f"trader: BTCUSDT_1h.csv: {words}"
    told(capsys, *command, *OF_HOURS)


@pytest.mark.parametrize(
    ("command", "where"),
    [
        (("paper", "backtest", "--symbol", "BTCUSDT", "--out", "r"), "the candles of trader history"),
        (("strategy", "check", "ema_cross"), "generated candles"),
    ],
)
def test_without_files_there_are_minutes_alone(
    command: tuple[str, ...], where: str, capsys: pytest.CaptureFixture[str]
) -> None:
    _, lines = told(capsys, *command, "--set", "agent.interval=1h", code=1)
    assert lines == [
        f"trader: agent.interval = 1h: it is for --candles with files of such candles, and {where} are minutes;"
        " strategy.interval = 1h decides on bars of 1h made of them"
    ]


@pytest.mark.parametrize("kind", ["sentiment", "signals"])
def test_what_stands_beside_hours_counts_at_their_closes(
    kind: str, hours: list[int], capsys: pytest.CaptureFixture[str]
) -> None:
    """A score that becomes known in an hour counts for its close; a signal is that of the hour that opens then."""
    at = hours[100]
    text = f"time,score\n{at + 1_800_000},1.0\n" if kind == "sentiment" else f"time,signal\n{at},enter\n"
    Path("beside.csv").write_text(text, "utf-8")
    Path("always.py").write_text(ALWAYS, "utf-8")
    chosen = ("--strategy", "always.py") if kind == "sentiment" else ()
    told(capsys, "paper", "backtest", *OF_HOURS, *chosen, f"--{kind}", "beside.csv", "--out", "r", "--no-report")
    first = Path("r/trades.csv").read_text("utf-8").splitlines()[1].split(",")
    assert int(first[2]) == hours[101]


@pytest.mark.usefixtures("hours")
def test_indicators_of_hours(capsys: pytest.CaptureFixture[str]) -> None:
    _, refused = told(capsys, "indicators", *FILE, "--out", "seen.csv", code=1)
    assert refused[-1].endswith("its candles are an hour apart, and --interval is 1m: give --interval 1h")
    _, lines = told(capsys, "indicators", *FILE, "--out", "seen.csv", "--interval", "1h")
    assert lines[-1] == f"BTCUSDT: {HOURS - 3} rows, 3 candles of 1h missing in 2 gaps -> seen.csv"


ALWAYS = '''"""Enters where sentiment is above 0."""
from typing import NamedTuple
from math import nan
from chalicelib.strategy import Bar, Choice, enter, wait


class Inputs(NamedTuple):
    sentiment: float = nan


class Settings(NamedTuple):
    pass


class State(NamedTuple):
    close: float


class Values(NamedTuple):
    close: float


def start(settings: Settings) -> State:
    return State(0.0)


def observe(state: State, bar: Bar, settings: Settings) -> tuple[State, Values]:
    return State(bar.close), Values(bar.close)


def decide(values: Values, close: float, inputs: Inputs, in_position: bool, settings: Settings) -> Choice:
    return enter() if inputs.sentiment > 0.0 else wait()
'''
