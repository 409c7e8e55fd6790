"""Directional movement: its two indicators and the average of how far they lie apart."""

from math import nan
from typing import NamedTuple

from chalicelib.kernel.bar import Bar


class AdxState(NamedTuple):
    """Moves seen so far, the last bar's high, low and close, and Wilder's sums over about `period` moves.

    `average` is the sum of the indices until `period` of them were seen.
    """

    moves: int
    high: float
    low: float
    close: float
    plus: float
    minus: float
    range: float
    average: float


class Adx(NamedTuple):
    """The average directional index and the directional indicators of rises and falls, each in 0..100."""

    adx: float
    plus_di: float
    minus_di: float


ADX_START = AdxState(moves=0, high=nan, low=nan, close=nan, plus=0.0, minus=0.0, range=0.0, average=0.0)


def adx_step(state: AdxState, bar: Bar, period: int) -> AdxState:
    """Fold one bar. Wilder's sums, seeded by the first `period` - 1 moves (Wilder 1978; TA-Lib ADX, PLUS_DI, MINUS_DI).

    The first bar has no move. The index of a bar is left out of its average where there was no movement.
    """
    if state.close != state.close:
        return AdxState(0, bar.high, bar.low, bar.close, 0.0, 0.0, 0.0, 0.0)
    up, down = bar.high - state.high, state.low - bar.low
    plus = up if up > down and up > 0.0 else 0.0
    minus = down if down > up and down > 0.0 else 0.0
    true_range = max(bar.high, state.close) - min(bar.low, state.close)
    moves = state.moves + 1
    if moves >= period:
        plus += state.plus - state.plus / period
        minus += state.minus - state.minus / period
        true_range += state.range - state.range / period
        average = _averaged(state.average, plus, minus, true_range, moves, period)
        return AdxState(moves, bar.high, bar.low, bar.close, plus, minus, true_range, average)
    sums = (state.plus + plus, state.minus + minus, state.range + true_range)
    return AdxState(moves, bar.high, bar.low, bar.close, sums[0], sums[1], sums[2], 0.0)


def _averaged(average: float, plus: float, minus: float, true_range: float, moves: int, period: int) -> float:
    """The average index with that of one more bar, their sum before there are `period`."""
    plus_di, minus_di = _share(plus, true_range), _share(minus, true_range)
    index = _share(abs(plus_di - minus_di), plus_di + minus_di)
    if plus_di + minus_di == 0.0:
        return average / period if moves == 2 * period - 1 else average
    if moves < 2 * period - 1:
        return average + index
    if moves == 2 * period - 1:
        return (average + index) / period
    return (average * (period - 1) + index) / period


def _share(part: float, whole: float) -> float:
    """The part in per cent, 0 of nothing."""
    return 100.0 * (part / whole) if whole != 0.0 else 0.0


def adx_value(state: AdxState, period: int) -> Adx:
    """All three; NaN before `period` moves, the average before twice as many less one."""
    if state.moves < period:
        return Adx(nan, nan, nan)
    average = state.average if state.moves >= 2 * period - 1 else nan
    return Adx(average, _share(state.plus, state.range), _share(state.minus, state.range))
