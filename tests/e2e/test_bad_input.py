"""Whatever is wrong with a file, an option or the store, a user gets one line and never a traceback."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable
from pathlib import Path

import pytest

from trader.cli import run

HEADER = b"open_time,open,high,low,close,volume\n"
ROW = b"1750000020000,1,2,0.5,1,1\n"
T = 1_750_000_020_000
PAPER = ("paper", "run", "--speed", "max")
SIMULATION = (*PAPER, "--ticks", "5")


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("TRADER_HOME", str(tmp_path / "home"))
    return tmp_path / "home"


def refused(capsys: pytest.CaptureFixture[str], *arguments: str, code: int = 1, out: str = "") -> str:
    """The one line that the command answers with, beside what it did all the same."""
    capsys.readouterr()
    assert run(list(arguments)) == code
    printed = capsys.readouterr()
    assert printed.out == out
    assert "Traceback" not in printed.err
    assert "trader: unexpected" not in printed.err
    if code == 1:
        lines = [line for line in printed.err.splitlines() if not line.startswith("ALERT ")]  # of a halt that is up
        assert [line.startswith("trader: ") for line in lines] == [True]
    return printed.err


CANDLES = {
    "empty": (b"", "BTCUSDT_1.csv: "),
    "header only": (HEADER, "only a header"),
    "no header": (b"1750000020000,1,2,0.5,1,1,1,1\n", "no header, and 8 columns"),
    "column missing": (b"open_time,open,high,low,close\n1750000020000,1,2,0.5,1\n", "volume"),
    "text for a price": (HEADER + b"1750000020000,1,high,0.5,1,1\n", "row 1"),
    "short row": (HEADER + ROW + b"1750000080000,1\n", ""),
    "nan": (HEADER + b"1750000020000,1,2,0.5,nan,1\n", "row 1"),
    "infinite": (HEADER + b"1750000020000,1,inf,0.5,1,1\n", "row 1"),
    "negative": (HEADER + b"1750000020000,1,2,-0.5,1,1\n", "row 1"),
    "high below low": (HEADER + b"1750000080000,1,0.4,0.5,1,1\n", "row 1"),
    "hours": (HEADER + ROW + b"1750003620000,1,2,0.5,1,1\n", "an hour apart"),
    "seconds": (HEADER + ROW + b"1750000021000,1,2,0.5,1,1\n", "a second apart"),
    "not text": (bytes(range(256)) * 40, ""),
    "a web page": (b"<html><body>404 Not Found</body></html>", ""),
}


@pytest.mark.parametrize("name", CANDLES)
@pytest.mark.usefixtures("home")
def test_candle_files(name: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    content, words = CANDLES[name]
    (tmp_path / "BTCUSDT_1.csv").write_bytes(content)
    line = refused(capsys, *PAPER, "--candles", "BTCUSDT_1.csv")
    assert "BTCUSDT_1.csv" in line
    assert words in line


@pytest.mark.parametrize("name", ["BTCUSDT_1.xlsx", "BTCUSDT_1"])
@pytest.mark.usefixtures("home")
def test_candle_files_of_an_unknown_kind(name: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / name).write_bytes(HEADER + ROW)
    assert name in refused(capsys, *PAPER, "--candles", name)


SENTIMENT = {
    "empty": (b"", "no column"),
    "wrong columns": (b"date,mood\n1,2\n", "no column time, score"),
    "out of range": (f"time,score\n{T},1.5\n".encode(), "row 1: score"),
    "not a number": (f"time,score\n{T},0.5\n{T},good\n".encode(), "row 2: score"),
    "seconds": (b"time,score\n1750000020,0.5\n", "row 1: time"),
    "unsorted": (f"time,score\n{T},0\n{T - 1},0\n".encode(), "row 2: time"),
    "not text": (b"\xff\xfe\x00", "is not UTF-8"),
}
NEWS = {
    "empty": (b"", "no column"),
    "wrong columns": (b"time,headline\n", "no column title, source, url"),
    "no title": (f"time,title,source,url\n{T},,a,b\n".encode(), "row 1: title"),
    "short row": (f"time,title,source,url\n{T},x\n".encode(), "row 1: too few"),
    "open quote": (f'time,title,source,url\n{T},"x,a,b\n'.encode(), "row 1: "),
    "no time": (b"time,title,source,url\n,x,a,b\n", "row 1: time"),
    "not text": (f"time,title,source,url\n{T},".encode() + b"\xff,a,b\n", "is not UTF-8"),
}


@pytest.mark.parametrize("name", SENTIMENT)
@pytest.mark.usefixtures("home")
def test_sentiment_files(name: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    content, words = SENTIMENT[name]
    (tmp_path / "mood.csv").write_bytes(content)
    assert f"mood.csv: {words}" in refused(capsys, *SIMULATION, "--sentiment", "mood.csv")


@pytest.mark.parametrize("name", NEWS)
@pytest.mark.usefixtures("home")
def test_news_files(name: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    content, words = NEWS[name]
    (tmp_path / "news.csv").write_bytes(content)
    assert f"news.csv: {words}" in refused(capsys, *SIMULATION, "--news", "news.csv")


CONFIGS = {
    "not toml": b"[agent\n",
    "not text": b"\xff\xfe\x00",
    "unknown key": b"[risk]\nstop_los = 0.1\n",
    "unknown section": b"[risks]\n",
    "wrong type": b'[risk]\nstop_loss = "much"\n',
    "out of range": b"[risk]\nposition_fraction = 7\n",
    "no table": b"risk = 3\n",
    "a mode that cannot trade": b'[agent]\nmode = "live"\n',
    "a path as agent": b'[agent]\nid = "../../etc"\n',
}


@pytest.mark.parametrize("name", CONFIGS)
@pytest.mark.usefixtures("home")
def test_configurations(name: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "agent.toml").write_bytes(CONFIGS[name])
    refused(capsys, *SIMULATION)
    (tmp_path / "agent.toml").rename(tmp_path / "mine.toml")
    refused(capsys, *SIMULATION, "--config", "mine.toml")


@pytest.mark.parametrize(
    "options",
    [
        ("--config", "absent.toml"),
        ("--config", "."),
        ("--candles", "absent.csv"),
        ("--candles", ","),
        ("--candles", "."),
        ("--candles", "absent.csv", "--symbol", "A,B"),
        ("--sentiment", "absent.csv"),
        ("--news", "."),
        ("--symbol", "btc usdt"),
        ("--symbol", "BTCUSDT,BTCUSDT"),
        ("--symbol", ","),
        ("--set", "risk.stop_loss"),
        ("--set", "risk.stop_loss=-1"),
        ("--set", "agent.cash=1e400"),
        ("--set", "agent.id="),
    ],
)
@pytest.mark.usefixtures("home")
def test_values_of_options(options: tuple[str, ...], capsys: pytest.CaptureFixture[str]) -> None:
    refused(capsys, *SIMULATION, *options)


@pytest.mark.parametrize(
    "arguments",
    [
        ("nothing",),
        ("paper", "walk"),
        (*PAPER, "--ticks", "0"),
        (*PAPER, "--ticks", "many"),
        ("paper", "run", "--speed", "0"),
        ("paper", "run", "--speed", "nan"),
        ("paper", "run", "--speed", "-5"),
        ("paper", "run", "--market", "moon"),
        ("paper", "run", "--market", "binance", "--speed", "2"),
        (*PAPER, "--market", "sim", "--candles", "a.csv"),
        (*PAPER, "--news", "a.csv", "--sentiment", "b.csv"),
        ("status", "--wrong"),
        ("halt", "--reason"),
    ],
)
@pytest.mark.usefixtures("home")
def test_wrong_usage_is_exit_code_two(arguments: tuple[str, ...], capsys: pytest.CaptureFixture[str]) -> None:
    assert refused(capsys, *arguments, code=2)


def a_file(home: Path) -> None:
    home.write_text("")


def beneath_a_file(home: Path) -> None:
    home.mkdir()
    (home / "agents").write_text("")


def a_device(home: Path) -> None:
    home.symlink_to("/dev/null")


def a_dangling_link(home: Path) -> None:
    home.symlink_to("/proc/1/nowhere/at/all")


def runs_a_file(home: Path) -> None:
    home.mkdir()
    (home / "runs").write_text("")


@pytest.mark.parametrize("make", [a_file, beneath_a_file, a_device, a_dangling_link, runs_a_file])
def test_homes_that_cannot_be_one(make: Callable[[Path], None], home: Path, capsys: pytest.CaptureFixture[str]) -> None:
    make(home)
    for arguments in (SIMULATION, ("status",), ("halt",), ("resume",), ("decide", "--dry-run")):
        refused(capsys, *arguments)


@pytest.mark.parametrize("path", ["x" * 300, "/proc/trader", "/dev/null/home"])
@pytest.mark.usefixtures("home")
def test_homes_that_no_system_would_make(
    path: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("TRADER_HOME", path)
    for arguments in (SIMULATION, ("status",)):
        refused(capsys, *arguments)


def damaged(path: Path) -> None:
    path.write_bytes(b"\x00\xffnot what was here\n" * 100)


def emptied(path: Path) -> None:
    path.write_bytes(b"")


def foreign(path: Path) -> None:
    path.write_text('{"a": [1, 2]}\n')


def with_a_run(home: Path, pattern: str, capsys: pytest.CaptureFixture[str]) -> Path:
    """The file of a run that was not finished, so that the same command would go on with it."""
    assert run(list(SIMULATION)) == 0
    capsys.readouterr()
    for path in home.glob("runs/*/run.json"):
        path.write_text(path.read_text("utf-8").replace('"finished":true', '"finished":false'), "utf-8")
    [found] = home.glob(pattern)
    return found


@pytest.mark.parametrize("spoil", [damaged, emptied, foreign])
@pytest.mark.parametrize("pattern", ["runs/*/run.json", "agents/default.json"])
def test_spoilt_files_of_a_run_are_named(
    spoil: Callable[[Path], None], pattern: str, home: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = with_a_run(home, pattern, capsys)
    spoil(path)
    for arguments in (("status",), ("decide", "--dry-run")):
        assert str(path) in refused(capsys, *arguments)
    halted_all_the_same(path, capsys)
    assert str(path) in refused(capsys, *SIMULATION)


def halted_all_the_same(path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """The agent is halted and resumed by what stands in the home, and the broken file is named."""
    assert str(path) in refused(capsys, "halt", out="halted: default\n")
    assert str(path) in refused(capsys, "resume", out="resumed: default\n")


@pytest.mark.parametrize("spoil", [damaged, foreign])
def test_a_spoilt_database_is_named(
    spoil: Callable[[Path], None], home: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = with_a_run(home, "runs/*/trader.sqlite", capsys)
    spoil(path)
    for arguments in (SIMULATION, ("status",), ("decide", "--dry-run")):
        assert str(path) in refused(capsys, *arguments)
    halted_all_the_same(path, capsys)


def test_a_database_with_a_spoilt_portfolio_is_one_line(home: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = with_a_run(home, "runs/*/trader.sqlite", capsys)
    connection = sqlite3.connect(path)
    with connection:
        connection.execute("UPDATE portfolio SET body = '{}'")
    connection.close()
    for arguments in (SIMULATION, ("status",), ("decide", "--dry-run")):
        refused(capsys, *arguments)
    refused(capsys, "halt", out="halted: default\n")
    refused(capsys, "resume", out="resumed: default\n")


@pytest.mark.parametrize("command", ["status", "halt", "resume", "replay"])
@pytest.mark.parametrize("agent", ["", "../default", "-x", "a" * 33])
@pytest.mark.usefixtures("home")
def test_what_is_no_id_names_no_agent(command: str, agent: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(list(SIMULATION)) == 0
    assert "1 to 32 letters" in refused(capsys, command, f"--agent={agent}", code=2)


def test_a_start_that_fails_changes_nothing_of_what_runs_or_halts(
    home: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(list(SIMULATION)) == 0
    assert run(["halt", "--reason", "odd prices"]) == 0
    pointer = (home / "agents" / "default.json").read_bytes()
    monkeypatch.setenv("TRADER_WEBHOOK", "https://example.com/hook#teams")
    capsys.readouterr()
    assert run(["paper", "run", "--port", "0", "--set", "news.analyzer=lexicon"]) == 1  # in real time alerts are posted
    printed = capsys.readouterr().err
    assert printed.splitlines()[-1].startswith("trader: webhook: ")  # after what is said of the settings
    assert "Traceback" not in printed
    assert (home / "agents" / "default.json").read_bytes() == pointer
    assert run(["status"]) == 0
    assert "yes: odd prices" in capsys.readouterr().out
    assert run(list(SIMULATION)) == 0  # whose alerts go to nobody
    assert "halted (odd prices): no new order until `trader resume`\n" in capsys.readouterr().err
