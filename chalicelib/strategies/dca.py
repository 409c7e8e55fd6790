"""Buy again and again, every so many bars, whatever the price, and hold: the cost is averaged over time."""

from typing import NamedTuple

from chalicelib.strategy import WAIT, Bar, Choice, Inputs, enter

REASONS = ("bought in turn",)
FAR = 1000.0
"""Times below and above the price that the levels lie, so that those of [risk] end nothing."""


class Settings(NamedTuple):
    """Bars from one buy to the next. What each is for, and how many add up, is up to [risk]: sizing, max_entries."""

    every: int = 1440


LIMITS = {"every": (1, 1000000)}


class State(NamedTuple):
    """Bars to go until the next buy."""

    left: int


class Values(NamedTuple):
    """Bars to go until the next buy, 0 at one."""

    left: float


def start(settings: Settings) -> State:
    """The first bar is one to buy at."""
    return State(1)


def observe(state: State, bar: Bar, settings: Settings) -> tuple[State, Values]:
    """Count one bar."""
    left = state.left - 1
    return State(left if left > 0 else settings.every), Values(float(left))


def decide(values: Values, close: float, inputs: Inputs, in_position: bool, settings: Settings) -> Choice:
    """Enter when it is time, also while something is held: that adds to it, as often as risk.max_entries lets it."""
    return enter(stop=close / FAR, take_profit=close * FAR) if values.left == 0.0 else WAIT
