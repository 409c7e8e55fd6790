"""The stochastic oscillator."""

from math import nan
from typing import NamedTuple

from chalicelib.kernel.bar import Bar
from chalicelib.kernel.indicators.sma import SmaState, sma_start, sma_step, sma_value
from chalicelib.kernel.indicators.windows import Queue, highest_step, lowest_step, queue


class StochasticState(NamedTuple):
    """The highs and the lows that may yet be the highest and the lowest, and both averages."""

    highs: Queue
    lows: Queue
    k: SmaState
    d: SmaState


class Stochastic(NamedTuple):
    """Where the close lies between the lowest low and the highest high, smoothed, and the average of that; 0..100."""

    k: float
    d: float


def stochastic_start(period: int, smooth: int, signal: int) -> StochasticState:
    """Nothing seen; `smooth` 1 is the fast form. Raises ValueError for any below 1."""
    return StochasticState(queue(period), queue(period), sma_start(smooth), sma_start(signal))


def stochastic_step(state: StochasticState, bar: Bar) -> StochasticState:
    """Fold one bar. Both averages are SMAs, as in TA-Lib's STOCH; a window without any range counts as 50, there as 0.

    Both begin with the first bar; until only whole windows are in them their values are NaN.
    """
    highs, lows = highest_step(state.highs, bar.high), lowest_step(state.lows, bar.low)
    highest, lowest = highs.values[highs.head], -lows.values[lows.head]
    spread = highest - lowest
    k = sma_step(state.k, 100.0 * ((bar.close - lowest) / spread) if spread > 0.0 else 50.0)
    average = sma_value(k)
    return StochasticState(highs, lows, k, sma_step(state.d, average if average == average else 0.0))


def stochastic_value(state: StochasticState) -> Stochastic:
    """Both averages (Lane 1984; TA-Lib's STOCH); NaN before as many bars as each needs."""
    known = len(state.highs.values) // 2 + len(state.k.window.values) - 1
    k = sma_value(state.k) if state.highs.now >= known else nan
    d = sma_value(state.d) if state.highs.now >= known + len(state.d.window.values) - 1 else nan
    return Stochastic(k, d)
