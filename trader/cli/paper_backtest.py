"""trader paper backtest: the agent over the past, all at once."""

from __future__ import annotations

import time
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from trader.cli import output
from trader.cli.data_options import data_options, read_inputs

if TYPE_CHECKING:
    from chalicelib.strategy.rule import StrategyRule
    from trader.backtest.metrics import Metrics

SHOWN = (
    "final_equity",
    "total_return",
    "buy_and_hold_return",
    "max_drawdown",
    "sharpe",
    "sortino",
    "trades",
    "win_rate",
    "profit_factor",
    "exposure",
    "fees",
    "bars",
    "strategy_bars",
    "seconds",
)


@click.command("backtest")
@data_options
@click.option("--out", type=click.Path(path_type=Path), required=True, metavar="DIR", help="Folder for the results.")
@click.option("--no-report", is_flag=True, help="Leave report.html out.")
@click.option("--json", "as_json", is_flag=True, help="Print the figures as one JSON object.")
def backtest(out: Path, no_report: bool, as_json: bool, **options: Any) -> None:
    """Run the agent over candle files or over what `trader history` has downloaded.

    The rules, fills and fees are those of `trader paper run`, bit for bit. Written into DIR: trades.csv, equity.csv,
    metrics.json and report.html. A position still open at the end is sold at the last close.

    \b
    Examples:
      trader paper backtest --candles BTCUSDT_1m.parquet --out results
      trader paper backtest --candles BTCUSDT_1m.parquet --strategy my_strategy.py --out results
      trader paper backtest --symbol BTCUSDT,ETHUSDT --from 2025-01-01 --to 2025-06-30 --out results
      trader paper backtest --candles BTCUSDT_1m.parquet --news headlines.csv --set risk.stop_loss=0.01 --out results
    """
    from trader.backtest.engine import fastest, run_one
    from trader.backtest.files import write_results
    from trader.backtest.metrics import metrics_of
    from trader.backtest.metrics_json import metrics_json
    from trader.backtest.oddities import dead_fills_line
    from trader.backtest.result import result_of
    from trader.data.files import make_folder

    inputs = read_inputs(**options)
    make_folder(out)
    data, engine, cash = inputs.data(inputs.config), fastest(), inputs.config.agent.cash
    started = time.perf_counter()
    run = run_one(data.tape, data.set_of(inputs.config), cash, data.signals, engine)
    result = result_of(data, run, cash, engine)
    metrics = metrics_of(data, result, time.perf_counter() - started)
    if line := dead_fills_line(data.tape, result):
        output.note(line)
    write_results(out, result, metrics_json(inputs.config, run.set.rule, data, engine.name, metrics))
    if not no_report:
        from trader.backtest.seen import seen_of
        from trader.report import Report, write_report

        seen = seen_of(data, inputs.config, result, engine)
        write_report(out / "report.html", Report(data, result, metrics, inputs.config, engine.name, seen=seen))
    show(out, metrics, cash, run.set.rule, as_json)


def show(out: Path, metrics: Metrics, cash: float, rule: StrategyRule, as_json: bool) -> None:
    """The figures that are looked at first; before them what candles longer than a minute mean."""
    if as_json:
        output.print_json(metrics)
        return
    from trader.backtest.steps import step_line

    longer, _, meaning = step_line(rule.step_ms).partition(": ")
    words = bar_words(metrics, rule)
    names = [name for name in SHOWN if words or name != "strategy_bars"]
    facts = {name.replace("_", " "): words.get(name, shown(name, metrics[name], cash)) for name in names}
    output.print_facts("Backtest", {longer: meaning, **facts} if longer else facts)
    output.note(f"-> {out}")


def bar_words(metrics: Metrics, rule: StrategyRule) -> dict[str, output.Cell]:
    """What is counted as `bars`, and how many the strategy decided by, where these are not the same."""
    if not rule.has_longer_bars:
        return {}
    from chalicelib.config.intervals import interval_of
    from trader.backtest.steps import candles_word

    return {
        "bars": f"{metrics['bars']} {candles_word(rule.step_ms)}",
        "strategy_bars": f"{metrics['strategy_bars']} of {interval_of(rule.interval_ms)}",
    }


def shown(name: str, value: float | int | str | None, cash: float) -> output.Cell:
    """A figure as a person reads it; in a pipe it is exact.

    >>> shown("trades", 3, 1.0), shown("sharpe", None, 1.0)
    (3, None)
    """
    from trader.backtest.metrics import FRACTIONS, MONEY
    from trader.data.money import money_digits

    if not isinstance(value, float) or not output.on_terminal():
        return value
    if name in FRACTIONS:
        return f"{value:.2%}"
    return f"{value:,.{money_digits(value, cash) if name in MONEY else 2}f}"
