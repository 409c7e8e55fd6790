"""Bought on a dip below the mean unless the news is at its worst; left where it is made up for, or at bad news.

For tests: sentiment is optional, the window is a tuple in the state, and every end has a word of its own.
"""

from math import isnan, nan
from typing import NamedTuple

from chalicelib.strategy import WAIT, Bar, Choice, enter, hold, leave, sqrt

REASONS = ("dip", "dip in good news", "made up for", "bad news")
DIP = 0
GOOD_NEWS = 1
MADE_UP = 2
BAD_NEWS = 3
CLOSES = 8


class Inputs(NamedTuple):
    """Sentiment of the news in -1..1; without any, dips alone are looked at."""

    sentiment: float = nan


class Settings(NamedTuple):
    """Deviations below the mean to enter at and above it to leave at; thresholds of sentiment."""

    dip: float = 1.2
    rise: float = 1.5
    good: float = 0.2
    bad: float = -0.3
    worst: float = -0.5
    is_patient: bool = True


LIMITS = {"dip": (0.0, 10.0), "rise": (0.0, 10.0), "good": (-1.0, 1.0), "bad": (-1.0, 1.0)}
ASCENDING = (("worst", "bad"), ("bad", "good"))


class State(NamedTuple):
    """The last closes, oldest first, NaN where there were none yet, and how many bars were seen."""

    window: tuple[float, ...]
    seen: int


class Values(NamedTuple):
    """Mean and standard deviation of the last closes, and how many deviations the close lies above the mean."""

    mean: float
    deviation: float
    score: float


def start(settings: Settings) -> State:
    """Nothing seen."""
    return State((nan,) * CLOSES, 0)


def observe(state: State, bar: Bar, settings: Settings) -> tuple[State, Values]:
    """Take the close into the window."""
    window = (*state.window[1:], bar.close)
    total = 0.0
    for close in window:
        total += close
    mean = total / CLOSES
    squares = 0.0
    for close in window:
        squares += (close - mean) * (close - mean)
    deviation = sqrt(squares / CLOSES)
    score = (bar.close - mean) / deviation if deviation > 0.0 else nan
    return State(window, min(state.seen + 1, 1_000)), Values(mean, deviation, score)


def decide(values: Values, close: float, inputs: Inputs, in_position: bool, settings: Settings) -> Choice:
    """Enter at a dip, larger in good news; leave where the close is above the mean again, or at bad news."""
    known = not isnan(inputs.sentiment)
    if isnan(values.score):
        return WAIT
    if in_position:
        if known and inputs.sentiment < settings.bad:
            return leave(BAD_NEWS)
        if values.score > settings.rise:
            return leave(MADE_UP)
        return hold(take_profit=values.mean + 3.0 * values.deviation) if settings.is_patient else WAIT
    if values.score > -settings.dip or (known and inputs.sentiment < settings.worst):
        return WAIT
    if known and inputs.sentiment > settings.good:
        return enter(size=0.25, reason=GOOD_NEWS)
    return enter(stop=close - 2.0 * values.deviation, reason=DIP)
