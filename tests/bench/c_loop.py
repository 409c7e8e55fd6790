"""The loop in C: compiled into a folder, called with the engine's own arrays and parameters."""

from __future__ import annotations

import ctypes
import shutil
import subprocess
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from trader.backtest.engine import ParameterSet
from trader.backtest.market import MarketColumns
from trader.data.arrays import Floats, Integers

SOURCE = Path(__file__).with_name("loop.c")
FLAGS = ("-O3", "-march=native", "-ffp-contract=off", "-std=c11", "-shared", "-fPIC", "-Wall", "-Wextra", "-Werror")
"""No contraction into fused multiply-adds: the kernel is IEEE double, operation by operation."""


SETTINGS = {
    "rsi_sentiment": (("rsi_buy", "rsi_sell"), ("rsi_period",)),
    "ema_cross": (("stop_atr",), ("fast", "slow", "atr")),
}
"""Fractions and counts of each strategy that the loop knows."""
FRACTIONS = (
    *("stop_loss", "take_profit", "trailing_stop", "position_fraction", "min_notional", "max_notional"),
    *("daily_loss_limit", "max_drawdown", "max_exposure"),
    *("fee_rate", "slippage", "lot_step"),
)
COUNTS = ("cooldown_bars", "flatten")


def names_of(strategy: str) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """Fractions and counts of `Params` of loop.c, in their order."""
    fractions, counts = SETTINGS[strategy]
    return (*fractions, *FRACTIONS), (*counts, *COUNTS)


class CEnd(ctypes.Structure):
    """`End` of loop.c: what is left after the last bar."""

    _fields_ = (
        ("cash", ctypes.c_double),
        ("quantity", ctypes.c_double),
        ("trades", ctypes.c_int64),
        ("halt", ctypes.c_int64),
    )


@dataclass(frozen=True, slots=True)
class Played:
    """What the loop wrote, in the layout of `trader.backtest.ledger.trades_of`; a position at the end stays open."""

    words: Integers
    amounts: Floats
    equity: Floats
    cash: float
    quantity: float
    halt: int


def compiler() -> str | None:
    """A C compiler of this machine."""
    return shutil.which("gcc") or shutil.which("cc")


class CLoop:
    """loop.c as machine code, with room for the longest market it is given. One symbol, no sentiment."""

    def __init__(self, folder: Path, bars: int, strategy: str = "rsi_sentiment") -> None:
        library = folder / f"{strategy}.so"
        defined = f"-D{strategy.upper()}"
        found = compiler()
        if found is None:
            raise FileNotFoundError("no C compiler: gcc or cc must be on the PATH")
        subprocess.run([found, *FLAGS, defined, "-o", str(library), str(SOURCE)], check=True)
        self._run = ctypes.CDLL(str(library)).run
        self._run.restype = None
        self._equity = np.zeros(bars)
        self._words = np.zeros((bars, 4), dtype=np.int64)
        self._amounts = np.zeros((bars, 7))

    def prepared(self, tape: MarketColumns, tried: ParameterSet, cash: float) -> Call:
        """Everything but the loop itself, so that only the loop is timed."""
        return Call(self, tape, tried, cash)

    def play(self, tape: MarketColumns, tried: ParameterSet, cash: float) -> Played:
        """One backtest. The arrays are the loop's own and are overwritten by the next one."""
        return self.prepared(tape, tried, cash)()


class Call:
    """A backtest that waits to be run, any number of times."""

    def __init__(self, loop: CLoop, tape: MarketColumns, tried: ParameterSet, cash: float) -> None:
        self._loop, self._tape = loop, tape
        self._end = CEnd()
        self._params = c_params(tried)
        columns = (tape.times, tape.open, tape.high, tape.low, tape.close)
        self._arguments = (
            ctypes.c_int64(len(tape.times)),
            *(pointer(column) for column in columns),
            ctypes.byref(self._params),
            ctypes.c_double(cash),
            *(pointer(array) for array in (loop._equity, loop._words, loop._amounts)),
            ctypes.byref(self._end),
        )

    def __call__(self) -> Played:
        loop, end = self._loop, self._end
        loop._run(*self._arguments)
        words, amounts = loop._words[: end.trades], loop._amounts[: end.trades]
        equity = loop._equity[: len(self._tape.times)]
        return Played(words, amounts, equity, end.cash, end.quantity, end.halt)


def c_params(tried: ParameterSet) -> ctypes.Structure:
    """`Params` of loop.c: settings, limits and costs of one symbol. It knows no sentiment."""
    params, (fractions, counts) = tried.params, names_of(tried.rule.strategy.name)
    kinds = [*((name, ctypes.c_double) for name in fractions), *((name, ctypes.c_int64) for name in counts)]
    structure = type("CParams", (ctypes.Structure,), {"_fields_": kinds})
    (lot_step,) = params.lot_steps
    given = {**tried.rule.settings._asdict(), **params.limits._asdict(), **params.costs._asdict(), "lot_step": lot_step}
    made: ctypes.Structure = structure(**{name: given[name] for name in fractions + counts})
    return made


def pointer(array: Floats | Integers) -> ctypes.c_void_p:
    """The address of an array's first value. The array must be contiguous and outlive the call."""
    if not array.flags.c_contiguous:
        raise ValueError("the loop reads contiguous arrays")
    return array.ctypes.data_as(ctypes.c_void_p)
