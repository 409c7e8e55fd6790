"""The figures of parameter sets between the steps, and sweep.csv where some of them failed."""

from __future__ import annotations

import csv
from collections.abc import Mapping, Sequence
from math import isnan, nan
from pathlib import Path

import numpy as np

from trader.data.arrays import Floats
from trader.data.csv_text import write_rows
from trader.tuning.axes import Values
from trader.tuning.figures import FIGURES, named
from trader.tuning.sets import Keys

Row = list[list[float | None]]
"""Of one set: for each span the figures of `tuning.figures.FIGURES`, None where one is undefined."""


def rows_as_json(figures: Sequence[Floats]) -> list[Row]:
    """A row a set, of its figures over every span, each (N, len(FIGURES)); JSON keeps them to the bit."""
    return [[_plain(row) for row in spans] for spans in zip(*figures, strict=True)]


def figures_of(rows: Sequence[Row | None], span: int) -> Floats:
    """The figures over the span of this number, (N, len(FIGURES)); of a set that was not run all are undefined."""
    found = np.full((len(rows), len(FIGURES)), nan)
    for index, row in enumerate(rows):
        if row is not None:
            found[index] = [nan if value is None else value for value in row[span]]
    return found


def write_plain_sweep(path: Path, keys: Keys, sets: Sequence[Values], figures: Floats) -> None:
    """sweep.csv of a run in which no set could be chosen: number, values and figures in sample."""
    rows = zip(sets, figures, strict=True)
    cells = ((number, *values, *named(row).values()) for number, (values, row) in enumerate(rows))
    write_rows(path, ("set", *keys.names, *FIGURES), cells)


def add_errors(path: Path, errors: Mapping[int, str]) -> None:
    """Add a last column to sweep.csv: why a set has no figures, empty for those that have."""
    with path.open(encoding="utf-8", newline="") as file:
        header, *rows = csv.reader(file)
    write_rows(path, (*header, "error"), ((*row, errors.get(int(row[0]), "")) for row in rows))


def _plain(row: Floats) -> list[float | None]:
    return [None if isnan(value) else value for value in row.tolist()]
