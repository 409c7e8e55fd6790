"""All that a strategy file needs from us beside the indicators; what the file looks like stands in docs/strategies.md.

A strategy says what it wants at a close by `wait`, `enter`, `leave` or `hold`. It sees the market, never the money.
"""

import math
from typing import NamedTuple

from chalicelib.kernel.bar import NO_BAR, Bar
from chalicelib.kernel.choice import WAIT, Choice, enter, hold, leave, wait
from chalicelib.kernel.fold import UNBEGUN, fold

__all__ = [
    "NO_BAR",
    "UNBEGUN",
    "WAIT",
    "Bar",
    "Choice",
    "Inputs",
    "enter",
    "fold",
    "hold",
    "leave",
    "sqrt",
    "wait",
]


class Inputs(NamedTuple):
    """What a strategy that reads bars alone is given beside them: nothing."""


def sqrt(x: float) -> float:
    """The square root, NaN below 0 as compiled code has it; `math.sqrt` would raise there.

    >>> sqrt(4.0), sqrt(-1.0)
    (2.0, nan)
    """
    return math.sqrt(x) if x >= 0.0 else math.nan
