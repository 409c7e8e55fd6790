"""A strategy's signals pass as machine code; where it cannot be had, in plain Python, and why."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import cache, cached_property
from importlib import import_module
from threading import Lock
from types import FunctionType
from typing import Any

import numpy as np
from numba import njit
from numba import typeof as untyped_typeof

from chalicelib.foreign_text import printable
from chalicelib.kernel.choice import WAIT
from chalicelib.strategy.form import FIRST_BAR
from chalicelib.strategy.parts import families_in
from chalicelib.strategy.rule import Strategy, StrategyRule
from trader.backtest.compiled import INLINED, folder_of, functions_of, keep_on_disk, register
from trader.backtest.rule_signals import (
    SignalsPass,
    bound,
    fill_rule_signals,
    input_columns,
    inputs_maker,
    plain_pass,
    unfilled,
)
from trader.backtest.seen_values import ValuesPass, fill_values, keeper, plain_values
from trader.backtest.windows import as_arrays, from_lists

TELLING = re.compile("No implementation|Cannot unify|Can't unify|Unknown attr|Untyped|Use of|The use of")
typeof: Callable[[object], Any] = untyped_typeof
_lock = Lock()
_made: dict[str, Compiled] = {}


@dataclass(frozen=True, slots=True)
class Compiled:
    """A strategy's pass; `obstacle` says what keeps it from being compiled, empty where nothing does."""

    run: SignalsPass
    obstacle: str = ""


def signals_pass(strategy: Strategy) -> SignalsPass:
    """The pass, compiled when it is first asked for."""
    return compiled(strategy).run


def compiled(strategy: Strategy) -> Compiled:
    """The pass and what kept it from being compiled."""
    with _lock:  # numba's folder is one setting for the whole process
        name = kept_name(strategy)
        if name not in _made:
            _made[name] = _Compiling(strategy).result()
        return _made[name]


def values_pass(strategy: Strategy) -> ValuesPass:
    """The pass that keeps the strategy's values, compiled where its signals are."""
    if compiled(strategy).obstacle:
        return plain_values(strategy)
    with _lock:
        keep = keeper(strategy)
        register([keep], ())
        kept = keep_on_disk(kept_name(strategy))
        made: ValuesPass = njit(cache=kept, nogil=True, error_model="python")(
            bound(fill_values, strategy, observe=strategy.form.observe, keep=keep)
        )
    return from_lists(strategy, made)


def is_kept(strategy: Strategy) -> bool:
    """Whether it was compiled before, on this machine and of these sources."""
    name = kept_name(strategy)
    return name in _made or (folder_of(name) / "used").exists()


def kept_name(strategy: Strategy) -> str:
    """What its machine code is kept under: a copy of a built-in has the same hash, and types of another module."""
    return f"{strategy.hash}-{strategy.module.__name__.rpartition('.')[2]}"


@cache
def register_family(module: str) -> None:
    """Have compiled code call the indicators of a family."""
    register(functions_of(import_module(module)), INLINED)


@dataclass(frozen=True)
class _Compiling:
    strategy: Strategy

    @cached_property
    def _rule(self) -> StrategyRule:
        return StrategyRule(self.strategy, self.strategy.form.settings())

    @cached_property
    def _inputs_of(self) -> Any:
        return inputs_maker(self.strategy)

    def result(self) -> Compiled:
        form = self.strategy.form
        for family in families_in(self.strategy.parts):
            register_family(family)
        register([*functions_of(self.strategy.module), self._inputs_of], ("observe",), boundscheck=True)
        compiler = njit(cache=keep_on_disk(kept_name(self.strategy)), nogil=True, error_model="python")
        own = {"observe": form.observe, "decide": form.decide, "inputs_of": self._inputs_of}
        machine: SignalsPass = compiler(bound(fill_rule_signals, self.strategy, **own))
        run = from_lists(self.strategy, machine)
        try:
            self._try_out(run)
        except ArithmeticError:  # of the bar that it is tried out with; a backtest says more
            return Compiled(run)
        except Exception as error:  # numba raises TypeError, IndexError and AssertionError beside its own
            return Compiled(plain_pass(self.strategy), self._obstacle(error))
        return Compiled(run)

    def _try_out(self, run: SignalsPass) -> None:
        """Compile by a call with one bar, in arrays such as a backtest has."""
        bar = FIRST_BAR
        prices = [np.array([price]) for price in bar[1:]]
        settings = (self._rule.settings,)
        inputs = input_columns(self.strategy, np.empty((0, 1)), 1)
        signals = unfilled(self.strategy, (1, 1))
        run(np.array([bar.time_ms]), *prices, inputs, self._rule.start(), settings, signals, False)

    def _obstacle(self, error: Exception) -> str:
        """What cannot be compiled, with the line where that is known."""
        for function, found in self._alone():
            return f"{function} cannot be compiled{self._line(found)}: {_shortened(found)}"
        return f"it cannot be compiled{self._line(str(error))}: {_shortened(str(error) or type(error).__name__)}"

    def _alone(self) -> Iterator[tuple[str, str]]:
        """Each function of the two that does not compile by itself, or not to what it should return."""
        form, rule = self.strategy.form, self._rule
        state = as_arrays(rule.start())
        undefined = rule.undefined
        inputs = self.strategy.inputs({})
        calls = {
            "observe": ((state, FIRST_BAR, rule.settings), typeof((state, undefined))),
            "decide": ((undefined, 1.0, inputs, False, rule.settings), typeof(WAIT)),
        }
        for name, (arguments, expected) in calls.items():
            function: FunctionType = getattr(form, name)
            types = tuple(typeof(argument) for argument in arguments)
            try:
                alone: Any = njit(error_model="python")(function)
                alone.compile(types)
                returned = alone.overloads[types].signature.return_type
            except Exception as error:
                yield name, str(error) or type(error).__name__
            else:
                if returned != expected:
                    yield name, f"returns {returned}, where {expected} is expected"

    def _line(self, message: str) -> str:
        """ ", line N" of the innermost line of the file that a message names."""
        file = re.escape(self.strategy.file)
        lines = re.findall(rf'File "{file}", line (\d+)|{file} \((\d+)\)', message)
        return f", line {''.join(lines[-1])}" if lines else ""


def _shortened(message: str) -> str:
    """The sentence of a message of numba's that says the most."""
    lines = [line.strip() for line in message.splitlines() if line.strip() and not re.match("During:|File ", line)]
    telling = [line for line in lines if TELLING.match(line)]
    if any(line.startswith("Can't unify return type") for line in telling):  # it goes on with the whole State, twice
        return "what it returns is of several types: an int in one place, a float in another?"
    return printable((telling or lines[-1:] or ["numba says nothing"])[0], 160)
