"""trader paper: trading without money at stake."""

from __future__ import annotations

import click

from trader.cli.paper_backtest import backtest
from trader.cli.paper_run import run


@click.group("paper")
def command() -> None:
    """Trade on paper.

    \b
    Examples:
      trader paper run                                       the built-in market in real time
      trader paper run --ticks 500 --speed max               500 of its minutes at once
      trader paper run --candles BTCUSDT_2025.parquet        a candle file, minute by minute
      trader paper run --market binance --symbol BTCUSDT     real prices, no money
      trader paper backtest --candles BTCUSDT_2025.parquet --out results
    """


command.add_command(run)
command.add_command(backtest)
