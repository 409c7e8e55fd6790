"""A strategy of a user's own, from its first line to its replay, in real processes and one folder."""

from __future__ import annotations

import json
import subprocess
import sys
import tomllib
from pathlib import Path
from typing import Any

from tests.e2e.commands import trader
from tests.e2e.test_paper_run_command import candle_file
from tests.support.markets import wave

CANDLES = ("--candles", "AAAUSDT_1m.csv")
MINE = ("--strategy", "mine.py")
GRID = ("--grid", "strategy.settings.fast=3,5", "--walk-forward", "2")
CALM = "[agent]\nsymbols = ['AAAUSDT']\n[strategy.settings]\nrsi_buy = 20\n[risk]\ndaily_loss_limit = 0\n"


def told(home: Path, *arguments: str) -> Any:
    return json.loads(trader(*arguments, "--json", home=home, cwd=home).stdout)


def test_a_file_is_begun_checked_backtested_tuned_traded_and_replayed(tmp_path: Path) -> None:
    candle_file(tmp_path / "AAAUSDT_1m.csv", wave("AAAUSDT", 900, 1))
    (tmp_path / "agent.toml").write_text(CALM, "utf-8")
    trader("strategy", "new", "mine.py", home=tmp_path, cwd=tmp_path)
    its_test = [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", "test_mine.py"]
    assert "2 passed" in subprocess.run(its_test, cwd=tmp_path, capture_output=True, text=True, check=True).stdout
    assert told(tmp_path, "strategy", "check", "mine.py", *CANDLES, "--bars", "20")["ok"]

    tuned = told(tmp_path, "tune", *MINE, *CANDLES, *GRID, "--objective", "total_return", "--out", "tuned")
    best = tmp_path / "tuned" / "best.toml"
    fast = tuned["best"]["values"]["strategy.settings.fast"]
    assert tomllib.loads(best.read_text("utf-8"))["strategy"] == {
        "file": str(tmp_path / "mine.py"),
        "settings": {"fast": fast},
    }

    chosen = (*MINE, "--set", f"strategy.settings.fast={fast}")
    run = trader("paper", "backtest", *chosen, *CANDLES, "--out", "out", "--json", home=tmp_path, cwd=tmp_path)
    figures, facts = json.loads(run.stdout), json.loads((tmp_path / "out" / "metrics.json").read_text("utf-8"))
    assert run.stderr.splitlines()[0] == "agent.toml: rsi_buy left out: settings of rsi_sentiment, not of mine.py"
    assert (facts["strategy"], figures["trades"] > 0) == ("mine.py", True)

    traded = told(tmp_path, "paper", "run", *chosen, *CANDLES, "--speed", "max")
    assert traded["ticks"] == 900
    left = [trade for trade in traded["trades"] if trade["reason"] in {"trend over", "stop_loss", "take_profit"}]
    assert left == traded["trades"] != []
    rows = (tmp_path / "out" / "trades.csv").read_text("utf-8").splitlines()[1:]
    assert [row.split(",")[2] for row in rows][: len(left)] == [str(trade["entry_time"]) for trade in left]

    (tmp_path / "mine.py").unlink()
    replayed = told(tmp_path, "replay")["agents"][0]
    assert (replayed["decisions"], replayed["differing"]) == (900, 0)
