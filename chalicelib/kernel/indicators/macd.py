"""Moving average convergence and divergence."""

from math import nan
from typing import NamedTuple

from chalicelib.kernel.indicators.ema import EMA_START, EmaState, ema_step


class MacdState(NamedTuple):
    """Closes seen so far, the fast and the slow average, and the average of how far they lie apart."""

    closes: int
    fast: EmaState
    slow: EmaState
    signal: EmaState


class Macd(NamedTuple):
    """How far the fast average lies above the slow one, the average of that, and how far the first is above it."""

    macd: float
    signal: float
    histogram: float


MACD_START = MacdState(closes=0, fast=EMA_START, slow=EMA_START, signal=EMA_START)


def macd_step(state: MacdState, close: float, fast: int, slow: int, signal: int) -> MacdState:
    """Fold one close (Appel 1979; TA-Lib MACD). `fast` is the shorter period.

    Both averages are known from close number `slow` on, each seeded by the SMA of its last closes up to there; their
    average is seeded by the SMA of the first `signal` distances. All as TA-Lib.
    """
    closes = state.closes + 1
    quick = ema_step(state.fast, close, fast) if closes > slow - fast else state.fast
    steady = ema_step(state.slow, close, slow)
    if closes < slow:
        return MacdState(closes, quick, steady, state.signal)
    return MacdState(closes, quick, steady, ema_step(state.signal, quick.value - steady.value, signal))


def macd_value(state: MacdState, slow: int, signal: int) -> Macd:
    """All three, in the price's currency; NaN before `slow` + `signal` - 1 closes."""
    if state.closes < slow + signal - 1:
        return Macd(nan, nan, nan)
    macd = state.fast.value - state.slow.value
    return Macd(macd, state.signal.value, macd - state.signal.value)
