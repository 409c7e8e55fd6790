"""What an analyzer is measured by: pure functions over labels (-1, 0, 1), classes, scores and confidences."""

from __future__ import annotations

from collections.abc import Sequence
from math import sqrt

from chalicelib.addition import added


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
    rank_sum = added(rank for rank, (label, _) in zip(ranks, toned, strict=True) if label > 0)
    return (rank_sum - positives * (positives + 1) / 2) / (positives * negatives)


def spearman(labels: Sequence[int], scores: Sequence[float]) -> float:
    """Rank correlation of label and score, ties with their mean rank; NaN where either is constant.

    >>> spearman([-1, 0, 1], [-0.5, 0.1, 0.2])
    1.0
    """
    first, second = _ranks(labels), _ranks(scores)
    mean = (len(first) + 1) / 2
    covariance = added((a - mean) * (b - mean) for a, b in zip(first, second, strict=True))
    spread = sqrt(added((a - mean) ** 2 for a in first) * added((b - mean) ** 2 for b in second))
    return covariance / spread if spread else float("nan")


def calibration_error(right: Sequence[bool], confidences: Sequence[float], bins: int = 10) -> float:
    """Expected calibration error: how far confidence lies from the share that is right, over bins of equal width.

    >>> round(calibration_error([True, True, False, False], [0.9, 0.9, 0.9, 0.9]), 9)
    0.4
    """
    if not right:
        return float("nan")
    filled: dict[int, list[tuple[bool, float]]] = {}
    for pair in zip(right, confidences, strict=True):
        filled.setdefault(min(int(pair[1] * bins), bins - 1), []).append(pair)
    gaps = (abs(sum(hit for hit, _ in each) - added(confidence for _, confidence in each)) for each in filled.values())
    return added(gaps) / len(right)


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
    return added(values) / len(values) if values else float("nan")
