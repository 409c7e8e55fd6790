"""Bought when the fast average of the bars rises above the slow one while the higher interval's trend is up.

For tests: the higher interval is folded in the state, by the function that folds a strategy's own bars.
"""

from typing import NamedTuple

from chalicelib.kernel.indicators import EMA_START, EmaState, ema_step, ema_value
from chalicelib.strategy import UNBEGUN, WAIT, Bar, Choice, Inputs, enter, fold, hold, leave

REASONS = ("up with the trend", "fast below slow", "trend is over")
UP = 0
BELOW = 1
OVER = 2
MINUTE_MS = 60_000


class Settings(NamedTuple):
    """Minutes of a bar and of a higher one; bars of the averages; how far the stop lies below the close, a fraction."""

    bar: int = 15
    higher: int = 240
    fast: int = 3
    slow: int = 8
    trend: int = 2
    stop: float = 0.004


LIMITS = {"bar": (1, 1440), "higher": (1, 1440), "fast": (2, 500), "slow": (2, 500), "trend": (2, 500)}


class State(NamedTuple):
    """Both averages of the bars, the higher bar that is begun, and the average of those that are over."""

    fast: EmaState
    slow: EmaState
    part: Bar
    trend: EmaState
    last: float


class Values(NamedTuple):
    """Both averages; average and close of the last higher bar that is over."""

    fast: float
    slow: float
    trend: float
    last: float


def start(settings: Settings) -> State:
    """Nothing seen."""
    return State(EMA_START, EMA_START, UNBEGUN, EMA_START, 0.0)


def observe(state: State, bar: Bar, settings: Settings) -> tuple[State, Values]:
    """Fold one bar into its averages and into the higher bar, whose average takes those that are over."""
    fast = ema_step(state.fast, bar.close, settings.fast)
    slow = ema_step(state.slow, bar.close, settings.slow)
    part, late, done = fold(state.part, bar, settings.bar * MINUTE_MS, settings.higher * MINUTE_MS)
    trend, last = state.trend, state.last
    for higher in (late, done):
        if higher.time_ms >= 0:
            trend = ema_step(trend, higher.close, settings.trend)
            last = higher.close
    return State(fast, slow, part, trend, last), Values(
        ema_value(fast, settings.fast), ema_value(slow, settings.slow), ema_value(trend, settings.trend), last
    )


def decide(values: Values, close: float, inputs: Inputs, in_position: bool, settings: Settings) -> Choice:
    """Enter and stay while both intervals point upwards; the stop follows the close."""
    if values.trend != values.trend or values.slow != values.slow:
        return WAIT
    if in_position:
        if values.fast < values.slow:
            return leave(reason=BELOW)
        return leave(reason=OVER) if values.last < values.trend else hold(stop=close * (1.0 - settings.stop))
    if values.fast > values.slow and values.last >= values.trend:
        return enter(stop=close * (1.0 - settings.stop), reason=UP)
    return WAIT
