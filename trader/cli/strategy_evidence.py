"""trader strategy evidence: what a strategy came to over many markets, as a table for its page."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import asdict
from pathlib import Path

import click

from trader.cli import output
from trader.cli.candle_options import candles_option
from trader.cli.choice_options import choice_options
from trader.cli.series_option import sentiment_among, series_option
from trader.cli.strategy_option import STRATEGY, overrides_of


@click.command("evidence", short_help="What it came to over every market of candle files, as Markdown.")
@click.argument("strategy", type=STRATEGY, metavar="NAME|FILE")
@candles_option("Candle files; each symbol is a market of its own, cut where a day is missing", required=True)
@click.option("--config", type=click.Path(path_type=Path), help="Settings [./agent.toml if there is one].")
@click.option("--set", "overrides", multiple=True, metavar="KEY=VALUE", help="Override one: strategy.interval=1h.")
@series_option
@click.option("--grid", multiple=True, metavar="KEY=A,B,C", help="As of trader tune: settings to choose from, too.")
@choice_options
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object.")
def evidence(
    strategy: str,
    candles: str,
    config: Path | None,
    overrides: tuple[str, ...],
    series: tuple[str, ...],
    grid: tuple[str, ...],
    folds: int,
    objective: str,
    min_trades: int,
    as_json: bool,
) -> None:
    """What a strategy came to over every market of the files, after fees, beside holding: also where it lost.

    With the settings as they are, and with --grid also with those that did best on the past of each market, run over
    what followed. A market is one symbol without a day that is missing; nothing is left out.

    \b
    Examples:
      trader strategy evidence ema_cross --candles 'klines/*.parquet' --set strategy.interval=1h
      trader strategy evidence mine.py --candles BTCUSDT_1m.parquet --grid strategy.settings.fast=5,9,12
    """
    from chalicelib.strategy.chosen import strategy_of
    from trader.backtest.engine import fastest
    from trader.backtest.preparing import tell_first_compile
    from trader.evidence.markets import Asked, Markets
    from trader.evidence.measured import measured
    from trader.evidence.page import page
    from trader.tuning.axes import read_axes
    from trader.tuning.tune import TuningPlan
    from trader.tuning.walk_forward import ChosenSet

    asked = Asked(candles, config, (*overrides_of(strategy), *overrides), *sentiment_among(series, None))
    markets = Markets(asked, once(output.note), output.progress)
    plan = None
    if grid:
        axes = read_axes(grid, strategy_of(markets.base))
        plan = TuningPlan(axes, None, folds, ChosenSet(objective, min_trades))
    tell_first_compile(fastest(), output.note)
    rows = [measured(market, plan, fastest(), output.progress) for market in markets]
    for row in rows:
        if row.why_none:
            output.note(f"{row.symbol} from {output.utc(row.first_ms)}: {row.why_none}")
    if as_json:
        output.print_json({"strategy": strategy, "markets": [asdict(row) for row in rows]})
        return
    for line in page(markets.base, markets.known, rows):
        output.print_line(line)


def once(say: Callable[[str], None]) -> Callable[[str], None]:
    """`say` for what was not said before."""
    said: set[str] = set()

    def told(line: str) -> None:
        if line not in said:
            said.add(line)
            say(line)

    return told
