"""Bought when the close crosses above its average; pure, and yet numba cannot compile it: it runs in plain Python.

For tests: a default of a NamedTuple is left out, and a message that is never told has a format.
"""

from typing import NamedTuple

from chalicelib.kernel.indicators import EMA_START, EmaState, ema_step, ema_value
from chalicelib.strategy import WAIT, Bar, Choice, Inputs, enter, hold, leave

REASONS = ("above", "below")


class Settings(NamedTuple):
    """Bars of the average; how far the stop lies below it and the target above the close, as fractions."""

    period: int = 9
    below: float = 0.0015
    above: float = 0.006


LIMITS = {"period": (2, 500), "below": (0.0, 0.5), "above": (0.0001, 0.5)}


class State(NamedTuple):
    """The average, and the close before this one."""

    ema: EmaState
    close: float = 0.0


class Values(NamedTuple):
    """The average; 1.0 where the close has just crossed above it, -1.0 below, else 0.0."""

    ema: float
    crossed: float


def start(settings: Settings) -> State:
    """Nothing seen."""
    return State(EMA_START)


def observe(state: State, bar: Bar, settings: Settings) -> tuple[State, Values]:
    """Fold one close into the average."""
    if bar.high < bar.low:
        raise ValueError(f"a high of {bar.high:.2f} below the low")
    before = ema_value(state.ema, settings.period)
    ema = ema_step(state.ema, bar.close, settings.period)
    now = ema_value(ema, settings.period)
    crossed = 0.0
    if state.close <= before and bar.close > now:
        crossed = 1.0
    elif state.close >= before and bar.close < now:
        crossed = -1.0
    return State(ema, bar.close), Values(now, crossed)


def decide(values: Values, close: float, inputs: Inputs, in_position: bool, settings: Settings) -> Choice:
    """Enter where the average was crossed upwards, leave where downwards; the stop follows the average."""
    stop = values.ema * (1.0 - settings.below)
    if stop != stop:
        return WAIT
    if in_position:
        return leave(1) if values.crossed < 0.0 else hold(stop=stop)
    return enter(stop=stop, take_profit=close * (1.0 + settings.above)) if values.crossed > 0.0 else WAIT
