"""Bars of `strategy.interval` in what commands count and print."""

from __future__ import annotations

import csv
import json
from pathlib import Path

import pytest

from chalicelib.config import load_config
from chalicelib.domain import MINUTE_MS
from chalicelib.kernel.bar import Bar
from chalicelib.strategy.chosen import rule_of
from tests.support.markets import START_MS, wave
from tests.unit.cli.test_longer_candles import told
from trader.cli import run
from trader.data.candles import CandleColumns

MINUTES = 400
FILE = ("--candles", "BTCUSDT_1m.csv")
BARS = ("--set", "strategy.interval=15m")
MISSING = frozenset({100, *range(150, 180)})


FIRST_MS = START_MS // (15 * MINUTE_MS) * 15 * MINUTE_MS


def written(symbol: str, seed: int, missing: frozenset[int] = frozenset()) -> CandleColumns:
    """Minutes that begin with a bar, in a file of this folder."""
    made = wave(symbol, MINUTES, seed, missing)
    columns = made._replace(open_ms=made.open_ms - START_MS + FIRST_MS)
    rows = zip(columns.open_ms.tolist(), *(column.tolist() for column in columns[2:]), strict=True)
    lines = [",".join(map(str, row)) for row in rows]
    Path(f"{symbol}_1m.csv").write_text("\n".join(["open_time,open,high,low,close,volume", *lines]) + "\n", "utf-8")
    return columns


@pytest.fixture(autouse=True)
def columns(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> CandleColumns:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("TRADER_HOME", str(tmp_path / "home"))
    return written("BTCUSDT", 3, MISSING)


def facts_of(text: str) -> dict[str, str]:
    return dict(line.split("\t", 1) for line in text.splitlines())


def test_a_backtest_counts_minutes_and_the_bars_that_were_decided_by(capsys: pytest.CaptureFixture[str]) -> None:
    printed, _ = told(capsys, "paper", "backtest", *FILE, *BARS, "--out", "r", "--no-report")
    assert facts_of(printed)["bars"] == f"{MINUTES - len(MISSING)} minutes"
    assert facts_of(printed)["strategy bars"] == "24 of 15m"  # 26 that are over, two of them without any minute
    figures = json.loads(Path("r/metrics.json").read_text("utf-8"))
    assert (figures["bars"], figures["strategy_bars"], figures["strategy_interval"]) == (369, 24, "15m")


def test_bars_that_are_the_candles_are_counted_once(capsys: pytest.CaptureFixture[str]) -> None:
    printed, _ = told(capsys, "paper", "backtest", *FILE, "--out", "r", "--no-report")
    assert facts_of(printed)["bars"] == "369"
    assert "strategy bars" not in facts_of(printed)
    figures = json.loads(Path("r/metrics.json").read_text("utf-8"))
    assert (figures["bars"], figures["strategy_bars"]) == (369, 369)


def test_bars_of_several_symbols_that_begin_together_are_one(capsys: pytest.CaptureFixture[str]) -> None:
    written("ETHUSDT", 4)
    both = ("--candles", "BTCUSDT_1m.csv,ETHUSDT_1m.csv")
    printed, _ = told(capsys, "paper", "backtest", *both, *BARS, "--out", "r", "--no-report")
    assert (facts_of(printed)["bars"], facts_of(printed)["strategy bars"]) == ("400 minutes", "26 of 15m")


def test_indicators_of_longer_bars_are_what_a_strategy_sees_at_their_closes(
    columns: CandleColumns, capsys: pytest.CaptureFixture[str]
) -> None:
    _, said = told(capsys, "indicators", *FILE, "--strategy-interval", "15m", "--out", "i.csv")
    assert said == ["BTCUSDT: 24 bars of 15m, 31 minutes missing in 2 gaps -> i.csv"]
    rows = list(csv.DictReader(Path("i.csv").read_text("utf-8").splitlines()))
    opens = [int(row["open_time"]) - FIRST_MS for row in rows]
    assert opens == [at * 15 * MINUTE_MS for at in range(26) if at not in (10, 11)]
    closes = {int(time): float(close) for time, close in zip(columns.open_ms, columns.close, strict=True)}
    rule = rule_of(load_config(None, ["strategy.settings.rsi_period=14"]))
    state = rule.start()
    for row in rows:
        last_ms = int(row["open_time"]) + 14 * MINUTE_MS
        state, values = rule.observe(state, Bar(0, 1.0, 1.0, 1.0, closes[last_ms], 1.0))
        if row["rsi_14"]:
            assert float(row["rsi_14"]) == values[0]
    assert rows[14]["rsi_14"] != rows[13]["rsi_14"] == ""


@pytest.mark.parametrize(
    ("given", "words"),
    [
        (("--strategy-interval", "7m"), "'7m' is not one of '1m', '3m'"),
        (("--interval", "1h", "--strategy-interval", "15m"), "must be a multiple of --interval, which is 1h"),
    ],
)
def test_bars_that_candles_do_not_make_up_are_refused(
    given: tuple[str, ...], words: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(["indicators", *FILE, *given, "--out", "i.csv"]) in (1, 2)
    said = capsys.readouterr().err
    assert "--strategy-interval" in said
    assert words in said
    assert not Path("i.csv").exists()
