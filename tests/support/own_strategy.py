"""A strategy as a user writes it, and an edit of it; it trades often, so that a few minutes see everything."""

from __future__ import annotations

SOURCE = '''"""Buy after some closes in a row that rose, sell after one that fell; a stop close below the close."""

from math import nan
from typing import NamedTuple

from chalicelib.strategy import WAIT, Bar, Choice, Inputs, enter, hold, leave

REASONS = ("went up", "went down")


class Settings(NamedTuple):
    bars: int = 1
    stop: float = 0.02


LIMITS = {"bars": (1, 20), "stop": (0.001, 0.5)}


class State(NamedTuple):
    close: float
    risen: int


class Values(NamedTuple):
    risen: float


def start(settings: Settings) -> State:
    return State(nan, 0)


def observe(state: State, bar: Bar, settings: Settings) -> tuple[State, Values]:
    risen = state.risen + 1 if bar.close > state.close else 0
    return State(bar.close, risen), Values(float(risen))


def decide(values: Values, close: float, inputs: Inputs, in_position: bool, settings: Settings) -> Choice:
    stop = close * (1.0 - settings.stop)
    if in_position:
        return leave(1) if values.risen < 1.0 else hold(stop=stop)
    return enter(stop=stop) if values.risen >= settings.bars else WAIT
'''
EDITED = (
    SOURCE.replace("    risen: float\n", "    risen: float\n    last: float\n")
    .replace("    risen: int\n", "    risen: int\n    bars: int\n")
    .replace("State(nan, 0)", "State(nan, 0, 0)")
    .replace(
        "State(bar.close, risen), Values(float(risen))",
        "State(bar.close, risen, state.bars + 1), Values(float(risen), bar.close)",
    )
)
"""The same with more in its state and its values: what was stored of the state cannot be read by it."""
