"""Buy what closes below its lower band and sell it back at the middle; out some average ranges down."""

from typing import NamedTuple

from chalicelib.kernel.indicators import (
    ATR_START,
    AtrState,
    DeviationState,
    atr_step,
    atr_value,
    bollinger_value,
    deviation_start,
    deviation_step,
)
from chalicelib.strategy import WAIT, Bar, Choice, Inputs, enter, leave

BELOW_BAND = 0
BACK = 1
REASONS = ("below the band", "back at the middle")


class Settings(NamedTuple):
    """Bars of the bands and their width in deviations; bars of the average range, and how many ranges to the stop."""

    period: int = 20
    width: float = 2.0
    atr: int = 14
    stop_atr: float = 4.0


LIMITS = {"period": (2, 2000), "width": (0.1, 10.0), "atr": (2, 500), "stop_atr": (0.1, 50.0)}


class State(NamedTuple):
    """Deviation and mean of the closes, and the average true range."""

    closes: DeviationState
    atr: AtrState


class Values(NamedTuple):
    """Bands and average true range after a close."""

    upper: float
    middle: float
    lower: float
    atr: float


def start(settings: Settings) -> State:
    """Nothing seen."""
    return State(deviation_start(settings.period), ATR_START)


def observe(state: State, bar: Bar, settings: Settings) -> tuple[State, Values]:
    """Fold one bar into both."""
    closes = deviation_step(state.closes, bar.close)
    atr = atr_step(state.atr, bar, settings.atr)
    bands = bollinger_value(closes, settings.width)
    return State(closes, atr), Values(bands.upper, bands.middle, bands.lower, atr_value(atr, settings.atr))


def decide(values: Values, close: float, inputs: Inputs, in_position: bool, settings: Settings) -> Choice:
    """Enter below the lower band, leave at the middle or above; the stop stays where it was put."""
    if in_position:
        return leave(BACK) if close >= values.middle else WAIT
    stop = close - settings.stop_atr * values.atr
    if stop != stop or stop <= 0.0:
        return WAIT
    return enter(stop=stop, reason=BELOW_BAND) if close < values.lower else WAIT


def signals(values: Values, close: float, settings: Settings) -> tuple[str, ...]:
    """What held at a close, in words: undefined bands say nothing."""
    named = ((close > values.upper, "BandBreakUp"), (close < values.lower, "BandBreakDown"))
    return tuple([name for holds, name in named if holds])
