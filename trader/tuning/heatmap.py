"""The sweep as one page that opens offline: for every pair of keys a grid of colours, side by side."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from html import escape
from itertools import combinations
from math import isnan, nan

import numpy as np

from trader.data.arrays import Floats, Integers
from trader.tuning.axes import Axis, Values
from trader.tuning.bins import Bins, bins_of, text
from trader.tuning.heatmap_page import PAGE

NEUTRAL = {"profit_factor": 1.0}
"""The value of an objective that is neither good nor bad, where it is not 0."""
LABELLED = 14
"""Columns up to which a cell has room for its number."""
SCALE_PERCENTILE = 95.0
"""The deviation from neutral that gets the full colour: a single outlier must not pale all others."""


@dataclass(frozen=True)
class Panel:
    """A pair of keys, and what the sets of each of its cells came to, NaN where none has a figure: (down, across)."""

    across: Bins
    down: Bins
    best: Floats
    mean: Floats
    sets: Floats
    chosen: tuple[int, int]
    """The cell of the best set."""


def heatmap(
    axes: Sequence[Axis],
    sets: Sequence[Values],
    scores: Floats,
    best: int,
    objective: str,
    told: Sequence[str] = (),
) -> str:
    """The page. `scores` (N,): the sets' objectives in sample, NaN where undefined; `best`: the number of one.

    `told` are sentences that come first: what the search is worth.
    """
    divided = [bins_of(axis) for axis in axes]
    places = np.array([[each.of(value) for each, value in zip(divided, values, strict=True)] for values in sets])
    panels = list(_panels(divided, places, scores, best))
    neutral = NEUTRAL.get(objective, 0.0)
    full = _full_colour(panels, neutral)
    drawn = "\n".join(_drawn(panel, objective, neutral, full) for panel in panels)
    undefined = int(np.isnan(scores).sum())
    return PAGE.format(
        told="\n".join(f"<p class=told>{escape(sentence)}</p>" for sentence in told),
        objective=escape(objective.replace("_", " ")),
        sets=len(sets),
        undefined=f", {undefined} of them without one or with too few trades" if undefined else "",
        chosen=escape(", ".join(f"{axis.key} = {text(value)}" for axis, value in zip(axes, sets[best], strict=True))),
        score=shown(float(scores[best]), objective),
        low=shown(neutral - full, objective),
        neutral=shown(neutral, objective),
        high=shown(neutral + full, objective),
        panels=drawn,
    )


def _panels(divided: Sequence[Bins], places: Integers, scores: Floats, best: int) -> Iterator[Panel]:
    if len(divided) == 1:
        alone = Bins("", [""], {})
        yield _panel(divided[0], alone, places[:, 0], np.zeros(len(places), np.int64), scores, best)
    for first, second in combinations(range(len(divided)), 2):
        yield _panel(divided[first], divided[second], places[:, first], places[:, second], scores, best)


def _panel(across: Bins, down: Bins, columns: Integers, rows: Integers, scores: Floats, best: int) -> Panel:
    shape = (len(down.labels), len(across.labels))
    highest, total, number, sets = np.full(shape, -np.inf), np.zeros(shape), np.zeros(shape), np.zeros(shape)
    there = ~np.isnan(scores)
    at = rows[there], columns[there]
    np.maximum.at(highest, at, scores[there])
    np.add.at(total, at, scores[there])
    np.add.at(number, at, 1)
    np.add.at(sets, (rows, columns), 1)
    mean = np.divide(total, number, out=np.full(shape, nan), where=number > 0)
    chosen = int(rows[best]), int(columns[best])
    return Panel(across, down, np.where(number > 0, highest, nan), mean, sets, chosen)


def _full_colour(panels: Sequence[Panel], neutral: float) -> float:
    values = np.concatenate([part.ravel() for panel in panels for part in (panel.best, panel.mean)])
    away = np.abs(values[~np.isnan(values)] - neutral)
    return float(np.percentile(away, SCALE_PERCENTILE)) or 1.0


def _drawn(panel: Panel, objective: str, neutral: float, full: float) -> str:
    title = f"{panel.across.key} → · {panel.down.key} ↓" if panel.down.key else panel.across.key
    head = "".join(f"<th scope=col>{escape(label)}</th>" for label in panel.across.labels)
    rows = "\n".join(
        f"<tr><th scope=row>{escape(label)}</th>{''.join(_cells(panel, row, objective, neutral, full))}</tr>"
        for row, label in enumerate(panel.down.labels)
    )
    return f"<figure><figcaption>{escape(title)}</figcaption><table><tr><td></td>{head}</tr>\n{rows}</table></figure>"


def _cells(panel: Panel, row: int, objective: str, neutral: float, full: float) -> Iterator[str]:
    for column, label in enumerate(panel.across.labels):
        best, mean, sets = (float(part[row, column]) for part in (panel.best, panel.mean, panel.sets))
        number = f"{sets:.0f} set{'' if sets == 1 else 's'}"
        where = " · ".join(part for part in (label, panel.down.labels[row], number) if part)
        tip = f"{where}: best {shown(best, objective)}, mean {shown(mean, objective)}"
        chosen = " class=chosen" if (row, column) == panel.chosen else ""
        faces = "".join(
            f'<span class={name} style="background:{colour(value, neutral, full)}">'
            f"{shown(value, objective) if len(panel.across.labels) <= LABELLED and sets else ''}</span>"
            for name, value in (("best", best), ("mean", mean))
        )
        yield f'<td{chosen} title="{escape(tip)}">{faces}</td>'


def colour(value: float, neutral: float, full: float) -> str:
    """Blue above neutral, orange below, the stronger the farther; grey where undefined. On any background.

    >>> colour(1.0, 0.0, 2.0), colour(float("nan"), 0.0, 2.0)
    ('rgb(20 120 190/0.47)', 'rgb(128 128 128/0.12)')
    """
    if isnan(value):
        return "rgb(128 128 128/0.12)"
    strength = 0.04 + 0.86 * min(abs(value - neutral) / full, 1.0)
    return f"rgb({'20 120 190' if value >= neutral else '215 95 20'}/{strength:.2f})"


def shown(value: float, objective: str) -> str:
    """A score as a person reads it.

    >>> shown(0.0312, "total_return"), shown(1.2345, "sharpe"), shown(float("nan"), "sharpe")
    ('3.12%', '1.23', '-')
    """
    if isnan(value):
        return "-"
    return f"{value:.2%}" if objective == "total_return" else f"{value:.2f}" if abs(value) < 1e9 else f"{value:.2e}"
