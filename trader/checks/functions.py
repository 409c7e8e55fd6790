"""An indicator of the user's own, named by module and function: columns of one symbol in, a column or several out."""

from __future__ import annotations

import importlib
import sys
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from chalicelib.errors import BadInput
from trader.checks.columns import NUMBERS, Column, Columns
from trader.checks.market import PRICES, CheckedMarket
from trader.checks.subjects import Subject

TOLERANCE = 1e-9
"""Sums over arrays of another length are added up in another order: numpy's own functions differ in their last bits."""
Function = Callable[[Mapping[str, Any]], Any]
BARS_PER_SECOND = 1e7
"""What a vectorised function is taken to do; one that is slower is told by the progress bar."""


@dataclass(frozen=True, slots=True)
class UserFunction:
    """Calls it for each symbol with its own bars: arrays named open_time, open, high, low, close, volume."""

    reference: str

    def __call__(self, market: CheckedMarket) -> Columns:
        """Raises BadInput for what the function may not give."""
        function = function_of(self.reference)
        tape = market.tape
        found: dict[str, Column] = {}
        for symbol in range(len(tape.open)):
            there = ~np.isnan(tape.open[symbol])
            if not there.any():
                continue
            candles = {"open_time": tape.times[there]} | {name: getattr(tape, name)[symbol][there] for name in PRICES}
            for name, values in self._named(self._called(function, candles)).items():
                found[f"{name} {symbol}"] = Column(self._placed(name, values, there), symbol=symbol)
        return found

    def _called(self, function: Function, candles: Mapping[str, Any]) -> Any:
        try:
            return function(candles)
        except Exception as error:  # it is anybody's
            bars = len(candles["open_time"])
            raise BadInput(f"{self.reference}: fails over {bars} bars: {type(error).__name__}: {error}") from error

    def _named(self, given: Any) -> Mapping[str, Any]:
        return given if isinstance(given, Mapping) else {self.reference.rpartition(":")[2]: given}

    def _placed(self, name: str, values: Any, there: Any) -> Any:
        """The values on the market's time line, undefined where the symbol has no bar."""
        array = np.asarray(values)
        count = int(np.count_nonzero(there))
        if array.shape != (count,) or array.dtype.kind not in NUMBERS:
            raise BadInput(
                f"{self.reference}: {name} is {array.dtype} of shape {array.shape}, not {count} numbers, one a bar"
            )
        line = np.full(len(there), np.nan)
        line[there] = array
        return line


def user_subject(reference: str) -> Subject:
    """The subject that this MODULE:FUNCTION is. Raises BadInput where there is none."""
    function_of(reference)
    return Subject(reference, UserFunction(reference), BARS_PER_SECOND, TOLERANCE)


def function_of(reference: str) -> Function:
    """The function of this name; modules are also looked for in the working directory. Raises BadInput."""
    module, colon, name = reference.partition(":")
    if not (module and colon and name):
        raise BadInput(f"--function {reference}: must be MODULE:FUNCTION, e.g. my_indicators:zscore")
    folder = str(Path.cwd())
    if folder not in sys.path:
        sys.path.insert(0, folder)
    try:
        found = getattr(importlib.import_module(module), name)
    except (ImportError, AttributeError, SyntaxError) as error:
        raise BadInput(f"--function {reference}: cannot be imported: {error}") from error
    if not callable(found):
        raise BadInput(f"--function {reference}: is no function")
    function: Function = found
    return function
