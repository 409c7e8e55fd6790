"""Buy what rises above its highest high of many bars; out below its lowest low of fewer, or some ranges down."""

from typing import NamedTuple

from chalicelib.kernel.indicators import (
    ATR_START,
    AtrState,
    Queue,
    atr_step,
    atr_value,
    highest_step,
    highest_value,
    lowest_step,
    lowest_value,
    queue,
)
from chalicelib.strategy import WAIT, Bar, Choice, Inputs, enter, leave

BREAKOUT = 0
BREAKDOWN = 1
REASONS = ("breakout", "breakdown")


class Settings(NamedTuple):
    """Bars of the channel to enter above and of the one to leave below, of the average range; how many to the stop.

    With 20, 10, 20 and 2 on daily bars the Turtles' first system (Dennis and Eckhardt 1983), for longs alone.
    """

    entry: int = 20
    exit: int = 10
    atr: int = 20
    stop_atr: float = 2.0


LIMITS = {"entry": (2, 2000), "exit": (2, 2000), "atr": (2, 500), "stop_atr": (0.1, 50.0)}


class State(NamedTuple):
    """Highs of the longer channel, lows of the shorter one, and the average true range."""

    highs: Queue
    lows: Queue
    atr: AtrState


class Values(NamedTuple):
    """Both ends as they were before this bar, which could not leave them else, and the average true range after it."""

    upper: float
    lower: float
    atr: float


def start(settings: Settings) -> State:
    """Nothing seen."""
    return State(queue(settings.entry), queue(settings.exit), ATR_START)


def observe(state: State, bar: Bar, settings: Settings) -> tuple[State, Values]:
    """Read the channel, then fold one bar into it."""
    upper, lower = highest_value(state.highs), lowest_value(state.lows)
    atr = atr_step(state.atr, bar, settings.atr)
    folded = State(highest_step(state.highs, bar.high), lowest_step(state.lows, bar.low), atr)
    return folded, Values(upper, lower, atr_value(atr, settings.atr))


def decide(values: Values, close: float, inputs: Inputs, in_position: bool, settings: Settings) -> Choice:
    """Enter at a close above the longer channel, leave at one below the shorter; the stop stays where it was put."""
    if in_position:
        return leave(BREAKDOWN) if close < values.lower else WAIT
    stop = close - settings.stop_atr * values.atr
    if stop != stop or stop <= 0.0:
        return WAIT
    return enter(stop=stop, reason=BREAKOUT) if close > values.upper else WAIT


def signals(values: Values, close: float, settings: Settings) -> tuple[str, ...]:
    """What held at a close, in words: an undefined channel says nothing."""
    named = ((close > values.upper, "ChannelBreakUp"), (close < values.lower, "ChannelBreakDown"))
    return tuple([name for holds, name in named if holds])
