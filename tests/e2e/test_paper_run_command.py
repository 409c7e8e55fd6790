"""trader paper run, as a user runs it: to the end, interrupted, paced, over files of every kind."""

from __future__ import annotations

import gzip
import json
import signal
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pytest
from pyarrow import parquet

from tests.e2e.commands import trader
from tests.support.markets import START_MS, wave
from tests.support.processes import background, ended, until
from trader.data.candles import CandleColumns
from trader.data.trade_rows import TRADE_COLUMNS

KEYS = ["agent", "ticks", "recorded", "equity", "pnl", "max_drawdown", "win_rate", "fees", "still_open"]
KEYS += ["unrealized_pnl", "trades"]
BUSY = (
    "--set",
    "strategy.settings.rsi_buy=48",
    "--set",
    "strategy.settings.rsi_sell=52",
    "--set",
    "strategy.settings.rsi_period=3",
)
MOODLESS = ("--set", "strategy.settings.sentiment_buy=-1", "--set", "strategy.settings.sentiment_sell=-1")


def text_of(columns: CandleColumns) -> str:
    rows = zip(*(column.tolist() for column in columns[1:]), strict=True)
    return "\n".join(["open_time,open,high,low,close,volume", *(",".join(map(repr, row)) for row in rows)]) + "\n"


def candle_file(path: Path, columns: CandleColumns) -> Path:
    """The candles in the format of the file's extension."""
    if path.suffix == ".parquet":
        names = ["open_time", "open", "high", "low", "close", "volume"]
        parquet.write_table(pa.table([pa.array(column) for column in columns[1:]], names=names), path)
    elif path.suffix == ".gz":
        path.write_bytes(gzip.compress(text_of(columns).encode()))
    else:
        path.write_text(text_of(columns), "utf-8")
    return path


def summary(home: Path, *arguments: str) -> Any:
    return json.loads(trader("paper", "run", *arguments, "--json", home=home, cwd=home).stdout)


def test_a_hundred_and_twenty_minutes_end_with_every_figure_and_the_trades(tmp_path: Path) -> None:
    done = trader("paper", "run", "--ticks", "120", "--speed", "max", home=tmp_path, cwd=tmp_path)
    lines = [line.split("\t") for line in done.stdout.splitlines()]
    facts = dict(line for line in lines if len(line) == 2)
    assert list(facts) == ["agent", "minutes", "equity", "pnl", "max drawdown", "win rate", "fees", "trades"]
    assert facts["minutes"] == "120"
    assert lines[8] == list(TRADE_COLUMNS)
    assert len(lines) == 9 + int(facts["trades"])
    assert done.stderr == ""


def test_json_has_the_promised_keys_and_twice_gives_the_same_bytes(tmp_path: Path) -> None:
    command = ("paper", "run", "--ticks", "500", "--speed", "max", "--json")
    first, second = (trader(*command, home=tmp_path, cwd=tmp_path).stdout for _ in range(2))
    elsewhere = trader(*command, home=tmp_path / "other", cwd=tmp_path).stdout
    assert first == second == elsewhere
    printed = json.loads(first)
    assert list(printed) == KEYS
    assert printed["ticks"] == 500
    assert printed["pnl"] == printed["equity"] - 10_000.0
    assert printed["trades"]
    for row in printed["trades"]:
        assert tuple(row) == TRADE_COLUMNS
        assert row["reason"] in {"signal", "sentiment", "stop_loss", "take_profit", "trailing_stop"}


def test_candles_of_every_format_give_the_same_trades(tmp_path: Path) -> None:
    columns = wave("AAAUSDT", 150, 1)
    outputs = [
        summary(tmp_path, "--candles", str(candle_file(tmp_path / f"AAAUSDT_x{suffix}", columns)), *BUSY, *MOODLESS)
        for suffix in (".csv", ".csv.gz", ".parquet")
    ]
    assert outputs[0]["ticks"] == 150
    assert outputs[0]["trades"]
    assert outputs[0] == outputs[1] == outputs[2]


def test_two_files_are_two_symbols_named_by_the_option(tmp_path: Path) -> None:
    one = candle_file(tmp_path / "one.csv", wave("X", 150, 1))
    two = candle_file(tmp_path / "two.csv", wave("X", 150, 2))
    files = ("--candles", f"{one},{two}", "--symbol", "AAAUSDT,BBBUSDT")
    assert {row["symbol"] for row in summary(tmp_path, *files, *BUSY, *MOODLESS)["trades"]} == {"AAAUSDT", "BBBUSDT"}


def test_of_longer_bars_the_summary_counts_minutes_and_those_that_are_recorded(tmp_path: Path) -> None:
    bars = ("--set", "strategy.interval=15m", "--ticks", "60", "--speed", "max")
    done = trader("paper", "run", *bars, home=tmp_path, cwd=tmp_path)
    assert "minutes\t60\nminutes recorded\t4\n" in done.stdout


