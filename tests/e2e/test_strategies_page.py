"""docs/strategies.md, typed as it stands: its commands in their order, its file, its settings."""

from __future__ import annotations

import json
import re
import shlex
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq

from tests.e2e.commands import ROOT, trader
from tests.support.markets import wave

PAGE = (ROOT / "docs" / "strategies.md").read_text("utf-8")
NAMES = ["open_time", "open", "high", "low", "close", "volume"]


def block(language: str) -> str:
    """The first block of the page in this language."""
    found = re.search(rf"```{language}\n(.*?)```", PAGE, re.DOTALL)
    assert found is not None
    return found[1]


def candles(folder: Path) -> None:
    columns = dict(zip(NAMES, (values.tolist() for values in wave("BTCUSDT", 1_200, 1)[1:]), strict=True))
    pq.write_table(pa.table(columns), folder / "BTCUSDT_1m.parquet")


def test_its_commands_run_in_order(tmp_path: Path) -> None:
    candles(tmp_path)
    typed = [line.split(" #")[0].strip() for line in block("sh").splitlines() if line.strip()]
    assert [line.split()[1] for line in typed] == ["strategy", "strategy", "paper", "tune", "paper"]
    for line in typed:
        trader(*shlex.split(line)[1:], home=tmp_path, cwd=tmp_path)
    assert {"results", "tuned", "my_strategy.py", "test_my_strategy.py"} <= {path.name for path in tmp_path.iterdir()}


def test_its_file_passes_the_check_and_trades_by_its_settings(tmp_path: Path) -> None:
    candles(tmp_path)
    (tmp_path / "my_strategy.py").write_text(block("python"), "utf-8")
    (tmp_path / "agent.toml").write_text(block("toml"), "utf-8")
    data = ("--candles", "BTCUSDT_1m.parquet")
    done = trader("strategy", "check", "my_strategy.py", *data, "--bars", "20", "--json", home=tmp_path, cwd=tmp_path)
    assert json.loads(done.stdout)["ok"]
    done = trader("paper", "run", *data, "--speed", "max", "--json", home=tmp_path, cwd=tmp_path)
    assert {trade["reason"] for trade in json.loads(done.stdout)["trades"]} & {"trend over", "stop_loss"}
