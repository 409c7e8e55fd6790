"""trader backtest-remote: many parameter sets at once, on Step Functions."""

from __future__ import annotations

import json
import time
from collections.abc import Mapping, Sequence
from contextlib import ExitStack
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from trader.cli import INTERRUPTED, output
from trader.cli.choice_options import choice_options
from trader.cli.series_option import series_option
from trader.cli.strategy_option import overrides_of, strategy_option
from trader.cli.symbol_options import SYMBOLS
from trader.cli.times import END, ISO, refuse_backwards

if TYPE_CHECKING:
    from chalicelib.config import Config
    from chalicelib.strategy.rule import Strategy
    from trader.cloud_backtest.client import RemoteRuns, RunProgress
    from trader.cloud_backtest.request import BacktestRequest

SHOWN = ("total_return", "max_drawdown", "sharpe", "trades", "win_rate")


@click.command("backtest-remote")
@click.option("--symbol", metavar="S[,S]", type=SYMBOLS, help="Symbols, which share one cash.")
@click.option("--from", "from_ms", type=ISO, help="Candles that open at this time or later.")
@click.option("--to", "to_ms", type=END, help="Candles that open at this time or earlier; of a day all.")
@click.option("--config", type=click.Path(path_type=Path), help="Settings [./agent.toml if there is one].")
@strategy_option
@click.option("--set", "overrides", multiple=True, metavar="KEY=VALUE", help="Override one setting.")
@click.option("--grid", multiple=True, metavar="KEY=A,B,C", help="What varies; several make every combination.")
@series_option
@choice_options
@click.option("--archive", metavar="URL|none", help="Where monthly archives are [data.binance.vision for Binance].")
@click.option("--stage", metavar="S", help="The deployed stage [TRADER_STAGE, or local].")
@click.option("--run", "run_id", metavar="ID", help="Go on following a run that was started, and fetch it.")
@click.option("--out", type=click.Path(path_type=Path), required=True, metavar="DIR", help="Folder for the results.")
@click.option("--json", "as_json", is_flag=True, help="Print metrics.json as one line.")
def command(stage: str | None, run_id: str | None, out: Path, as_json: bool, **asked: Any) -> None:
    """Run every combination of a grid over the past, on the Step Functions of a deployed stage.

    It fetches the candles itself and writes into DIR what `trader tune` writes, to the byte: sweep.csv with all sets,
    and of the best one, chosen in sample, trades.csv, equity.csv, metrics.json and report.html. Credentials, region and
    AWS_ENDPOINT_URL are those of the environment. Ctrl-C leaves the run running; --run follows it again.

    \b
    Examples:
      trader backtest-remote --symbol BTCUSDT,ETHUSDT --from 2025-01-01 --to 2025-06-30 \\
        --grid strategy.settings.rsi_buy=20,25,30 --grid risk.stop_loss=0.01,0.02,0.03 --stage dev --out results
      trader backtest-remote --strategy my_strategy.py --series funding=funding.csv --symbol BTCUSDT \\
        --from 2025-01-01 --to 2025-06-30 --grid strategy.settings.fast=5,9,12 --stage dev --out results
      trader backtest-remote --run 20261125T101500Z-a1b2 --stage dev --out results
    """
    import boto3

    from chalicelib.config import deployment
    from trader.cloud_backtest.client import RemoteRuns, new_run_id
    from trader.data.files import make_folder

    if run_id and (asked["symbol"] or asked["grid"]):
        raise click.UsageError("--run names a run that was started, with its own symbols and grid")
    names = deployment({"TRADER_STAGE": stage}) if stage else deployment()
    request, series = (None, {}) if run_id else _request(**asked)
    make_folder(out)
    runs = RemoteRuns(names, boto3.Session())
    run_id = run_id or new_run_id(datetime.now(UTC))
    try:
        if request is not None:
            runs.start(run_id, request, series.values())
            output.note(f"run {run_id} started")
        _follow(runs, run_id)
    except KeyboardInterrupt:
        output.note(f"run {run_id} goes on; to follow and fetch it:")
        output.note(f"  trader backtest-remote --run {run_id} --stage {names.stage} --out {out}")
        raise click.exceptions.Exit(INTERRUPTED) from None
    files = runs.fetch(run_id, out)
    _show(out, files, as_json)


