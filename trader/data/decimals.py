"""Decimals that the numbers of a column are written with: what tells the grid that prices and quantities lie on."""

from __future__ import annotations

from collections.abc import Iterable
from math import floor, log10

import numpy as np

from trader.data.arrays import Floats

MOST_DECIMALS = 30
SIGNIFICANT = 1e14
"""A number of that many units of its last digit was made by arithmetic, not written by an exchange."""
CLOSE = 2.0**-51


def decimals_of(columns: Iterable[Floats]) -> int | None:
    """The fewest decimals that all of the numbers have; None where that many would be those of sums and products.

    Numbers that are not finite do not count.

    >>> decimals_of([np.array([1.25, 3.0, np.nan])]), decimals_of([np.array([1e-8, 12.5e-10])])
    (2, 11)
    >>> decimals_of([np.array([1.0 / 3.0])]) is None
    True
    """
    decimals = 0
    for numbers in columns:
        found = _decimals(np.abs(numbers[np.isfinite(numbers) & (numbers != 0.0)]), decimals)
        if found is None:
            return None
        decimals = found
    return decimals


def _decimals(numbers: Floats, fewest: int) -> int | None:
    if not len(numbers):
        return fewest
    most = min(MOST_DECIMALS, floor(log10(SIGNIFICANT) - log10(float(numbers.max()))))
    for decimals in range(fewest, most + 1):
        numbers = numbers[np.abs(np.rint(numbers * 10.0**decimals) / 10.0**decimals - numbers) > CLOSE * numbers]
        if not len(numbers):
            return decimals
    return fewest if most < fewest and bool((numbers == np.rint(numbers)).all()) else None