def sideways(minutes: int) -> CandleColumns:
    """Closes that fall a little, so that RSI always allows an entry and only sentiment decides."""
    times = START_MS + 60_000 * np.arange(minutes, dtype=np.int64)
    prices = np.linspace(100.0, 99.0, minutes, dtype=np.float64)
    return CandleColumns("AAAUSDT", times, prices, prices, prices, prices, np.ones(minutes))


def close_of(minute: int) -> int:
    return START_MS + (minute + 1) * 60_000


def trade_minutes(printed: Any) -> list[tuple[int, int, str]]:
    return [
        ((row["entry_time"] - START_MS) // 60_000, (row["exit_time"] - START_MS) // 60_000, row["reason"])
        for row in printed["trades"]
    ]


def lines(path: Path, rows: Sequence[str]) -> str:
    path.write_text("\n".join(rows) + "\n", "utf-8")
    return str(path)


def test_a_sentiment_file_drives_entries_and_exits(tmp_path: Path) -> None:
    candles = str(candle_file(tmp_path / "AAAUSDT_1.csv", sideways(80)))
    rows = [f"{close_of(30)},0.5", f"{close_of(40) + 1},-0.5", f"{close_of(60)},0.2", f"{close_of(65)},-0.1"]
    mood = lines(tmp_path / "mood.csv", ["time,score", *rows])
    printed = summary(tmp_path, "--candles", candles, "--sentiment", mood)
    # decided at the close at which the score is known, filled at the next open
    assert trade_minutes(printed) == [(31, 42, "sentiment"), (61, 66, "sentiment")]


def test_a_news_file_drives_entries_and_exits(tmp_path: Path) -> None:
    candles = str(candle_file(tmp_path / "AAAUSDT_1.csv", sideways(80)))
    good, bad = "Great success, wonderful gains and happy winners", "Horrible disaster, terrible losses and fraud"
    rows = [f'{close_of(30)},"{good}",desk,https://a.example/1', f'{close_of(50)},"{bad}",desk,https://a.example/2']
    news = lines(tmp_path / "news.csv", ["time,title,source,url", *rows])
    window = ("--set", "inputs.sentiment_window=1", "--set", "news.analyzer=lexicon")
    printed = summary(tmp_path, "--candles", candles, "--news", news, *window)
    assert trade_minutes(printed) == [(31, 51, "sentiment")]


LONG = ("paper", "run", "--ticks", "2500", "--speed", "max", *BUSY)


@pytest.fixture(scope="module")
def uninterrupted(tmp_path_factory: pytest.TempPathFactory) -> str:
    home = tmp_path_factory.mktemp("calm")
    return trader(*LONG, "--json", home=home, cwd=home).stdout


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_a_signal_ends_a_run_with_its_summary_and_the_same_command_goes_on(
    number: signal.Signals, uninterrupted: str, tmp_path: Path
) -> None:
    home = tmp_path / "home"
    with background(*LONG, home=home) as process:
        time.sleep(0.1)
        out, _ = ended(process, number)
    stopped = int(dict(line.split("\t") for line in out.splitlines()[:8])["minutes"])
    assert stopped < 2500
    resumed = trader(*LONG, "--json", home=home, cwd=tmp_path)
    assert stopped == 0 or f"after {stopped} minutes" in resumed.stderr
    assert resumed.stdout == uninterrupted


def test_speed_paces_the_minutes_and_tells_each(tmp_path: Path) -> None:
    began = time.monotonic()
    done = trader("paper", "run", "--ticks", "12", "--speed", "600", home=tmp_path, cwd=tmp_path)
    assert 1.1 <= time.monotonic() - began < 10.0  # eleven waits of a tenth of a second
    told = done.stderr.splitlines()
    assert len(told) == 12
    assert all("equity" in line and "BTCUSDT" in line and "rsi" in line for line in told)


def test_a_second_process_of_the_agent_is_refused_in_one_line(tmp_path: Path) -> None:
    command = ("paper", "run", "--speed", "60")
    home = tmp_path / "home"
    with background(*command, home=home) as process:
        second = trader(*command, home=home, cwd=tmp_path, code=1)
        assert second.stderr == f"trader: agent default is already running (process {process.pid})\n"
        other = ("--ticks", "3", "--speed", "max", "--set", "agent.id=other")
        trader("paper", "run", *other, home=home, cwd=tmp_path)
        ended(process, signal.SIGINT)


def test_real_time_trades_on_the_built_in_market_until_interrupted(tmp_path: Path) -> None:
    home = tmp_path / "home"
    with background("paper", "run", "--port", "0", "--json", home=home) as process:
        until(lambda: "last minute\t2" in trader("status", home=home, cwd=tmp_path).stdout, seconds=40)
        out, err = ended(process, signal.SIGINT)
    printed = json.loads(out)
    assert list(printed) == KEYS
    assert 1 <= printed["ticks"] <= 2
    assert len([line for line in err.splitlines() if "headlines are scored by" in line]) == 1
    assert len([line for line in err.splitlines() if "  equity " in line]) == printed["ticks"]
