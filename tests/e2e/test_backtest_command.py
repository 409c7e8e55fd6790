"""trader paper backtest, as a user runs it: files or the archive in, three files out, trades as in `paper run`."""

from __future__ import annotations

import csv
import json
from pathlib import Path
from typing import Any

import pytest

from chalicelib.config import home as home_folder
from tests.e2e.commands import trader
from tests.e2e.test_paper_run_command import BUSY, candle_file
from tests.support.markets import START_MS, wave
from trader.cli import run
from trader.data.archive import Archive
from trader.data.trade_rows import TRADE_COLUMNS

NEEDED = {
    *("final_equity", "total_return", "max_drawdown", "sharpe", "sortino", "win_rate", "profit_factor", "trades"),
    *("exposure", "fees", "buy_and_hold_return", "bars", "gaps", "seconds"),
}
MOODLESS = ("--set", "strategy.settings.sentiment_buy=-1", "--set", "strategy.settings.sentiment_sell=-1")


def rows_of(path: Path) -> list[dict[str, str]]:
    with path.open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def backtest(home: Path, *arguments: str) -> dict[str, Any]:
    done = trader("paper", "backtest", *arguments, "--out", "out", "--no-report", "--json", home=home, cwd=home)
    printed: dict[str, Any] = json.loads(done.stdout)
    return printed


@pytest.mark.parametrize("extension", ["parquet", "csv", "csv.gz"])
def test_a_candle_file_gives_trades_equity_and_figures(tmp_path: Path, extension: str) -> None:
    file = candle_file(tmp_path / f"AAAUSDT_1m.{extension}", wave("AAAUSDT", 600, 1, frozenset({50, 51, 99})))
    printed = backtest(tmp_path, "--candles", str(file), *BUSY)
    trades, equity = rows_of(tmp_path / "out" / "trades.csv"), rows_of(tmp_path / "out" / "equity.csv")
    metrics = json.loads((tmp_path / "out" / "metrics.json").read_text("utf-8"))
    assert tuple(trades[0]) == TRADE_COLUMNS
    assert list(equity[0]) == ["time", "equity", "cash", "drawdown"]
    assert set(metrics) >= NEEDED
    assert {name: metrics[name] for name in printed} == printed
    assert (metrics["bars"], metrics["gaps"], metrics["missing_minutes"]) == (597, 2, 3)
    assert len(equity) == 597
    assert len(trades) == metrics["trades"] > 10
    assert float(equity[-1]["equity"]) == metrics["final_equity"] == float(equity[-1]["cash"])
    assert sum(float(row["pnl"]) for row in trades) == pytest.approx(metrics["final_equity"] - 10_000.0)
    assert sum(float(row["entry_fee"]) + float(row["exit_fee"]) for row in trades) == pytest.approx(metrics["fees"])
    assert max(float(row["drawdown"]) for row in equity) == metrics["max_drawdown"]


def test_two_symbols_trade_as_a_paper_run_over_the_same_files(tmp_path: Path) -> None:
    files = ",".join(
        str(candle_file(tmp_path / f"{name}_1m.parquet", wave(name, 400, seed, gaps)))
        for name, seed, gaps in (("AAAUSDT", 1, frozenset({40})), ("BBBUSDT", 2, frozenset({7, 8, 200})))
    )
    (tmp_path / "moods.csv").write_text(f"time,score\n{START_MS},0.5\n{START_MS + 6_000_000},-0.5\n", "utf-8")
    common = ("--candles", files, "--sentiment", "moods.csv", *BUSY)
    ran = trader("paper", "run", *common, "--speed", "max", "--json", home=tmp_path, cwd=tmp_path)
    backtest(tmp_path, *common)
    recorded = json.loads(ran.stdout)["trades"]
    written = rows_of(tmp_path / "out" / "trades.csv")
    for row, trade in zip(written, recorded, strict=False):
        assert [type(value)(row[name]) for name, value in trade.items()] == list(trade.values())
    assert len(recorded) > 10
    assert {row["reason"] for row in written[len(recorded) :]} <= {"end"}


def test_the_archive_is_cut_by_the_range(tmp_path: Path) -> None:
    with Archive(tmp_path / "archive.sqlite", "api.binance.com spot") as archive:
        archive.write(wave("AAAUSDT", 500, 1))
    printed = backtest(tmp_path, "--symbol", "AAAUSDT", "--from", "2023-11-14T23:00", "--to", "2023-11-15T01:00", *BUSY)
    equity = rows_of(tmp_path / "out" / "equity.csv")
    assert printed["bars"] == 121
    assert (int(equity[0]["time"]), int(equity[-1]["time"])) == (1_700_002_800_000, 1_700_010_000_000)


def test_without_sentiment_the_user_is_told(tmp_path: Path) -> None:
    file = candle_file(tmp_path / "AAAUSDT.csv", wave("AAAUSDT", 60, 1))
    told = trader(
        "paper", "backtest", "--candles", str(file), "--out", "out", "--no-report", home=tmp_path, cwd=tmp_path
    )
    metrics = json.loads((tmp_path / "out" / "metrics.json").read_text("utf-8"))
    assert "both sentiment terms of the rule are left out" in told.stderr
    assert metrics["sentiment"] is None
    assert metrics["sentiment_terms"] == "left out"


@pytest.fixture
def place(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("TRADER_HOME", str(tmp_path / "home"))
    candle_file(tmp_path / "AAAUSDT.csv", wave("AAAUSDT", 60, 1))
    (tmp_path / "file").write_text("", "utf-8")
    return tmp_path


FAILURES = {
    "no such file": (("--candles", "none.csv"), 1, "none.csv: no such file"),
    "nothing downloaded": (("--symbol", "XYZUSDT"), 1, "no candles of XYZUSDT"),
    "outside the range": (("--candles", "AAAUSDT.csv", "--from", "2030-01-01"), 1, "between --from and --to"),
    "backwards": (("--candles", "AAAUSDT.csv", "--from", "2030-01-01", "--to", "2029-01-01"), 2, "--from lies after"),
    "unknown key": (("--candles", "AAAUSDT.csv", "--set", "risk.stoploss=1"), 1, "risk.stop_loss"),
    "out of range": (("--candles", "AAAUSDT.csv", "--set", "risk.stop_loss=2"), 1, "risk.stop_loss"),
    "out is a file": (("--candles", "AAAUSDT.csv", "--out", "file"), 1, "file: cannot be made"),
    "two sentiments": (("--candles", "AAAUSDT.csv", "--news", "a", "--sentiment", "b"), 2, "give one of them"),
    "signals and news": (("--candles", "AAAUSDT.csv", "--news", "a", "--signals", "b"), 2, "--signals"),
}


@pytest.mark.parametrize("name", FAILURES)
def test_what_is_wrong_is_said_in_one_line(name: str, place: Path, capsys: pytest.CaptureFixture[str]) -> None:
    arguments, code, words = FAILURES[name]
    out = () if "--out" in arguments else ("--out", "out")
    assert run(["paper", "backtest", "--no-report", *arguments, *out]) == code
    printed = capsys.readouterr()
    assert printed.out == ""
    assert words in printed.err
    assert "Traceback" not in printed.err
    assert not (place / "out" / "trades.csv").exists()
    assert not (home_folder() / "error.log").exists()
