"""Two named series, one that it cannot do without and one that it can: the sign of each."""

from math import isnan, nan
from typing import NamedTuple

from chalicelib.strategy import Bar, Choice, enter, hold, leave, wait


class Inputs(NamedTuple):
    funding: float
    mood: float = nan


class Settings(NamedTuple):
    least: float = 0.0


class State(NamedTuple):
    bars: int


class Values(NamedTuple):
    rise: float


def start(settings: Settings) -> State:
    return State(0)


def observe(state: State, bar: Bar, settings: Settings) -> tuple[State, Values]:
    return State(state.bars + 1), Values(bar.close - bar.open)


def decide(values: Values, close: float, inputs: Inputs, in_position: bool, settings: Settings) -> Choice:
    if in_position:
        return leave() if inputs.funding < settings.least else hold()
    if inputs.funding > settings.least and (isnan(inputs.mood) or inputs.mood > 0.0):
        return enter()
    return wait()
