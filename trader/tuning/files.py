"""What a tuning leaves in its folder: all of it or nothing."""

from __future__ import annotations

import json
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from math import isnan
from pathlib import Path

from chalicelib.errors import BadInput
from trader.backtest.files import write_equity, write_results
from trader.backtest.metrics_json import metrics_json
from trader.data.csv_text import Cell, write_rows
from trader.data.files import make_folder
from trader.report import write_report
from trader.tuning.figures import FIGURES, eligible, named
from trader.tuning.heatmap import heatmap
from trader.tuning.report import report_of
from trader.tuning.summary import agent_toml, lasting, parts_of, summary_of
from trader.tuning.tune import Tuned
from trader.tuning.verdict import headline
from trader.tuning.walk_forward import Leg

FILES = (
    "sweep.csv",
    "walk_forward.csv",
    "out_of_sample.csv",
    "heatmap.html",
    "best.toml",
    "tune.json",
    "trades.csv",
    "equity.csv",
    "metrics.json",
    "report.html",
)
"""Of these a folder holds what the last tuning wrote and nothing else."""
WALK_FORWARD_COLUMNS = ("fold", "in_sample_from", "in_sample_to", "out_of_sample_from", "out_of_sample_to")


def write_tuning(folder: Path, tuned: Tuned) -> None:
    """Every file of FILES. Raises BadInput if the folder cannot be written into; then it is as it was."""
    with staged(folder) as scratch:
        write_sweep(scratch / "sweep.csv", tuned)
        if tuned.legs:
            write_walk_forward(scratch / "walk_forward.csv", tuned)
        if tuned.out_of_sample:
            write_equity(scratch / "out_of_sample.csv", tuned.out_of_sample.result)
        scores = eligible(tuned.tried.figures, tuned.plan.choice.objective, tuned.plan.choice.min_trades)
        told = (headline(tuned.findings), *(edge.text for edge in tuned.edges))
        page = heatmap(tuned.plan.axes, tuned.tried.sets, scores, tuned.best, tuned.plan.choice.objective, told)
        (scratch / "heatmap.html").write_text(page, "utf-8")
        (scratch / "best.toml").write_text(agent_toml(tuned), "utf-8")
        (scratch / "tune.json").write_text(json.dumps(summary_of(tuned), indent=1, allow_nan=False) + "\n", "utf-8")
        write_results(scratch, tuned.best_throughout.result, best_facts(tuned))
        write_report(scratch / "report.html", report_of(tuned))


def write_sweep(path: Path, tuned: Tuned) -> None:
    """A row a set: its number, its values, its figures over all minutes in sample.

    Where every fold tried the same sets, also the objective in sample of each fold.
    """
    objective = tuned.plan.choice.objective
    folds = tuned.legs if tuned.search.is_same_everywhere else ()
    column = FIGURES.index(objective)
    header = ("set", *tuned.study.keys.names, *FIGURES, *(f"fold_{leg.fold.number}_{objective}" for leg in folds))
    write_rows(
        path,
        header,
        (
            (number, *values, *named(row).values(), *(_cell(leg.tried.figures[number, column]) for leg in folds))
            for number, (values, row) in enumerate(zip(tuned.tried.sets, tuned.tried.figures, strict=True))
        ),
    )


def write_walk_forward(path: Path, tuned: Tuned) -> None:
    """A row a fold: when, which set was chosen, its figures in sample and out of it. No values: none was chosen."""
    outside = list(lasting(tuned.legs[0].outcome.metrics))
    header = (
        *WALK_FORWARD_COLUMNS,
        *tuned.study.keys.names,
        *(f"in_sample_{name}" for name in FIGURES),
        *(f"out_of_sample_{name}" for name in outside),
        "at_an_end",
    )
    write_rows(path, header, (_fold_row(tuned, leg, outside) for leg in tuned.legs))


def _fold_row(tuned: Tuned, leg: Leg, outside: Sequence[str]) -> list[Cell]:
    times = tuned.best_throughout.data.tape.times
    ends = [int(times[minute]) for span in leg.fold[1:] for minute in (span.start, span.end - 1)]
    values: Sequence[Cell] = leg.values or [None] * len(tuned.study.keys.names)
    chosen: Sequence[Cell] = [None] * len(FIGURES)
    if leg.chosen is not None:
        chosen = list(named(leg.tried.figures[leg.chosen]).values())
    figures = (leg.outcome.metrics[name] for name in outside)
    at_an_end = " ".join(edge.key for edge in tuned.edges if leg.fold.number in edge.folds)
    return [leg.fold.number, *ends, *values, *chosen, *figures, at_an_end]


def _cell(value: float) -> Cell:
    return None if isnan(value) else float(value)


@contextmanager
def staged(folder: Path) -> Iterator[Path]:
    """A folder beside the results whose files take the place of those of FILES when nothing went wrong.

    Raises BadInput where anything cannot be written.
    """
    make_folder(folder)
    try:
        with tempfile.TemporaryDirectory(prefix=".tuning-", dir=folder) as name:
            yield Path(name)
            for file in FILES:
                if (Path(name) / file).exists():
                    (Path(name) / file).replace(folder / file)
                else:
                    (folder / file).unlink(missing_ok=True)
    except OSError as error:
        raise BadInput(f"{folder}: cannot be written into ({error.strerror or error})") from error


def best_facts(tuned: Tuned) -> Mapping[str, object]:
    """What metrics.json says: the best set over all minutes as a backtest, then both parts of them apart."""
    whole, engine = tuned.best_throughout, tuned.study.engine.name
    facts = metrics_json(tuned.config, whole.result.rule, whole.data, engine, whole.metrics)
    return {**facts, "parameter_sets_tried": tuned.luck.sets_tried, **parts_of(tuned)}