def _request(
    *,
    symbol: str | None,
    from_ms: int | None,
    to_ms: int | None,
    config: Path | None,
    strategy: str | None,
    overrides: tuple[str, ...],
    grid: tuple[str, ...],
    series: tuple[str, ...],
    objective: str,
    min_trades: int,
    folds: int,
    archive: str | None,
) -> tuple[BacktestRequest, Mapping[str, bytes]]:
    """What the options ask for, checked as the first step of the run would, and the files of series that it reads.

    Raises UsageError, BadInput.
    """
    from chalicelib import wiring
    from chalicelib.assets import refuse_mixed_quotes
    from chalicelib.config import load_config
    from chalicelib.domain import MINUTE_MS
    from chalicelib.strategy.chosen import strategy_of
    from trader.cloud_backtest.plan import plan_of
    from trader.cloud_backtest.request import read_request, settings_of
    from trader.cloud_backtest.series import digest_of
    from trader.cloud_backtest.sources import archive_of

    if from_ms is None or to_ms is None:
        raise click.UsageError("--from and --to must say which time, unless --run names a run")
    refuse_backwards(from_ms, to_ms)
    refuse_mixed_quotes((symbol or "").split(","), "--symbol")
    named = [f"agent.symbols={symbol}"] if symbol else []
    chosen = load_config(config, [*overrides_of(strategy), *overrides, *named], output.note)
    contents = _series(chosen, series)
    published = archive_of(chosen.exchange.base_url) if archive is None else archive
    request = read_request(
        {
            "symbols": list(chosen.agent.symbols),
            "from_ms": from_ms,
            "to_ms": min(to_ms, wiring.system_clock().now_ms() - MINUTE_MS),
            "settings": settings_of(chosen),
            "grid": list(grid),
            "folds": folds,
            "objective": objective,
            "min_trades": min_trades,
            "archive_url": "" if published == "none" else published,
            "series": {name: digest_of(content) for name, content in contents.items()},
            "source": strategy_of(chosen).source if chosen.strategy.file else "",
        }
    )
    if request.source:
        _tell_of_source(strategy_of(chosen))
    plan = plan_of(request)
    left_out = f", {plan.left_out} that contradict themselves left out" if plan.left_out else ""
    output.note(f"{len(plan.sets)} parameter sets{left_out}")
    return request, contents


def _series(config: Config, given: Sequence[str]) -> Mapping[str, bytes]:
    """The files that the strategy reads, told in a line each as `trader tune` does. Raises BadInput."""
    from chalicelib.series import SENTIMENT
    from chalicelib.series_name import named
    from chalicelib.strategy.chosen import strategy_of
    from trader.cloud_backtest.series import contents_of
    from trader.data.series_files import files_of, series_lines

    strategy = strategy_of(config)
    if SENTIMENT in named(given):
        raise click.UsageError(f"--series {SENTIMENT}: on AWS nothing is known of it to a backtest: run trader tune")
    files = files_of(strategy, config.inputs, given)
    for line in series_lines(strategy, files, config.inputs, config.agent.symbols):
        output.note(line)
    if SENTIMENT in named(config.inputs.series):
        output.note(f"{SENTIMENT}: the file of inputs.series is left out: on AWS nothing is known of it to a backtest")
    return contents_of(files)


def _tell_of_source(strategy: Strategy) -> None:
    """What a person should know of a file of their own that is sent along."""
    from chalicelib.foreign_text import printable
    from trader.backtest.engine import fastest

    name = printable(strategy.name)
    output.note(f"{name}: sent as {strategy.hash}; each function with numba compiles it when it starts: some 5 s")
    if fastest().name == "numba":
        from trader.backtest.compiled_strategy import compiled

        if obstacle := compiled(strategy).obstacle:
            output.note(f"{name}: runs in plain Python there too, some hundred times slower: {obstacle}")


def _follow(runs: RemoteRuns, run_id: str) -> None:
    """A bar for the history, of unknown length, then one for the shards."""
    from trader.cloud_backtest.client import follow

    with ExitStack() as bars:
        advance = bars.enter_context(output.progress(None, "history"))
        shown = -1

        def hear(progress: RunProgress) -> None:
            nonlocal advance, shown
            if progress.shards is None:
                return
            if shown < 0:
                bars.close()
                advance, shown = bars.enter_context(output.progress(progress.shards, "shards")), 0
            advance(progress.shards_done - shown)
            shown = progress.shards_done

        follow(runs, run_id, hear, time.sleep)


def _show(out: Path, files: list[str], as_json: bool) -> None:
    """The best set, its figures in and out of sample, and what they are worth. Raises ClickException for a failure."""
    if "metrics.json" not in files:
        raise click.ClickException(
            "the run's results are not there (any more): the bucket keeps them for some time only"
        )
    facts = json.loads((out / "metrics.json").read_text("utf-8"))
    if as_json:
        output.print_json(facts)
    elif facts["best_set"] is not None:
        output.print_facts(f"Best set in sample ({facts['parameter_sets_tried']} sets tried)", facts["best_values"])
        output.print_table("Figures", ("figure", "in sample", "out of sample"), _rows(facts))
        output.print_line(facts["verdict"])
    output.note(f"-> {out}: {', '.join(files)}")
    _refuse_failures(facts)


def _rows(facts: Mapping[str, Any]) -> list[tuple[output.Cell, ...]]:
    """Nothing was out of sample without a walk-forward."""
    outside = facts["out_of_sample"] or {}
    return [(name.replace("_", " "), facts["in_sample"][name], outside.get(name)) for name in SHOWN]


def _refuse_failures(facts: Mapping[str, Any]) -> None:
    """What failed must not pass for a result."""
    failed, ran = facts["parameter_sets_failed"], facts["parameter_sets_tried"]
    for each in facts["failed_shards"]:
        output.note(f"shard {each['shard']} (sets {each['first_set']} to {each['last_set']}) failed: {each['reason']}")
    if failed:
        raise click.ClickException(f"{failed} of {failed + ran} sets were not run; sweep.csv says which and why")
    if facts["best_set"] is None:
        raise click.ClickException(f"no set has a {facts['objective']} and at least {facts['min_trades']} trades")
