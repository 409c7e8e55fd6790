"""Bought at a fall below the average; part is sold by the strategy itself, the rest at three targets of [risk].

For tests: what is left of a position shrinks by targets, by its own part exits, by the stop and by time.
"""

from typing import NamedTuple

from chalicelib.kernel.indicators import EMA_START, EmaState, ema_step, ema_value
from chalicelib.strategy import WAIT, Bar, Choice, Inputs, enter, leave

REASONS = ("fallen", "fallen far", "half way", "all the way")
FALLEN = 0
FAR = 1
HALF = 2
ALL = 3


class Settings(NamedTuple):
    """Bars of the average; falls below it to buy at, and rises above it to sell at, as fractions of it."""

    average: int = 10
    fall: float = 0.0015
    far: float = 0.003
    rise: float = 0.0012
    keep: float = 0.5


LIMITS = {"average": (2, 500), "keep": (0.0, 1.0)}


class State(NamedTuple):
    """The average close."""

    average: EmaState


class Values(NamedTuple):
    """The average, and how far the close lies above it as a fraction."""

    average: float
    above: float


def start(settings: Settings) -> State:
    """Nothing seen."""
    return State(EMA_START)


def observe(state: State, bar: Bar, settings: Settings) -> tuple[State, Values]:
    """Fold one close into the average."""
    average = ema_step(state.average, bar.close, settings.average)
    mean = ema_value(average, settings.average)
    return State(average), Values(mean, (bar.close - mean) / mean)


def decide(values: Values, close: float, inputs: Inputs, in_position: bool, settings: Settings) -> Choice:
    """Buy what has fallen, more of it when it falls on; sell half on the way up and the rest above the average."""
    if values.average != values.average:
        return WAIT
    if in_position and values.above > 2.0 * settings.rise:
        return leave(reason=ALL)
    if in_position and values.above > settings.rise:
        return leave(keep=settings.keep, reason=HALF)
    if values.above < -settings.far:
        return enter(reason=FAR)
    return enter(reason=FALLEN) if values.above < -settings.fall and not in_position else WAIT
