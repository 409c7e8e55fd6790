"""The seam between a state's lists, as `start` makes them, and the arrays that compiled code changes in place."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from chalicelib.strategy.rule import Strategy


def as_arrays(state: Any) -> Any:
    """The state with an array of its own for every list: one type, and so one compile, whatever their lengths."""
    if isinstance(state, list):
        return np.array(state)
    if not isinstance(state, tuple):
        return state
    make = getattr(state, "_make", tuple)
    return make(map(as_arrays, state))


def from_lists(strategy: Strategy, run: Callable[..., None]) -> Callable[..., None]:
    """A compiled pass that takes a state as `start` makes it, wherever among its arguments that is."""
    kind = strategy.form.state
    if strategy.copy is None:
        return run

    def handed(*given: Any) -> None:
        run(*(as_arrays(each) if isinstance(each, kind) else each for each in given))

    return handed
