"""Several files of one symbol as one, in order of time."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from itertools import pairwise

import numpy as np

from chalicelib.errors import BadInput
from trader.data.candles import CandleColumns

Say = Callable[[str], None]
MOST_DIFFERING = 0.5
"""Of the candles that stand in two files; beyond it the files are of two markets."""


def joined(files: Sequence[CandleColumns], say: Say) -> CandleColumns:
    """The candles of files of one symbol, at least one, oldest first.

    Of a candle that stands in two files that of the file named first is kept, and it is told how many do. Raises
    BadInput where most of those differ.
    """
    if len(files) == 1:
        return files[0]
    parts = sorted((part for part in files if len(part.open_ms)), key=lambda part: int(part.open_ms[0]))
    if all(before.open_ms[-1] < after.open_ms[0] for before, after in pairwise(parts)):
        return _concatenated(parts)
    return _merged(files, say)


def _concatenated(parts: Sequence[CandleColumns]) -> CandleColumns:
    columns = (np.concatenate([part[column] for part in parts]) for column in range(2, 7))
    return CandleColumns(parts[0].symbol, np.concatenate([part.open_ms for part in parts]), *columns)


def _merged(files: Sequence[CandleColumns], say: Say) -> CandleColumns:
    whole = _concatenated(files)
    order = np.argsort(whole.open_ms, kind="stable")
    times, prices = whole.open_ms[order], [column[order] for column in whole[2:]]
    again = np.diff(times, prepend=times[0] - 1) == 0
    same = np.logical_and.reduce([np.diff(column, prepend=np.nan) == 0 for column in prices])
    twice, differing = int(again.sum()), int((again & ~same).sum())
    if differing > twice * MOST_DIFFERING:
        raise BadInput(
            f"{whole.symbol}: {differing} of the {twice} candles that stand in more than one file differ: "
            "files of two markets? Give those of one"
        )
    differ = f", {differing} of them otherwise: those of the file named first count" if differing else ""
    say(f"{whole.symbol}: {twice} candles stand in more than one file{differ}")
    return CandleColumns(whole.symbol, times[~again], *(column[~again] for column in prices))
