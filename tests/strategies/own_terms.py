"""Bought at a fall below the average, at terms of its own: they take the place of what [risk] says of trailing, of
break-even and of time.

For tests: a far fall is bought again with other terms, and a slight one leaves all of them to [risk].
"""

from typing import NamedTuple

from chalicelib.kernel.indicators import EMA_START, EmaState, ema_step, ema_value
from chalicelib.strategy import WAIT, Bar, Choice, Inputs, enter, leave

REASONS = ("fallen slightly", "fallen", "fallen far", "risen")
SLIGHTLY = 0
FALLEN = 1
FAR = 2
RISEN = 3


class Settings(NamedTuple):
    """Bars of the average; falls below it and a rise above it, as fractions of it; terms as fractions of the close."""

    average: int = 10
    slightly: float = 0.0012
    fall: float = 0.0015
    far: float = 0.003
    rise: float = 0.0005
    trailing: float = 0.004
    break_even: float = 0.0012
    bars: int = 8


LIMITS = {"average": (2, 500), "bars": (2, 1000)}


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
    """Buy what has fallen, and more of what falls on; sell what has risen far above the average."""
    if values.average != values.average:
        return WAIT
    if in_position and values.above > settings.rise:
        return leave(reason=RISEN)
    trailing = settings.trailing * close
    if values.above < -settings.far:
        return enter(reason=FAR, trailing=2.0 * trailing, max_bars=2 * settings.bars)
    if in_position or values.above > -settings.slightly:
        return WAIT
    if values.above > -settings.fall:
        return enter(reason=SLIGHTLY)
    break_even = (1.0 + settings.break_even) * close
    return enter(reason=FALLEN, trailing=trailing, break_even=break_even, max_bars=settings.bars)
