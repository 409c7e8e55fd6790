"""One indicator as it is proved: over bars as we fold them, and over columns as a reference does."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, NamedTuple

from trader.data.arrays import Floats
from trader.data.candles import CandleColumns

Observe = Callable[[Any, Any], tuple[Any, tuple[float, ...]]]
"""The state after a bar and the values at its close; compiled as it stands."""
Reference = Callable[[CandleColumns], Sequence[Floats]]
"""Each value after every bar, NaN while undefined, by somebody else's code or from the published definition."""


class Case(NamedTuple):
    """An indicator with its periods, and how many bars from its start a value hangs on no more than 1e-10 of itself.

    `memory` is 0 for what never forgets, as a sum since the first bar.
    """

    start: Callable[[], Any]
    observe: Observe
    reference: Reference
    memory: int
