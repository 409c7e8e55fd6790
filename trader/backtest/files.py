"""What a backtest leaves in its folder: trades.csv, equity.csv and metrics.json."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path

from trader.backtest.result import BacktestResult
from trader.data.csv_text import write_columns, write_rows
from trader.data.files import make_folder, replace_file
from trader.data.trade_rows import TRADE_COLUMNS, trade_row

EQUITY_COLUMNS = ("time", "equity", "cash", "drawdown")


def write_results(folder: Path, result: BacktestResult, facts: Mapping[str, object]) -> None:
    """Each file is the old one or the whole new one. Raises BadInput if the folder cannot be written into."""
    make_folder(folder)
    replace_file(folder / "trades.csv", lambda path: write_trades(path, result))
    replace_file(folder / "equity.csv", lambda path: write_equity(path, result))
    replace_file(folder / "metrics.json", lambda path: write_metrics(path, facts))


def write_trades(path: Path, result: BacktestResult) -> None:
    """A row a trade, in the order of their exits."""
    write_rows(path, TRADE_COLUMNS, map(trade_row, result.trades))


def write_equity(path: Path, result: BacktestResult) -> None:
    """A row a minute."""
    write_columns(path, EQUITY_COLUMNS, (result.times, result.equity, result.cash, result.drawdown))


def write_metrics(path: Path, facts: Mapping[str, object]) -> None:
    """One JSON object, a line a figure."""
    path.write_text(json.dumps(facts, indent=1, allow_nan=False) + "\n", "utf-8")
