"""Buy at the first close and hold: what any other strategy has to beat."""

from typing import NamedTuple

from chalicelib.strategy import WAIT, Bar, Choice, Inputs, enter

REASONS = ("bought to hold",)
FAR = 1000.0
"""Times below and above the price that the levels lie, so that those of [risk] end nothing."""


class Settings(NamedTuple):
    """Fraction of equity to buy for, under every limit of [risk]."""

    size: float = 1.0


LIMITS = {"size": (0.001, 1.0)}


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
    """Enter whenever nothing is held, as at first and where somebody sold."""
    return WAIT if in_position else enter(size=settings.size, stop=close / FAR, take_profit=close * FAR)
