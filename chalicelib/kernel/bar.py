"""A bar: what one interval of a market came to."""

from typing import NamedTuple

MISSING = -1


class Bar(NamedTuple):
    """A closed candle as the kernel sees it. `time_ms` is its open_ms, MISSING where the symbol has no bar."""

    time_ms: int
    open: float
    high: float
    low: float
    close: float
    volume: float


NO_BAR = Bar(MISSING, 0.0, 0.0, 0.0, 0.0, 0.0)
