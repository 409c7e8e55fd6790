"""Signals of your own making: enter where one series says so, leave where another does."""

from math import nan
from typing import NamedTuple

from chalicelib.strategy import WAIT, Bar, Choice, enter, leave


class Inputs(NamedTuple):
    """Above 0 at a close at which to enter, and at one at which to leave."""

    entry: float
    exit: float = nan


class Settings(NamedTuple):
    """Nothing to set: what a position ends by beside signals stands under [risk]."""


class State(NamedTuple):
    """The close before."""

    close: float


class Values(NamedTuple):
    """By which fraction the price changed with this bar."""

    change: float


def start(settings: Settings) -> State:
    """Nothing seen."""
    return State(0.0)


def observe(state: State, bar: Bar, settings: Settings) -> tuple[State, Values]:
    """Compare two closes."""
    return State(bar.close), Values(bar.close / state.close - 1.0 if state.close > 0.0 else 0.0)


def decide(values: Values, close: float, inputs: Inputs, in_position: bool, settings: Settings) -> Choice:
    """What the series of this side says of this close."""
    if in_position:
        return leave() if inputs.exit > 0.0 else WAIT
    return enter() if inputs.entry > 0.0 else WAIT
