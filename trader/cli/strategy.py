"""trader strategy: list and show strategies, begin a file of one's own, check it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING

import click

from trader.cli import output
from trader.cli.bars_option import ALL, BARS
from trader.cli.candle_options import SYMBOLS_OF_FILES, candles_option
from trader.cli.series_option import series_option
from trader.cli.strategy_evidence import evidence
from trader.cli.strategy_option import STRATEGY, StrategyFile, overrides_of, strategy_named
from trader.cli.times import END, ISO, refuse_backwards

if TYPE_CHECKING:
    from trader.authoring.described import Described
    from trader.checks.strategy_file import CheckFinding

CHECKED_BARS = 200
JSON = click.option("--json", "as_json", is_flag=True, help="Print one JSON object.")


@click.group("strategy")
def command() -> None:
    """Strategies: built in, or in one file of your own.

    \b
    Examples:
      trader strategy new my_strategy.py             a working file to change, and its test
      trader strategy check my_strategy.py           whether it keeps what backtests promise
      trader paper backtest --strategy my_strategy.py --candles BTCUSDT_1m.parquet --out results
      trader tune --strategy my_strategy.py --grid strategy.settings.fast=5,9,12 --candles BTCUSDT_1m.parquet --out r
      trader strategy evidence ema_cross --candles BTCUSDT_1m.parquet    what it came to, also where it lost
      trader paper run --strategy my_strategy.py
    """


command.add_command(evidence)


@command.command("list")
@click.option("--json", "as_json", is_flag=True, help="Print one JSON array.")
def list_(as_json: bool) -> None:
    """The strategies that are built in."""
    from trader.authoring.described import all_described

    found = all_described()
    if as_json:
        output.print_json([each._asdict() for each in found])
        return
    rows = [(each.name, settings_line(each), each.idea) for each in found]
    output.print_table("Built-in strategies", ("name", "settings", "idea"), rows)


@command.command("show", short_help="Settings, inputs, values, reasons and hash of one; its source.")
@click.argument("strategy", type=STRATEGY, metavar="NAME|FILE")
@click.option("--source", is_flag=True, help="Print its source instead.")
@JSON
def show(strategy: str, source: bool, as_json: bool) -> None:
    """A strategy's settings, what it reads and sees, its reasons and its hash."""
    from trader.authoring.described import described

    named = strategy_named(strategy)
    if source:
        for line in named.source.splitlines():
            output.print_line(line)
        return
    found = described(named)
    if as_json:
        output.print_json(found._asdict())
        return
    output.print_facts("Strategy", facts_of(found))
    if found.settings:
        output.print_table("Settings", ("setting", "type", "default", "allowed"), found.settings)


@command.command("new", short_help="Write a strategy that works, and its test beside it.")
@click.argument("file", type=StrategyFile())
def new(file: str) -> None:
    """Write a strategy that works, with comments, and beside it its test; nothing is written over."""
    from trader.authoring.new_file import written

    for path in written(Path(file)):
        output.print_line(str(path))
    output.note(f"next: trader strategy check {file}")


@command.command("check", short_help="Look at one from all sides; exit 1 if anything is wrong.")
@click.argument("strategy", type=STRATEGY, metavar="FILE|NAME")
@candles_option("Candle files [ten days of a generated market]")
@click.option("--symbol", metavar="S[,S]", type=SYMBOLS_OF_FILES, help="Symbols of the files.")
@click.option("--from", "from_ms", type=ISO, help="Only candles that open at this time or later.")
@click.option("--to", "to_ms", type=END, help="Only candles that open at this time or earlier; of a day all.")
@click.option("--config", type=click.Path(path_type=Path), help="Settings [./agent.toml if there is one].")
@click.option("--set", "overrides", multiple=True, metavar="KEY=VALUE", help="Override one: strategy.settings.fast=5.")
@series_option
@click.option(
    "--bars",
    type=BARS,
    default=CHECKED_BARS,
    metavar="N|all",
    help=f"Look for look-ahead by cutting history at so many bars [{CHECKED_BARS}].",
)
@JSON
@click.pass_context
def check(
    context: click.Context,
    strategy: str,
    candles: str | None,
    symbol: str | None,
    from_ms: int | None,
    to_ms: int | None,
    config: Path | None,
    overrides: tuple[str, ...],
    series: tuple[str, ...],
    bars: int,
    as_json: bool,
) -> None:
    """Look at a strategy from all sides, and name the first thing that is wrong; exit 1 if any is.

    That it can be read, uses nothing that breaks a promise (by line), has the form of a strategy, compiles, wants the
    same compiled and in plain Python at every close, and looks at no later bar; how many bars it warms up, and how long
    a bar takes. A series that it reads and no file gives, sentiment among them, is made up.

    \b
    Examples:
      trader strategy check my_strategy.py
      trader strategy check my_strategy.py --candles BTCUSDT_1m.parquet --set strategy.settings.fast=9
    """
    from chalicelib.config import load_config
    from trader.backtest.steps import refuse_without_files, step_of
    from trader.checks.strategy_check import StrategyCheck
    from trader.checks.strategy_market import ground_of
    from trader.data.candle_files import read_candle_files

    refuse_backwards(from_ms, to_ms)
    if candles is None and (symbol, from_ms, to_ms) != (None, None, None):
        raise click.UsageError("--symbol, --from and --to are about the candles of files: give --candles too")
    settings = load_config(config, [*overrides_of(strategy), *overrides], output.note)
    files = None
    if candles is None:
        refuse_without_files(settings, "generated candles")
    else:
        files = read_candle_files(candles, symbol, from_ms, to_ms, output.note, step_of(settings))
    most = None if bars == ALL else bars
    looks = StrategyCheck(
        settings, lambda: ground_of(files, settings.agent.step_ms), most, output.progress, output.note, series
    )
    findings = list(looks.findings())
    show_findings(strategy, findings, as_json)
    failed = [finding.words for finding in findings if finding.holds is False]
    if failed:
        output.note(f"trader: {failed[0]}{f' (and {len(failed) - 1} more)' if len(failed) > 1 else ''}")
        context.exit(1)


def show_findings(strategy: str, findings: Sequence[CheckFinding], as_json: bool) -> None:
    """Every look in a row."""
    words = {True: "ok", False: "FAILS", None: "-"}
    if as_json:
        ok = all(each.holds is not False for each in findings)
        output.print_json({"strategy": strategy, "ok": ok, "checks": [asdict(each) for each in findings]})
        return
    if findings[0].holds is False:  # nothing was looked at: the line that follows says why
        return
    output.print_table(
        f"Check of {strategy}",
        ("check", "result", "what"),
        [(each.name, words[each.holds], each.words) for each in findings],
    )


def settings_line(found: Described) -> str:
    """Settings with their defaults, in short."""
    return ", ".join(f"{row.name} {row.default!r}" for row in found.settings) or "none"


def facts_of(found: Described) -> dict[str, output.Cell]:
    """All but the settings, as names and values."""
    return {
        "strategy": found.name,
        "idea": " ".join(found.docstring.split()) or None,
        "inputs": ", ".join(found.inputs) or "bars alone",
        "values": ", ".join(found.values),
        "reasons": ", ".join(found.reasons),
        "rule hash": found.hash,
    }
