"""How well an analyzer scores labelled headlines: pure metrics, and a comparison on the command line.

    python -m trader.sentiment_eval --data headlines.csv [--fold test] [--domain finance]

The CSV has the columns headline, label (-1, 0, 1) and, for --fold, fold.
"""

from __future__ import annotations

import csv
from collections.abc import Sequence
from math import sqrt
from pathlib import Path
from typing import NamedTuple

import click

from chalicelib.errors import BadInput, TraderError
from chalicelib.ports import SentimentAnalyzer

CLASSES = {"negative": -1, "neutral": 0, "positive": 1}


class Labelled(NamedTuple):
    """A headline and what people said of it: -1, 0 or 1."""

    headline: str
    label: int


class Quality(NamedTuple):
    """Every metric of one analyzer on one set of headlines; NaN where the set does not allow it."""

    headlines: int
    accuracy: float
    macro_f1: float
    sign_accuracy: float
    auc: float
    spearman: float


def accuracy(labels: Sequence[int], classes: Sequence[int]) -> float:
    """Share of classes that equal the label.

    >>> accuracy([1, 0, -1, 1], [1, 0, 0, 1])
    0.75
    """
    return _mean([float(label == found) for label, found in zip(labels, classes, strict=True)])


def macro_f1(labels: Sequence[int], classes: Sequence[int]) -> float:
    """Mean over the classes that occur of 2 TP / (2 TP + FP + FN): rare classes count as much as frequent ones.

    >>> macro_f1([1, 1, -1], [1, -1, -1])
    0.6666666666666666
    """
    pairs = list(zip(labels, classes, strict=True))
    scores = []
    for one in sorted(set(labels) | set(classes)):
        hits = sum(label == found == one for label, found in pairs)
        named = sum((label == one) + (found == one) for label, found in pairs)
        scores.append(2.0 * hits / named)
    return _mean(scores)


def sign_accuracy(labels: Sequence[int], scores: Sequence[float]) -> float:
    """Share of the headlines with a tone (label not 0) whose score has that sign; a score of 0 is a miss.

    >>> sign_accuracy([1, -1, 0, 1], [0.2, 0.1, 0.9, 0.0])
    0.3333333333333333
    """
    return _mean([float(label * score > 0) for label, score in zip(labels, scores, strict=True) if label != 0])


def auc(labels: Sequence[int], scores: Sequence[float]) -> float:
    """Probability that a positive headline scores above a negative one, ties counting half (Mann-Whitney U).

    >>> auc([1, 1, -1, 0], [0.5, 0.1, 0.1, 0.9])
    0.75
    """
    toned = [(label, score) for label, score in zip(labels, scores, strict=True) if label != 0]
    ranks = _ranks([score for _, score in toned])
    positives = sum(label > 0 for label, _ in toned)
    negatives = len(toned) - positives
    if not positives or not negatives:
        return float("nan")
    rank_sum = sum(rank for rank, (label, _) in zip(ranks, toned, strict=True) if label > 0)
    return (rank_sum - positives * (positives + 1) / 2) / (positives * negatives)


def spearman(labels: Sequence[int], scores: Sequence[float]) -> float:
    """Rank correlation of label and score, ties with their mean rank; NaN where either is constant.

    >>> spearman([-1, 0, 1], [-0.5, 0.1, 0.2])
    1.0
    """
    first, second = _ranks(labels), _ranks(scores)
    mean = (len(first) + 1) / 2
    covariance = sum((a - mean) * (b - mean) for a, b in zip(first, second, strict=True))
    spread = sqrt(sum((a - mean) ** 2 for a in first) * sum((b - mean) ** 2 for b in second))
    return covariance / spread if spread else float("nan")


def evaluate(analyzer: SentimentAnalyzer, rows: Sequence[Labelled]) -> Quality:
    """Score the headlines and compare. Raises Unavailable as the analyzer does."""
    labels = [row.label for row in rows]
    verdicts = analyzer.score([row.headline for row in rows])
    classes = [CLASSES[verdict.label] for verdict in verdicts]
    scores = [verdict.value for verdict in verdicts]
    return Quality(
        len(rows),
        accuracy(labels, classes),
        macro_f1(labels, classes),
        sign_accuracy(labels, scores),
        auc(labels, scores),
        spearman(labels, scores),
    )


def load_labelled(path: Path, fold: str | None = None) -> list[Labelled]:
    """The file's headlines, of one fold if it is named. Raises BadInput naming the file and the row."""
    try:
        with path.open(encoding="utf-8", newline="") as file:
            rows = list(csv.DictReader(file))
    except (OSError, UnicodeDecodeError, csv.Error) as error:
        raise BadInput(f"{path}: cannot be read as CSV ({error})") from error
    labelled = []
    for number, row in enumerate(rows, start=2):
        if row.get("headline") is None or row.get("label") not in ("-1", "0", "1"):
            raise BadInput(f"{path}: row {number} needs a headline and a label of -1, 0 or 1")
        if fold in (None, row.get("fold")):
            labelled.append(Labelled(row["headline"], int(row["label"])))
    if not labelled:
        raise BadInput(f"{path}: holds no headlines" + (f" of fold {fold}" if fold else ""))
    return labelled


def _ranks(values: Sequence[float]) -> list[float]:
    order = sorted(range(len(values)), key=values.__getitem__)
    ranks = [0.0] * len(values)
    start = 0
    while start < len(order):
        end = start
        while end < len(order) and values[order[end]] == values[order[start]]:
            end += 1
        for position in order[start:end]:
            ranks[position] = (start + 1 + end) / 2
        start = end
    return ranks


def _mean(values: Sequence[float]) -> float:
    return sum(values) / len(values) if values else float("nan")


@click.command()
@click.option("--data", required=True, type=click.Path(path_type=Path), help="CSV with headline, label and fold.")
@click.option("--fold", help="Only the rows of this fold.")
@click.option("--domain", type=click.Choice(["crypto", "finance"]), default="crypto", show_default=True)
def main(data: Path, fold: str | None, domain: str) -> None:
    """Compare plain VADER with the lexicon analyzer on labelled headlines."""
    from chalicelib import wiring
    from trader.cli.output import print_table

    try:
        rows = load_labelled(data, fold)
    except TraderError as error:
        raise click.ClickException(str(error)) from error
    found = [(each.model, evaluate(each, rows)) for each in (wiring.analyzer("plain"), wiring.analyzer(domain))]
    lines: list[list[str | float]] = [[model, *(round(value, 4) for value in quality)] for model, quality in found]
    print_table(f"{data.name} {fold or ''}", ("model", *Quality._fields), lines)


if __name__ == "__main__":
    main()
