"""Multinomial logistic regression with an L2 penalty, in numpy: what heads are fitted with.

The loss is convex, so the weights are the minimum's and depend on nothing but the data and the penalty. Nesterov's
accelerated gradient with restarts finds it in some hundred steps, each two products with the feature matrix.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
import numpy.typing as npt

Matrix = npt.NDArray[np.float64]
CLASSES = (-1, 0, 1)

_STEPS = 2000
_TOLERANCE = 1e-5  # of the gradient's largest entry, per row: beyond what six digits of a weight show


class Fit(NamedTuple):
    """Weights (classes x features) and biases, for features as they come."""

    weights: Matrix
    bias: Matrix

    def logits(self, features: Matrix) -> Matrix:
        """One row per row of features, one column per class."""
        return np.asarray(features @ self.weights.T + self.bias)


def softmax(logits: Matrix) -> Matrix:
    """Probabilities of each row.

    >>> softmax(np.array([[0.0, 0.0]])).tolist()
    [[0.5, 0.5]]
    """
    shifted = np.exp(logits - logits.max(axis=1, keepdims=True))
    return np.asarray(shifted / shifted.sum(axis=1, keepdims=True))


def fit(features: Matrix, labels: npt.NDArray[np.int64], strength: float, balance: float = 1.0) -> Fit:
    """Fit on standardised features; `strength` is the inverse of the penalty, smaller being simpler.

    Each row counts by the inverse of its class's frequency to the power `balance`: 1 makes the classes count alike,
    0 the rows. The total weight is the number of rows either way.
    """
    mean, spread = features.mean(axis=0), features.std(axis=0) + 1e-6
    rows = np.hstack([(features - mean) / spread, np.ones((len(features), 1))])
    target = (labels[:, None] == np.array(CLASSES)[None, :]).astype(np.float64)
    weight = _row_weights(target, balance)
    penalty = np.full(rows.shape[1], 1.0 / strength)
    penalty[-1] = 1e-3  # the bias is free but for a trace that keeps the three of them from drifting together
    found = _minimise(rows, target, weight, penalty)
    weights = found[:, :-1] / spread
    return Fit(weights, found[:, -1] - weights @ mean)


def _row_weights(target: Matrix, balance: float) -> Matrix:
    share = target.sum(axis=0).clip(min=1.0)
    weight = target @ (len(target) / len(CLASSES) / share) ** balance
    return np.asarray(weight * len(target) / weight.sum())


def _minimise(rows: Matrix, target: Matrix, weight: Matrix, penalty: Matrix) -> Matrix:
    point = momentum = np.zeros((target.shape[1], rows.shape[1]))
    step = 1.0 / (0.5 * _largest_eigenvalue(rows, weight) + penalty.max())
    pace = 1.0
    for _ in range(_STEPS):
        error = (softmax(rows @ momentum.T) - target) * weight[:, None]
        gradient = error.T @ rows + penalty * momentum
        if np.abs(gradient).max() < _TOLERANCE * len(rows):
            break
        following = momentum - step * gradient
        if float((gradient * (following - point)).sum()) > 0.0:  # it points back: start the acceleration anew
            pace = 1.0
        faster = (1.0 + np.sqrt(1.0 + 4.0 * pace * pace)) / 2.0
        momentum = following + (pace - 1.0) / faster * (following - point)
        point, pace = following, faster
    return point


def _largest_eigenvalue(rows: Matrix, weight: Matrix) -> float:
    """Of the weighted rows' Gram matrix, by the power method, a little above."""
    vector = np.ones(rows.shape[1])
    size = 1.0
    for _ in range(30):
        vector = rows.T @ (weight * (rows @ vector))
        size = float(np.linalg.norm(vector))
        vector = vector / size
    return 1.05 * size
