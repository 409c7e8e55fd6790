"""trader check-lookahead: whether anything in a backtest knows what lies behind its minute."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, replace
from typing import TYPE_CHECKING, Any

import click

from trader.cli import output
from trader.cli.bars_option import ALL, BARS
from trader.cli.data_options import data_options, read_inputs

if TYPE_CHECKING:
    from trader.backtest.inputs import BacktestInputs
    from trader.checks.lookahead import Checked, Leak

COLUMNS = ("what", "columns", "bars streamed", "histories cut", "of them at decisions", "values compared", "result")
LEAK_COLUMNS = ("what", "bar", "value", "with all data", "without", "because", "history ended")
DEFAULT_BARS = 500
SHOWN_LEAKS = 30


@click.command("check-lookahead")
@data_options
@click.option(
    "--bars",
    type=BARS,
    default=DEFAULT_BARS,
    metavar="N|all",
    help=f"Run from scratch at so many bars, or at all [{DEFAULT_BARS}].",
)
@click.option(
    "--function", "functions", multiple=True, metavar="MODULE:NAME", help="Check an indicator of your own too."
)
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object.")
@click.pass_context
def command(context: click.Context, /, bars: int, functions: tuple[str, ...], as_json: bool, **options: Any) -> None:
    """Cut history after every bar, and compare every indicator, decision, order and fill with the full run.

    The kernel is fed bar by bar, and after each bar everything that the full run gave is compared with it, to the last
    bit. At --bars bars, at orders and fills first, history ends there and everything is run from scratch (the kernel in
    plain Python at fewer), in a process that has never been told of a later bar. Exit 1 if anything came out
    otherwise; the first such bar, column and both values are shown.

    --function names a function of yours: it is given the candles of one symbol, a dict of arrays (open_time, open,
    high, low, close, volume), and gives an array, or a dict of arrays, with one number a bar.

    \b
    Examples:
      trader check-lookahead --candles BTCUSDT_1m.parquet
      trader check-lookahead --candles BTCUSDT_1m.parquet --strategy my_strategy.py
      trader check-lookahead --symbol BTCUSDT,ETHUSDT --from 2025-01-01 --to 2025-01-31 --news headlines.csv
      trader check-lookahead --candles BTCUSDT_1m.parquet --function my_indicators:zscore --bars 2000
    """
    from trader.checks.functions import user_subject
    from trader.checks.leak_words import sentence
    from trader.checks.lookahead import first_cause_first

    subjects = [user_subject(reference) for reference in functions]
    inputs = read_inputs(**options)
    checked = check(inputs, subjects, bars)
    leaks = first_cause_first(leak for each in checked for leak in each.leaks)
    show(inputs, checked, leaks, as_json)
    if leaks:
        output.note(f"trader: {sentence(leaks[0], inputs.symbols)}{others(leaks)}")
        context.exit(1)


def check(inputs: BacktestInputs, functions: Sequence[Any], bars: int) -> list[Checked]:
    """Everything that these inputs go through."""
    from trader.backtest.sentiment_source import HeadlineSentiment
    from trader.checks.blind import blindfolded
    from trader.checks.headlines import NewsFileCheck
    from trader.checks.lookahead import LookAhead
    from trader.checks.market import CheckedMarket
    from trader.checks.plans import plans_of, with_sentiment_source

    config = inputs.config
    data = inputs.data(config)
    window, max_age_ms = config.inputs.sentiment_window, config.inputs.sentiment_max_age_ms
    market = CheckedMarket(data.tape, data.set_of(config), config.agent.cash, window, max_age_ms, data.signals)
    if inputs.sentiment_source is not None and market.tried.rule.strategy.reads_sentiment:
        market = with_sentiment_source(market, inputs.sentiment_source, inputs.source.sentiment)
    rows = {name: tuple(file.steps(symbol) for symbol in inputs.symbols) for name, file in inputs.series.items()}
    market = replace(market, rows=rows, ages_ms={name: config.inputs.series_max_age_ms(name) for name in rows})
    if data.signals is not None:
        output.note("signals come from a file: what made them cannot be checked here, only what becomes of them")
    plans = plans_of(market, functions, None if bars == ALL else bars)
    runs = sum(len(plan.cuts) for plan in plans)
    with blindfolded([plan.subject for plan in plans]) as blind, output.progress(runs, "histories cut") as advance:
        checked = LookAhead(market, plans, blind).run(advance)
    if inputs.source.news is not None and isinstance(inputs.sentiment_source, HeadlineSentiment):
        files = NewsFileCheck(
            config,
            inputs.symbols,
            data.tape.times,
            data.tape.step_ms,
            inputs.source.news,
            output.progress,
            output.note,
        )
        checked.append(files.run(inputs.sentiment_source.series.by_symbol))
    return checked


def show(inputs: BacktestInputs, checked: Sequence[Checked], leaks: Sequence[Leak], as_json: bool) -> None:
    """What was compared, and what differed."""
    from trader.checks.leak_words import symbol_of

    times = inputs.tape.times
    if as_json:
        found = {
            "symbols": list(inputs.symbols),
            "bars": len(times),
            "first_ms": int(times[0]),
            "last_ms": int(times[-1]),
            "checked": [{**asdict(each), "leaks": len(each.leaks)} for each in checked],
            "leaks": [{**asdict(leak), "symbol": symbol_of(leak, inputs.symbols)} for leak in leaks],
        }
        output.print_json(found)
        return
    rows = [row_of(each) for each in checked]
    span = f"{output.utc(int(times[0]))} to {output.utc(int(times[-1]))}"
    output.print_table(f"Look-ahead, {len(times):,} bars of {', '.join(inputs.symbols)}, {span}", COLUMNS, rows)
    for each in checked:
        if each.too_short:
            output.note(f"{each.name}: gives nothing over {each.too_short} bars or fewer: not compared there")
    if leaks:
        shown = [leak_row(leak, inputs.symbols) for leak in leaks[:SHOWN_LEAKS]]
        output.print_table(f"Leaks{others(leaks[SHOWN_LEAKS - 1 :])}", LEAK_COLUMNS, shown)


def row_of(checked: Checked) -> tuple[output.Cell, ...]:
    """A subject as a row."""
    result = f"{len(checked.leaks)} leak" if checked.leaks else "clean"
    return (
        checked.name,
        checked.columns,
        checked.streamed or None,
        checked.cut or None,
        checked.around or None,
        checked.values,
        result,
    )


def leak_row(leak: Leak, symbols: Sequence[str]) -> tuple[output.Cell, ...]:
    """A leak as a row."""
    from trader.checks.leak_words import BECAUSE, value_name

    because = leak.words or BECAUSE[leak.how]
    bar, end = output.utc(leak.time_ms), output.utc(leak.cut_ms)
    return leak.subject, bar, value_name(leak, symbols) or None, leak.full, leak.truncated, because, end


def others(leaks: Sequence[Leak]) -> str:
    """How many there are beside the first."""
    return f" (and {len(leaks) - 1} more)" if len(leaks) > 1 else ""
