"""An indicator over columns, in plain Python and as machine code."""

from __future__ import annotations

from collections.abc import Callable
from functools import cache
from types import FunctionType
from typing import Any, cast

import numpy as np
from numba import njit
from numba.extending import register_jitable

from chalicelib.kernel import indicators
from chalicelib.kernel.bar import Bar
from tests.unit.indicators.case import Case, Observe
from trader.backtest.compiled_strategy import register_family
from trader.backtest.windows import as_arrays
from trader.data.arrays import Floats
from trader.data.candles import CandleColumns


def observe(state: Any, bar: Bar) -> tuple[Any, tuple[float, ...]]:
    """Stands for that of a case; see `_bound`."""
    raise NotImplementedError


def fill(columns: tuple[Any, ...], state: Any, found: Floats) -> None:
    """Column by column of `found` (values, bars) becomes what the indicator shows after each bar."""
    times, open_, high, low, close, volume = columns
    for row in range(len(close)):
        bar = Bar(times[row], open_[row], high[row], low[row], close[row], volume[row])
        state, values = observe(state, bar)
        for index in range(len(values)):
            found[index, row] = values[index]


def plain(case: Case, columns: CandleColumns) -> Floats:
    """Every value after every bar, (values, bars), over Python's own numbers as live."""
    found = _empty(case, columns)
    _bound(case.observe)(tuple(column.tolist() for column in columns[1:]), case.start(), found)
    return found


def compiled(case: Case, columns: CandleColumns) -> Floats:
    """The same by machine code."""
    found = _empty(case, columns)
    _compiled(case.observe)(tuple(columns[1:]), as_arrays(case.start()), found)
    return found


def _empty(case: Case, columns: CandleColumns) -> Floats:
    _, values = case.observe(case.start(), Bar(0, 1.0, 1.0, 1.0, 1.0, 1.0))
    return np.empty((len(values), len(columns.close)))


def _bound(own: Observe) -> Callable[..., None]:
    template = cast(FunctionType, fill)
    return FunctionType(template.__code__, {**template.__globals__, "observe": own}, own.__name__)


@cache
def _compiled(own: Observe) -> Callable[..., None]:
    for family in sorted(set(indicators.FAMILIES.values())):
        register_family(f"{indicators.__name__}.{family}")
    made: Callable[..., None] = njit(error_model="python")(_bound(register_jitable(own)))
    return made
