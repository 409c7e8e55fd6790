"""Backtests and paper runs by the command line over markets that stay the same, and what they left behind."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Mapping, Sequence
from contextlib import redirect_stderr, redirect_stdout
from pathlib import Path
from typing import NamedTuple

from chalicelib import wiring
from tests.support.lasting_market import candle_files, news_file, sentiment_file, timed_headlines
from tests.support.records_by_name import TRADE_COLUMNS, Plain, by_day, listed, recorded, results
from trader.cli import run

DAY, WEEK = 1_440, 7 * 1_440
"""Minutes."""
HEADLINES, SCORES = "--news", "--sentiment"


class Case(NamedTuple):
    """What sentiment is made of, what is set, and what is traded."""

    source: str
    settings: tuple[str, ...] = ()
    symbols: tuple[str, ...] = ("BTCUSDT", "ETHUSDT", "SOLUSDT")


CASES: Mapping[str, Case] = {
    "default": Case(HEADLINES),
    "trailing stop, cooldown, exposure": Case(
        SCORES,
        (
            "strategy.rsi_period=9",
            "risk.trailing_stop=0.008",
            "risk.cooldown_bars=20",
            "risk.max_exposure=0.25",
            "risk.position_fraction=0.2",
            "risk.stop_loss=0.01",
            "risk.take_profit=0.015",
            "fees.slippage=0.0003",
        ),
    ),
    "daily loss, drawdown": Case(
        HEADLINES,
        (
            "strategy.rsi_buy=35",
            "strategy.rsi_sell=65",
            "strategy.sentiment_window=7",
            "risk.daily_loss_limit=0.01",
            "risk.max_drawdown=0.045",
            "risk.halt_action=flatten",
            "risk.max_exposure=0.9",
            "risk.position_fraction=0.4",
        ),
    ),
    "thresholds met": Case(
        SCORES,
        (
            "strategy.rsi_buy=50",
            "strategy.rsi_sell=100",
            "strategy.sentiment_buy=0.2",
            "strategy.sentiment_sell=-0.2",
            "risk.max_notional=100",
            "risk.daily_loss_limit=0",
        ),
        ("BTCUSDT", "SOLUSDT", "DOGEUSDT"),
    ),
}
MONTH = "spot_1m_2024-07-26_2024-08-25"
MONTH_MS = 1_721_952_000_000, 1_724_544_000_000
"""The real month's first and last midnight."""


def backtested(folder: Path, name: str) -> dict[str, Plain]:
    """A backtest of the whole week with the settings of this name."""
    return _backtest(folder, _given(folder, name, WEEK))


def ran(folder: Path, name: str, minutes: int) -> dict[str, Plain]:
    """A paper run of the week's first minutes: what it printed, and by kind and day what it recorded.

    TRADER_HOME must be a folder that nothing ran in.
    """
    told = _printed("paper", "run", *_given(folder, name, minutes), "--speed", "max", "--json")
    [database] = (folder / "home").glob("runs/*/trader.sqlite")
    with wiring.sqlite_stores(database) as stores:
        records = recorded(stores.journal)
    return {
        "printed": {**told, "trades": listed(told["trades"], TRADE_COLUMNS)},
        **{kind: by_day(rows) for kind, rows in records.items()},
    }


def backtested_month(folder: Path, klines: Path, headlines: Path | None) -> dict[str, Plain]:
    """A backtest of the real month with default settings; a labelled file's headlines are spread over it."""
    files = [str(klines / f"{symbol}_{MONTH}.parquet") for symbol in ("BTCUSDT", "ETHUSDT")]
    source = [] if headlines is None else [HEADLINES, str(timed_headlines(folder, _titles(headlines), *MONTH_MS))]
    return _backtest(folder, ["--candles", ",".join(files), *source, "--set", "news.analyzer=lexicon"])


def _backtest(folder: Path, given: Sequence[str]) -> dict[str, Plain]:
    _printed("paper", "backtest", *given, "--out", str(folder / "out"), "--no-report", "--json")
    return results(folder / "out")


def _given(folder: Path, name: str, minutes: int) -> list[str]:
    source, settings, symbols = CASES[name]
    files = ",".join(map(str, candle_files(folder, symbols, minutes)))
    read = news_file(folder, minutes) if source == HEADLINES else sentiment_file(folder, minutes)
    changed = [argument for setting in ("news.analyzer=lexicon", *settings) for argument in ("--set", setting)]
    return ["--candles", files, source, str(read), *changed]


def _titles(labelled: Path) -> list[str]:
    with labelled.open(encoding="utf-8", newline="") as file:
        return [row["headline"].replace('"', "'") for row in csv.DictReader(file)]


def _printed(*arguments: str) -> Plain:
    """What a command prints as JSON. Raises AssertionError with what it said if it fails."""
    out, err = io.StringIO(), io.StringIO()
    with redirect_stdout(out), redirect_stderr(err):
        code = run(list(arguments))
    assert code == 0, err.getvalue()
    return json.loads(out.getvalue())
