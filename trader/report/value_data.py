"""What a strategy saw and where levels lay, as the page's charts are given it; nothing here knows how it is drawn.

Values are kept to a step that nobody sees, and at every close while there are not too many; else the lowest and highest
of so many closes together.
"""

from __future__ import annotations

from math import floor, log10
from typing import Any

import numpy as np

from chalicelib.domain import MINUTE_MS
from trader.backtest.data import Data
from trader.backtest.held_levels import HeldLevels
from trader.backtest.seen import Seen, SeenBars
from trader.data.arrays import Floats, Integers
from trader.report.packing import nibbles
from trader.report.value_panes import PRICE, panes_of

MOST_NUMBERS = 4_000_000
"""Values at every close up to so many of all symbols; each takes about a byte of the page."""
FINENESS = 4.0
"""A step is at most this part of what a value, or the price that it is drawn over, moves from close to close."""
LARGEST_WHOLE = 2**50
FINEST = -300
"""A power of ten that floats still have, and its inverse too."""
LEVEL_RESOLUTION = 1e-5
"""What a level is rounded to, as a fraction of the lowest of them, or finer."""


def value_data(seen: Seen | None, data: Data, first_ms: int) -> dict[str, Any] | None:
    """Names, panes and lines of every symbol's values; None where there are none."""
    if seen is None or not seen.names:
        return None
    closes = [_closes(data, symbol, bars) for symbol, bars in enumerate(seen.bars)]
    panes = panes_of([bars.rows for bars in seen.bars], closes)
    together = closes_together(seen)
    symbols = [
        {
            "starts": None
            if seen.interval_ms == data.tape.step_ms
            else nibbles(np.diff((bars.open_ms - first_ms) // MINUTE_MS, prepend=0)),
            "lines": [
                packed_values(row, own_step(row, prices if pane == PRICE else row), together)
                for row, pane in zip(bars.rows, panes, strict=True)
            ],
        }
        for bars, prices in zip(seen.bars, closes, strict=True)
    ]
    fields = [{"name": name, "pane": pane} for name, pane in zip(seen.names, panes, strict=True)]
    return {"interval": seen.interval_ms // MINUTE_MS, "together": together, "fields": fields, "symbols": symbols}


def closes_together(seen: Seen) -> int:
    """How many closes a number of a line stands for: 1, or a power of 2 so that there are at most MOST_NUMBERS."""
    numbers = len(seen.names) * sum(len(bars.open_ms) for bars in seen.bars)
    together = 1
    while numbers * (1 if together == 1 else 2) / together > MOST_NUMBERS:
        together *= 2
    return together


def _closes(data: Data, symbol: int, bars: SeenBars) -> Floats:
    """The price of the symbol when each bar opened: near enough to tell prices from other values."""
    at = np.searchsorted(data.tape.times, bars.open_ms)
    return np.asarray(data.tape.marks[symbol][np.minimum(at, len(data.tape.times) - 1)])


def own_step(row: Floats, beside: Floats) -> int:
    """The power of ten that a value is rounded to: fine beside what moves in its pane, coarser where numbers are huge.

    >>> own_step(np.array([0.0, 1.0, 0.0]), np.array([0.0, 1.0, 0.0]))
    0
    """
    known = row[np.isfinite(row)]
    if not len(known):
        return 0
    largest = float(np.abs(known).max())
    if np.array_equal(known, np.rint(known)) and largest <= LARGEST_WHOLE:
        return 0
    moves = [move for move in map(typical_move, (row, beside)) if move > 0.0]
    finest = max(moves, default=largest or 1.0) / FINENESS
    coarsest = floor(log10(largest) - log10(LARGEST_WHOLE)) + 1 if largest else 0
    return max(floor(log10(max(finest, 10.0**FINEST))), coarsest)


def typical_move(column: Floats) -> float:
    """The median of what a column moves by from one close to the next, where it moves."""
    moves = np.abs(np.diff(column[np.isfinite(column)]))
    moved = moves[moves > 0.0]
    return float(np.median(moved)) if len(moved) else 0.0


def packed_values(row: Floats, step: int, together: int) -> dict[str, Any]:
    """A line with its gaps: runs of known closes, and in each run the lowest of so many together and what tops it.

    Numbers are multiples of 10 to the power of `step`.
    """
    known = np.isfinite(row)
    edges = np.flatnonzero(np.diff(known.astype(np.int8), prepend=0, append=0)).reshape(-1, 2)
    lengths = edges[:, 1] - edges[:, 0]
    wholes = in_steps(row[known], step)
    first_of_bin = _bins(lengths, together)
    runs = np.column_stack((np.diff(edges[:, 0], prepend=0), lengths)).ravel()
    if together == 1 or not len(wholes):
        return {"step": step, "runs": nibbles(runs), "low": nibbles(np.diff(wholes, prepend=0))}
    low, high = np.minimum.reduceat(wholes, first_of_bin), np.maximum.reduceat(wholes, first_of_bin)
    return {"step": step, "runs": nibbles(runs), "low": nibbles(np.diff(low, prepend=0)), "over": nibbles(high - low)}


def in_steps(values: Floats, step: int) -> Integers:
    """The values as whole multiples of 10 to the power of `step`."""
    scaled = values * 10.0**-step if step <= 0 else values / 10.0**step
    return np.asarray(np.rint(scaled).astype(np.int64))


def _bins(lengths: Integers, together: int) -> Integers:
    """Where each bin begins among the known values; a bin does not reach from one run into the next."""
    starts = np.cumsum(lengths) - lengths
    parts = [np.arange(start, start + length, together) for start, length in zip(starts, lengths, strict=True)]
    return np.concatenate(parts) if parts else np.empty(0, dtype=np.int64)


def level_data(seen: Seen | None, times: Integers, first_ms: int, step_ms: int) -> list[dict[str, Any]]:
    """Of each symbol the minutes at which a level changed and both levels from then on, 0 for none."""
    return [_levels(levels, times, first_ms, step_ms) for levels in seen.levels] if seen else []


def _levels(levels: HeldLevels, times: Integers, first_ms: int, step_ms: int) -> dict[str, Any]:
    last = len(times) - 1
    over_ms = np.maximum(levels.minutes - last, 0) * step_ms
    minutes = (times[np.minimum(levels.minutes, last)] + over_ms - first_ms) // MINUTE_MS
    prices = np.concatenate((levels.stops, levels.targets))
    known = prices[~np.isnan(prices)]
    step = floor(log10(float(known.min()) * LEVEL_RESOLUTION)) if len(known) else 0
    made: dict[str, Any] = {"step": step, "minutes": nibbles(np.diff(minutes, prepend=0))}
    for name, column in (("stops", levels.stops), ("targets", levels.targets)):
        made[name] = nibbles(np.diff(in_steps(np.nan_to_num(column), step), prepend=0))
    return made
