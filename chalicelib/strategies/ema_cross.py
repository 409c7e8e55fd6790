"""Hold while the fast average is above the slow one; out some average true ranges below the highest close."""

from typing import NamedTuple

from chalicelib.kernel.indicators import (
    ATR_START,
    EMA_START,
    AtrState,
    EmaState,
    atr_step,
    atr_value,
    ema_step,
    ema_value,
)
from chalicelib.strategy import WAIT, Bar, Choice, Inputs, enter, hold, leave

CROSS = 0
TREND_OVER = 1
REASONS = ("cross", "trend over")


class Settings(NamedTuple):
    """Candles of the two averages and of the average true range; how many of those the stop lies below the close."""

    fast: int = 12
    slow: int = 26
    atr: int = 14
    stop_atr: float = 3.0


LIMITS = {"fast": (2, 500), "slow": (3, 1000), "atr": (2, 500), "stop_atr": (0.1, 50.0)}
ASCENDING = (("fast", "slow"),)


class State(NamedTuple):
    """Both averages, the average true range, and whether the fast one was below the slow one at the last close."""

    fast: EmaState
    slow: EmaState
    atr: AtrState
    was_below: bool


class Values(NamedTuple):
    """Averages and average true range after a close, 1.0 where the fast average has just crossed above the slow one."""

    fast: float
    slow: float
    atr: float
    crossed: float


def start(settings: Settings) -> State:
    """Nothing seen."""
    return State(EMA_START, EMA_START, ATR_START, False)


def observe(state: State, bar: Bar, settings: Settings) -> tuple[State, Values]:
    """Fold one bar into all three."""
    fast = ema_step(state.fast, bar.close, settings.fast)
    slow = ema_step(state.slow, bar.close, settings.slow)
    atr = atr_step(state.atr, bar, settings.atr)
    above, below = ema_value(fast, settings.fast), ema_value(slow, settings.slow)
    crossed = 1.0 if state.was_below and above > below else 0.0
    return State(fast, slow, atr, above < below), Values(above, below, atr_value(atr, settings.atr), crossed)


def decide(values: Values, close: float, inputs: Inputs, in_position: bool, settings: Settings) -> Choice:
    """Enter at the cross, leave when the trend is over; while it lasts the stop follows the close upwards."""
    stop = close - settings.stop_atr * values.atr
    if stop != stop or stop <= 0.0:
        return WAIT
    if in_position:
        return leave(TREND_OVER) if values.fast < values.slow else hold(stop=stop)
    return enter(stop=stop, reason=CROSS) if values.crossed > 0.0 else WAIT
