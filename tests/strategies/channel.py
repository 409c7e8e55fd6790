"""Bought above the highest high of some bars, sold below the lowest low of some others; for tests of windows.

The queues hold the bars before this one, the ring closes further back than any queue.
"""

from math import nan
from typing import NamedTuple

from chalicelib.kernel.indicators import (
    Queue,
    Ring,
    highest_step,
    highest_value,
    lowest_step,
    lowest_value,
    queue,
    ring,
    ring_step,
    ring_value,
)
from chalicelib.strategy import WAIT, Bar, Choice, Inputs, enter, hold, leave

REASONS = ("broken out", "fallen out")


class Settings(NamedTuple):
    """Bars of both channels; closes that the newest is compared to; how far below it the stop is, in channels."""

    entry: int = 20
    exit: int = 10
    back: int = 50
    stop: float = 0.5


LIMITS = {"entry": (1, 5000), "exit": (1, 5000), "back": (1, 5000), "stop": (0.0, 1.0)}


class Channel(NamedTuple):
    """Highs and lows, and what was the highest and the lowest a bar ago."""

    highs: Queue
    lows: Queue
    upper: float
    lower: float


class State(NamedTuple):
    """The channel, and the closes in a tuple, which is copied like all else."""

    channel: Channel
    closes: tuple[Ring, int]


class Values(NamedTuple):
    """The channel without this bar, and the close of some bars ago."""

    upper: float
    lower: float
    before: float


def start(settings: Settings) -> State:
    """Nothing seen."""
    return State(Channel(queue(settings.entry), queue(settings.exit), nan, nan), (ring(settings.back), 0))


def observe(state: State, bar: Bar, settings: Settings) -> tuple[State, Values]:
    """Fold one bar into all windows."""
    channel = state.channel
    values = Values(channel.upper, channel.lower, ring_value(state.closes[0], settings.back - 1))
    highs = highest_step(channel.highs, bar.high)
    lows = lowest_step(channel.lows, bar.low)
    closes = ring_step(state.closes[0], bar.close)
    seen = state.closes[1] + 1
    return State(Channel(highs, lows, highest_value(highs), lowest_value(lows)), (closes, seen)), values


def decide(values: Values, close: float, inputs: Inputs, in_position: bool, settings: Settings) -> Choice:
    """Enter above the channel in a rise, leave below it, with a stop still lower."""
    stop = values.lower - settings.stop * (values.upper - values.lower)
    if stop != stop or values.before != values.before:
        return WAIT
    if in_position:
        return leave(reason=1) if close < values.lower else hold(stop=min(stop, close))
    return enter(stop=min(stop, close), reason=0) if close > values.upper and close > values.before else WAIT
