"""How near two columns of one indicator lie to each other."""

from __future__ import annotations

import numpy as np

from trader.data.arrays import Floats

NEAR = 1e-9
"""Of a value, or of what such values commonly are where one lies near zero."""


def disagreement(ours: Floats, theirs: Floats) -> str:
    """Where the columns part for the first time and by how much, empty where they never do."""
    if ours.shape != theirs.shape:
        return f"{ours.shape} values, {theirs.shape} expected"
    undefined = np.isnan(theirs)
    common = float(np.mean(np.abs(theirs[~undefined]))) if not undefined.all() else 0.0
    parted = np.abs(ours - theirs) > NEAR * np.maximum(np.abs(theirs), common)
    parted[undefined | np.isnan(ours)] = (undefined != np.isnan(ours))[undefined | np.isnan(ours)]
    if not parted.any():
        return ""
    row = int(np.argmax(parted))
    return f"row {row}: {float(ours[row])!r}, {float(theirs[row])!r} expected; {int(parted.sum())} of {len(ours)} part"
