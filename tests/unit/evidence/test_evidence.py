"""`trader strategy evidence`: no market is left out, figures are those of backtests and tunings."""

from __future__ import annotations

import json
from dataclasses import replace
from itertools import pairwise
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from chalicelib.config import load_config
from chalicelib.domain import DAY_MS, MINUTE_MS
from tests.e2e.test_paper_run_command import candle_file
from tests.support import strategy_cases
from tests.support.effort import examples
from tests.support.markets import wave
from trader.cli import run
from trader.data.candles import CandleColumns
from trader.evidence.markets import LONGEST_GAP_MS, unbroken
from trader.evidence.measured import Came, Chosen, MarketEvidence
from trader.evidence.page import page

MINUTES = 9_000
QUICK = ("strategy.settings.fast=2", "strategy.settings.slow=4", "strategy.settings.atr=3", "fees.rate=0.0001")
GRID = ("--grid", "strategy.settings.fast=2,3", "--grid", "strategy.settings.stop_atr=2,4")


def with_gap(columns: CandleColumns, after: int, gap_ms: int) -> CandleColumns:
    """The candles with those after a row so much later that as much is missing between."""
    times = columns.open_ms.copy()
    times[after:] += gap_ms
    return columns._replace(open_ms=times)


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder with one market that is whole and one that lacks two days in its middle."""
    monkeypatch.setenv("TRADER_HOME", str(tmp_path / "var"))
    monkeypatch.chdir(tmp_path)
    candle_file(tmp_path / "AAAUSDT_1m.parquet", wave("AAAUSDT", MINUTES, 1))
    candle_file(tmp_path / "BBBUSDT_1m.parquet", with_gap(wave("BBBUSDT", MINUTES, 2), 3_000, 2 * DAY_MS))
    return tmp_path


def printed(capsys: pytest.CaptureFixture[str], *arguments: str, code: int = 0) -> str:
    capsys.readouterr()
    sets = [part for each in QUICK for part in ("--set", each)]
    assert run(["strategy", "evidence", "ema_cross", "--candles", "*.parquet", *sets, *arguments]) == code
    return capsys.readouterr().out


def rows_of(capsys: pytest.CaptureFixture[str], *arguments: str) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = json.loads(printed(capsys, *arguments, "--json"))["markets"]
    return found


@settings(max_examples=examples(50))
@given(cuts=st.dictionaries(st.integers(1, 299), st.integers(1, 4 * 1440), max_size=5))
def test_parts_are_all_of_the_candles_and_none_lacks_a_day(cuts: dict[int, int]) -> None:
    columns = wave("AAAUSDT", 300, 1)
    for after, missing in cuts.items():
        columns = with_gap(columns, after, missing * MINUTE_MS)
    parts = list(unbroken(columns))
    for index, column in enumerate(columns[1:], start=1):
        np.testing.assert_array_equal(np.concatenate([part[index] for part in parts]), column)
    assert all((np.diff(part.open_ms) <= LONGEST_GAP_MS).all() for part in parts)
    between = [after.open_ms[0] - before.open_ms[-1] for before, after in pairwise(parts)]
    assert all(gap > LONGEST_GAP_MS for gap in between)


def test_every_market_has_its_row_and_nothing_is_held_over_a_long_gap(
    home: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    rows = rows_of(capsys)
    assert [(row["symbol"], row["candles"]) for row in rows] == [
        ("AAAUSDT", MINUTES),
        ("BBBUSDT", 3_000),
        ("BBBUSDT", 6_000),
    ]
    assert [row["chosen"] for row in rows] == [None] * 3
    assert all(row["given"]["trades"] > 10 for row in rows)


def test_figures_are_those_of_a_backtest_and_of_a_tuning(home: Path, capsys: pytest.CaptureFixture[str]) -> None:
    [row, *_] = rows_of(capsys, *GRID)
    sets = [part for each in QUICK for part in ("--set", each)]
    market = ("--strategy", "ema_cross", "--candles", "AAAUSDT_1m.parquet", *sets, "--out", "out")
    assert run(["paper", "backtest", *market, "--no-report"]) == 0
    facts = json.loads((home / "out" / "metrics.json").read_text("utf-8"))
    assert row["given"]["returned"] == facts["total_return"]
    assert row["given"]["held"] == facts["buy_and_hold_return"]
    assert row["given"]["trades"] == facts["trades"]
    assert row["given"]["fees"] == facts["fees"] / 10_000.0
    assert row["given"]["deepest_fall"] == facts["max_drawdown"]
    assert run(["tune", *market, *GRID]) == 0
    tuned = json.loads((home / "out" / "tune.json").read_text("utf-8"))
    outside = tuned["walk_forward"]["out_of_sample"]
    assert row["chosen"]["outside"]["returned"] == outside["total_return"]
    assert row["chosen"]["outside"]["trades"] == outside["trades"]
    assert row["chosen"]["in_sample"] == tuned["best"]["in_sample"]["total_return"]
    assert row["chosen"]["random_beaten"] == tuned["baselines"]["random_beaten"]


def test_a_market_where_nothing_can_be_chosen_keeps_its_row_and_says_why(
    home: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    rows = rows_of(capsys, *GRID, "--min-trades", "250")
    assert ["no set can be chosen" in row["why_none"] for row in rows] == [False, True, False]
    lines = printed(capsys, *GRID, "--min-trades", "250").splitlines()
    assert [line.endswith("| - | - | - | - | - | - |") for line in lines[4:7]] == [False, True, False]


def test_it_is_decided_at_the_interval_that_is_set(home: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert printed(capsys, "--set", "strategy.interval=15m").startswith("Decided at the closes of 15m bars; 0.01% of")


@pytest.mark.parametrize(
    ("sets", "words"),
    [
        ((), "10.0% of equity an entry."),
        (("sizing=amount", "entry_amount=50"), "50 of 10000 an entry."),
        (("sizing=risk", "risk_per_trade=0.02"), "2.0% of equity at risk an entry."),
    ],
)
def test_what_an_entry_buys_for_is_told(sets: tuple[str, ...], words: str) -> None:
    config = load_config(None, [f"risk.{each}" for each in sets])
    row = MarketEvidence("AAAUSDT", 0, DAY_MS, 1_441, came(0.1, 0.2), None)
    assert f"; {words} " in next(iter(page(config, (), [row])))


def test_a_series_that_is_given_is_read_and_none_is_taken_from_elsewhere(
    home: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (home / "moods.csv").write_text("time,score\n946684800000,-1\n", "utf-8")
    command = ["strategy", "evidence", "rsi_sentiment", "--candles", "AAAUSDT_1m.parquet"]
    assert run(command) == 0
    without = capsys.readouterr().out.splitlines()
    assert run([*command, "--series", "sentiment=moods.csv"]) == 0
    bad_news = capsys.readouterr().out.splitlines()
    assert without[0].removesuffix(" Nothing was known of sentiment.") == bad_news[0]
    assert (" | 0 | 0.0% | 0.0% |" in without[4], " | 0 | 0.0% | 0.0% |" in bad_news[4]) == (False, True)


def test_a_series_that_is_needed_and_missing_is_refused(home: Path, capsys: pytest.CaptureFixture[str]) -> None:
    file = str(strategy_cases.FOLDER / "two_series.py")
    assert run(["strategy", "evidence", file, "--candles", "*.parquet"]) == 1
    assert "give --series NAME=FILE" in capsys.readouterr().err.splitlines()[-1]


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (("--grid", "strategy.settings.slower=1,2"), "slower"),
        (("--set", "strategy.settings.fast=0"), "must be a whole number from 2 to 500"),
        (("--candles", "none.parquet"), "none.parquet: no such file"),
    ],
)
def test_what_is_wrong_is_one_line(
    home: Path, capsys: pytest.CaptureFixture[str], arguments: tuple[str, ...], words: str
) -> None:
    assert run(["strategy", "evidence", "ema_cross", "--candles", "*.parquet", *arguments]) == 1
    [line] = capsys.readouterr().err.splitlines()
    assert words in line


def came(returned: float, held: float) -> Came:
    return Came(returned, held, trades=7, fees=0.012, deepest_fall=0.3)


def test_a_page_has_each_market_and_counts_those_that_lost() -> None:
    first = MarketEvidence("AAAUSDT", 0, DAY_MS, 1_441, came(0.1, 0.2), Chosen(0.5, came(-0.25, -0.5), 0.97))
    second = MarketEvidence("BBBUSDT", DAY_MS, 3 * DAY_MS, 2_881, came(-0.2, -0.4), None, "no set")
    lines = list(page(load_config(None, ["fees.slippage=0.0005"]), (), [first, second]))
    assert lines == [
        "Decided at the closes of 1m bars; 0.10% of the amount a fill, slippage 0.05%; 10.0% of equity an entry."
        " Nothing was known of sentiment.",
        "",
        "| market | from | to | held | as set | trades | fees | deepest fall"
        " | in sample | out of sample | held then | trades | fees | beat random |",
        "| --- | --- | --- | --- | --- | --- | --- | --- | --- | --- | --- | --- | --- | --- |",
        "| AAAUSDT | 1970-01-01 | 1970-01-02 | +20.0% | +10.0% | 7 | 1.2% | 30.0%"
        " | +50.0% | -25.0% | -50.0% | 7 | 1.2% | 97% |",
        "| BBBUSDT | 1970-01-02 | 1970-01-04 | -40.0% | -20.0% | 7 | 1.2% | 30.0% | - | - | - | - | - | - |",
        "",
        "As set it earned something in 1 of 2 markets and more than holding in 1; median -5.0%, of holding -10.0%.",
        "Chosen on the past and run over what followed it earned something in 0 of 1 markets and more than holding"
        " in 1; median -25.0%, of holding -50.0%.",
        "There it did better than 95% of runs with random entries in 1 of 1.",
    ]
    assert len(list(page(load_config(None, []), ("sentiment",), [replace(second, why_none="")]))) == 7
