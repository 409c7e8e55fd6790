"""How well an analyzer scores labelled headlines, and how sure that is."""

from __future__ import annotations

import random
import time
from collections.abc import Sequence
from typing import NamedTuple

from chalicelib.domain import LABELS
from chalicelib.ports import SentimentAnalyzer
from trader.sentiment.metrics import accuracy, auc, calibration_error, macro_f1, sign_accuracy, spearman

CLASSES = dict(zip(LABELS, (-1, 0, 1), strict=True))
"""Labels of the labelled files by the name that an analyzer gives them."""
METRICS = ("accuracy", "macro_f1", "sign_accuracy", "auc", "spearman", "calibration_error")
"""The fields of Quality that are drawn from labels, in its order."""


class Opinion(NamedTuple):
    """What was said of one headline; a class as the labels have it, -1, 0 or 1."""

    found: int
    value: float
    confidence: float = 0.0
    """0 where the analyzer names none."""


class Quality(NamedTuple):
    """Every metric of one analyzer on one set of headlines; NaN where the set or the analyzer does not allow it."""

    headlines: int
    accuracy: float
    macro_f1: float
    sign_accuracy: float
    auc: float
    spearman: float
    calibration_error: float
    per_cpu_second: float
    """Headlines."""


def opinions(analyzer: SentimentAnalyzer, headlines: Sequence[str]) -> tuple[list[Opinion], float]:
    """What the analyzer says of each, and the CPU seconds that it took. Raises Unavailable as the analyzer does."""
    began = time.process_time()
    scores = analyzer.score(headlines)
    seconds = time.process_time() - began
    return [Opinion(CLASSES[each.label], each.value, each.confidence) for each in scores], seconds


def quality(labels: Sequence[int], found: Sequence[Opinion], cpu_seconds: float = float("nan")) -> Quality:
    """Every metric of these opinions."""
    classes, scores = [each.found for each in found], [each.value for each in found]
    sure = [each.confidence for each in found]
    right = [label == each for label, each in zip(labels, classes, strict=True)]
    return Quality(
        len(labels),
        accuracy(labels, classes),
        macro_f1(labels, classes),
        sign_accuracy(labels, scores),
        auc(labels, scores),
        spearman(labels, scores),
        calibration_error(right, sure) if any(sure) else float("nan"),
        len(labels) / cpu_seconds if cpu_seconds > 0.0 else float("nan"),
    )


def intervals(
    labels: Sequence[int], found: Sequence[Opinion], resamples: int = 1000, seed: int = 1
) -> dict[str, tuple[float, float]]:
    """The middle 95 % of each metric over sets drawn with replacement from the headlines."""
    draw = random.Random(seed)
    drawn: dict[str, list[float]] = {name: [] for name in METRICS}
    for _ in range(resamples):
        chosen = draw.choices(range(len(labels)), k=len(labels))
        each = quality([labels[index] for index in chosen], [found[index] for index in chosen])
        for name, values in drawn.items():
            values.append(getattr(each, name))
    return {name: _middle([value for value in values if value == value]) for name, values in drawn.items()}


def _middle(values: list[float]) -> tuple[float, float]:
    if not values:
        return float("nan"), float("nan")
    ordered = sorted(values)
    return ordered[int(0.025 * (len(ordered) - 1))], ordered[int(0.975 * (len(ordered) - 1))]
