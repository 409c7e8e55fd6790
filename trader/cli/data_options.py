"""The options that say what a backtest runs over: the same for every command that runs one."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from trader.cli import output
from trader.cli.candle_options import SYMBOLS_OF_FILES, candles_option, refuse_twice
from trader.cli.series_option import sentiment_among, series_option
from trader.cli.strategy_option import overrides_of, strategy_option
from trader.cli.times import END, ISO, refuse_backwards

if TYPE_CHECKING:
    from trader.backtest.inputs import BacktestInputs

FILE = click.Path(path_type=Path)

OPTIONS = (
    candles_option("Candle files [the archive of trader history]"),
    click.option(
        "--symbol", metavar="S[,S]", type=SYMBOLS_OF_FILES, help="Symbols; with --candles, what the files hold."
    ),
    click.option("--from", "from_ms", type=ISO, help="Only candles that open at this time or later."),
    click.option("--to", "to_ms", type=END, help="Only candles that open at this time or earlier; of a day all."),
    click.option("--config", type=FILE, help="Settings of the agent (default: ./agent.toml if there is one)."),
    strategy_option,
    click.option(
        "--set", "overrides", multiple=True, metavar="KEY=VALUE", help="Override one setting: risk.stop_loss=0.03."
    ),
    click.option("--sentiment", type=FILE, help="CSV time,score: sentiment as a step function."),
    series_option,
    click.option("--news", type=FILE, help="CSV time,title,source,url: headlines, scored and averaged as live."),
    click.option(
        "--symbols-info", type=FILE, metavar="FILE", help="Answer of exchangeInfo: lot steps, ticks, least orders."
    ),
    click.option("--signals", type=FILE, help="CSV time,signal (enter, exit) in place of the rule."),
)


def data_options(command: Callable[..., Any]) -> Callable[..., Any]:
    """Adds the options to a command; it hands them on to `read_inputs` as keywords."""
    for option in reversed(OPTIONS):
        command = option(command)
    return command


def read_inputs(
    *,
    candles: str | None,
    symbol: str | None,
    from_ms: int | None,
    to_ms: int | None,
    config: Path | None,
    strategy: str | None,
    overrides: tuple[str, ...],
    sentiment: Path | None,
    series: tuple[str, ...],
    news: Path | None,
    signals: Path | None,
    symbols_info: Path | None,
) -> BacktestInputs:
    """What the options name, read and checked; gaps and what is known of sentiment are told on stderr.

    Raises UsageError for options that exclude each other, BadInput for what cannot be read.
    """
    from trader.backtest.inputs import Source, load

    refuse_backwards(from_ms, to_ms)
    if "" in (candles, symbol):
        raise click.UsageError("--candles and --symbol must name something: an empty value was given")
    if candles is None:
        refuse_twice(symbol)
    series, sentiment = sentiment_among(series, sentiment)
    if news is not None and sentiment is not None:
        raise click.UsageError("--news and --sentiment are two sources of sentiment: give one of them")
    if signals is not None and (news is not None or sentiment is not None or series):
        raise click.UsageError(
            "--signals replace the rule, which alone looks at sentiment: leave --news, --sentiment or --series out"
        )
    settings = (*overrides_of(strategy), *overrides)
    source = Source(candles, symbol, from_ms, to_ms, config, settings, sentiment, news, signals, series, symbols_info)
    return load(source, output.note, output.progress)
