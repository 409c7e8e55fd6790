"""Fitting a head: how strongly to regularise and how to calibrate are chosen on folds, the weights on every row."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from trader.sentiment.evaluation import Opinion
from trader.sentiment.logistic import CLASSES, Fit, Matrix, fit, softmax

Labels = npt.NDArray[np.int64]

STRENGTHS = (0.001, 0.002, 0.003, 0.005, 0.01, 0.02, 0.05)
BALANCE = 0.5
"""Rows count by the inverse root of their class's frequency. Full balance cost a point of macro-F1 on the folds of the
crypto headlines, no balance cost the rare class as much."""
LEAD = 3
"""How often related logits stand beside the states, which divides the penalty on them. More raise the AUC of crypto
heads a little further and cost accuracy; without any, AUC and log loss are worse (docs/sentiment.md)."""
FOLDS = 5
SEED = 1
_TEMPERATURES = tuple(0.3 * 1.02**step for step in range(120))  # 0.3 to 3.2


class Trained(NamedTuple):
    """A fit over all rows, and what its folds said."""

    fit: Fit
    strength: float
    temperature: float
    held_out: Matrix
    """Probabilities of each row by the fit of the folds that it was not in."""


def train(states: Matrix, labels: Labels, strengths: Sequence[float] = STRENGTHS, lead: Fit | None = None) -> Trained:
    """The strength and the temperature of least log loss on the folds, and the fit of that strength over all rows.

    `lead` was fitted on related data that is none of these rows. Its logits are put beside the states, where the
    penalty hardly bears on them, so that only what it does not know has to be learnt. What comes out is a fit over
    states alone.
    """
    if lead is not None:
        led = train(np.hstack([states, *[lead.logits(states)] * LEAD]), labels, strengths)
        return led._replace(fit=_folded(led.fit, lead))
    tried = [(strength, held_out_logits(states, labels, strength)) for strength in strengths]
    strength, logits = min(tried, key=lambda each: _best_temperature(each[1], labels)[1])
    temperature, _ = _best_temperature(logits, labels)
    return Trained(fit(states, labels, strength, BALANCE), strength, temperature, softmax(logits / temperature))


def _folded(led: Fit, lead: Fit) -> Fit:
    """The same logits from states alone: what the lead's logits are made of is a product with the states too."""
    width = lead.weights.shape[1]
    share = led.weights[:, width:].reshape(len(CLASSES), LEAD, len(CLASSES)).sum(axis=1)
    return Fit(led.weights[:, :width] + share @ lead.weights, led.bias + share @ lead.bias)


def held_out_logits(states: Matrix, labels: Labels, strength: float) -> Matrix:
    """Of each row, by a fit on the folds that it is not in."""
    folds = fold_of(labels)
    logits = np.empty((len(labels), len(CLASSES)))
    for fold in range(FOLDS):
        out = folds == fold
        logits[out] = fit(states[~out], labels[~out], strength, BALANCE).logits(states[out])
    return logits


def fold_of(labels: Labels, seed: int = SEED) -> Labels:
    """The fold of each row, 0 to FOLDS - 1: drawn by the seed, with each class spread evenly.

    >>> [int(count) for count in np.bincount(fold_of(np.array([1] * 10 + [0] * 5)))]
    [3, 3, 3, 3, 3]
    """
    draw = np.random.default_rng(seed)
    folds = np.empty(len(labels), dtype=np.int64)
    for label in CLASSES:
        rows = draw.permutation(np.flatnonzero(labels == label))
        folds[rows] = np.arange(len(rows)) % FOLDS
    return folds


def log_loss(probabilities: Matrix, labels: Labels) -> float:
    """Mean of -log of the probability that each row's own class was given, in nats."""
    given = probabilities[np.arange(len(labels)), np.searchsorted(CLASSES, labels)]
    return float(-np.log(given.clip(min=1e-12)).mean())


def opinions_of(probabilities: Matrix) -> list[Opinion]:
    """As an analyzer would say them."""
    return [Opinion(CLASSES[int(row.argmax())], float(row[2] - row[0]), float(row.max())) for row in probabilities]


def _best_temperature(logits: Matrix, labels: Labels) -> tuple[float, float]:
    """The temperature of least log loss, and that loss."""
    losses = [(log_loss(softmax(logits / temperature), labels), temperature) for temperature in _TEMPERATURES]
    loss, temperature = min(losses)
    return temperature, loss
