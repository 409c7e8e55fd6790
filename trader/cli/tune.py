"""trader tune: which settings would have done best, and whether that means anything."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from trader.cli import output
from trader.cli.choice_options import choice_options
from trader.cli.data_options import data_options, read_inputs

if TYPE_CHECKING:
    from trader.tuning.tune import Tuned
    from trader.tuning.walk_forward import Leg

MOST_TRIALS = 100_000
MINUTES = len("2025-05-20 13:45")


@click.command("tune")
@data_options
@click.option(
    "--grid",
    multiple=True,
    required=True,
    metavar="KEY=A,B,C",
    help="A setting and its values; KEY=A..B with --trials. May be given for several settings.",
)
@click.option(
    "--trials",
    type=click.IntRange(1, MOST_TRIALS),
    metavar="N",
    help="Let Optuna draw N sets instead of trying all (in every fold).",
)
@choice_options
@click.option("--out", type=click.Path(path_type=Path), required=True, metavar="DIR", help="Folder for the results.")
@click.option("--json", "as_json", is_flag=True, help="Print tune.json.")
def command(
    grid: tuple[str, ...],
    trials: int | None,
    folds: int,
    objective: str,
    min_trades: int,
    out: Path,
    as_json: bool,
    **options: Any,
) -> None:
    """Try many settings over the past, and say what the best of them is worth.

    Sets are compared on the first part of the minutes and the best one is run over the part that follows, K times over;
    what those parts came to stands beside buy-and-hold, random entries and what luck gives the best of as many sets.

    \b
    Examples:
      trader tune --candles BTC.parquet --grid strategy.settings.rsi_buy=25,30 --grid risk.stop_loss=0.01,0.02 --out r
      trader tune --strategy my_strategy.py --candles BTCUSDT_1m.parquet --grid strategy.settings.fast=5,9,12 --out r
      trader tune --symbol BTCUSDT --from 2025-01-01 --grid risk.stop_loss=0.01..0.05 --trials 200 --out r
      trader tune --candles BTCUSDT_1m.parquet --grid strategy.settings.rsi_period=7,14,21 --objective calmar --out r
    """
    from chalicelib.strategy.chosen import strategy_of
    from trader.backtest.engine import fastest
    from trader.data.files import make_folder
    from trader.tuning.axes import read_axes
    from trader.tuning.files import write_tuning
    from trader.tuning.summary import summary_of
    from trader.tuning.tune import TuningPlan, tune
    from trader.tuning.walk_forward import ChosenSet

    inputs = read_inputs(**options)
    axes = read_axes(grid, strategy_of(inputs.config))
    make_folder(out)
    plan = TuningPlan(axes, trials, folds, ChosenSet(objective, min_trades))
    tuned = tune(inputs, inputs.config, plan, fastest(), output.progress)
    write_tuning(out, tuned)
    if tuned.tried.contradictory:
        output.note(f"{tuned.tried.contradictory} sets left out: their values contradict one another")
    if trials is not None and tuned.search.name == "grid":
        output.note(f"the grid has {tuned.search.trials} sets, no more than --trials: all of them were tried")
    if as_json:
        output.print_json(summary_of(tuned))
        return
    show(tuned)
    output.note(f"-> {out}")


def show(tuned: Tuned) -> None:
    """In plain words what it is worth, then the best set and the folds."""
    show_verdict(tuned)
    objective = tuned.plan.choice.objective
    names = tuned.study.keys.names
    facts: dict[str, output.Cell] = dict(zip(names, tuned.values, strict=True))
    output.print_facts(f"Best set in sample ({tuned.luck.sets_tried} sets tried)", facts)
    if tuned.legs:
        columns = (
            "fold",
            "from",
            "to",
            *(short_names(names) if output.on_terminal() else names),
            f"{objective} in sample",
            f"{objective} out of sample",
            "return",
            "trades",
        )
        output.print_table("Walk-forward", columns, (fold_row(leg, tuned) for leg in tuned.legs))


def show_verdict(tuned: Tuned) -> None:
    """The headline, what speaks for and against it, and where the search ended at an end of the grid."""
    from trader.tuning.verdict import headline

    output.print_line(headline(tuned.findings))
    for finding in tuned.findings:
        output.print_line(f"{'+' if finding.holds else '-'} {finding.text}")
    for edge in tuned.edges:
        output.print_line(f"! {edge.text}")


def short_names(keys: Sequence[str]) -> list[str]:
    """Keys without their sections, which stand above the table; whole where two would be called alike.

    >>> short_names(["risk.stop_loss", "strategy.settings.lowest"])
    ['stop_loss', 'lowest']
    >>> short_names(["inputs.window", "strategy.settings.window"])
    ['inputs.window', 'strategy.settings.window']
    """
    last = [key.rsplit(".", 1)[-1] for key in keys]
    return last if len({*last}) == len(keys) else [*keys]


def fold_row(leg: Leg, tuned: Tuned) -> list[output.Cell]:
    """What a fold chose, and what that came to on the minutes after."""
    from trader.tuning.figures import named

    objective = tuned.plan.choice.objective
    times, figures = leg.outcome.result.times, leg.outcome.metrics
    values = leg.values or [None] * len(tuned.study.keys.names)
    inside = None if leg.chosen is None else named(leg.tried.figures[leg.chosen])[objective]
    first, last = (str(output.utc(int(times[at]))) for at in (0, -1))
    if output.on_terminal():
        first, last = (f"{time[:MINUTES]}Z" for time in (first, last))
    seen = (inside, figures[objective], figures["total_return"], figures["trades"])
    return [leg.fold.number, first, last, *(rounded(value) for value in (*values, *seen))]


def rounded(value: float | int | str | None) -> output.Cell:
    """A figure as a person reads it; in a pipe it is exact.

    >>> rounded(3), rounded(None)
    (3, None)
    """
    return f"{value:.4g}" if isinstance(value, float) and output.on_terminal() else value
