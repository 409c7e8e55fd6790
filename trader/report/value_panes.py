"""Where a strategy's values are drawn: over the candles where they are prices, else in panes of their own.

Nothing is known of a value but its name and its numbers, so the numbers decide.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence

import numpy as np

from trader.data.arrays import Floats

OVERLAP = 0.5
"""The part of a value's range within the prices from which on it may be one."""
NEAR = 0.05
"""How far from the closes, as a fraction of them, a value may lie on average to be one whatever it does."""
ALIKE = 0.5
"""The correlation with the closes from which on a value that lies farther away is one."""
SHARED = 0.25
"""The part of two ranges' union that they have in common from which on both may share a pane."""
RELATED = 0.3
"""The correlation of two values that share a pane, unless both lie on either side of 0."""
OUTERMOST = (1.0, 99.0)
"""Percentiles between which a range lies: one odd value is not to squeeze all others."""
LOOKED_AT = 20_000
"""Closes that are looked at, evenly spread."""
FLAGS = (-1.0, 0.0, 1.0)

PRICE, FLAG = -1, -2
"""Instead of the number of a pane of its own: over the candles, in the strip of marks."""


def panes_of(values: Sequence[Floats], closes: Sequence[Floats]) -> list[int]:
    """The pane of each value, from 0, or PRICE or FLAG; values (F, C) and closes (C,) of each symbol.

    Neighbours of alike range and movement share a pane.
    """
    thinned = [_thinned(rows, prices) for rows, prices in zip(values, closes, strict=True)]
    panes: list[int] = []
    last = -1
    for field in range(len(values[0]) if values else 0):
        columns = [(rows[field], prices) for rows, prices in thinned]
        if all(_is_flag(column) for column, _ in columns):
            panes.append(FLAG)
        elif _most(_is_price(column, prices) for column, prices in columns):
            panes.append(PRICE)
        else:
            is_beside = field > 0 and panes[-1] >= 0
            if not (is_beside and _most(_share(rows[field - 1], rows[field]) for rows, _ in thinned)):
                last += 1
            panes.append(last)
    return panes


def _thinned(rows: Floats, prices: Floats) -> tuple[Floats, Floats]:
    every = max(1, len(prices) // LOOKED_AT)
    return rows[:, ::every], prices[::every]


def _most(votes: Iterable[bool]) -> bool:
    cast = list(votes)
    return 2 * cast.count(True) >= len(cast) > 0


def _is_flag(column: Floats) -> bool:
    known = column[np.isfinite(column)]
    return bool(np.isin(known, FLAGS).all())


def _is_price(column: Floats, prices: Floats) -> bool:
    known = np.isfinite(column)
    if known.sum() < 2:
        return False
    ours, theirs = column[known], prices[known]
    (low, high), (least, most) = _range(ours), _range(prices[np.isfinite(prices)])
    if min(high, most) - max(low, least) < OVERLAP * (high - low) or not least <= (low + high) / 2 <= most:
        return False
    return float(np.mean(np.abs(ours / theirs - 1.0))) <= NEAR or _correlation(ours, theirs) >= ALIKE


def _share(one: Floats, other: Floats) -> bool:
    known = np.isfinite(one) & np.isfinite(other)
    if known.sum() < 2:
        return False
    ours, theirs = one[known], other[known]
    (low, high), (least, most) = _range(ours), _range(theirs)
    union = max(high, most) - min(low, least)
    if union <= 0.0 or min(high, most) - max(low, least) < SHARED * union:
        return False
    return (low < 0.0 < high and least < 0.0 < most) or abs(_correlation(ours, theirs)) >= RELATED


def _range(column: Floats) -> tuple[float, float]:
    low, high = np.percentile(column, OUTERMOST).tolist()
    return low, high


def _correlation(one: Floats, other: Floats) -> float:
    away, from_it = one - one.mean(), other - other.mean()
    spread = float(np.sqrt((away**2).sum() * (from_it**2).sum()))
    return float((away * from_it).sum()) / spread if spread > 0.0 else 0.0
