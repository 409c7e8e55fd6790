"""Bought when a bar closes beyond its own average range; out at a stop that follows the close, or at a target.

For tests: a quiet bar's levels lie so near that the next open is often beyond one of them already.
"""

from typing import NamedTuple

from chalicelib.kernel.indicators import (
    ATR_START,
    EMA_START,
    AtrState,
    EmaState,
    atr_step,
    atr_value,
    ema_step,
    ema_value,
)
from chalicelib.strategy import WAIT, Bar, Choice, Inputs, enter, hold, leave, wait

REASONS = ("breakout", "quiet breakout", "below the average", "too wide")
BREAKOUT = 0
QUIET = 1
BELOW = 2
TOO_WIDE = 3


class Settings(NamedTuple):
    """Bars of both averages; distances in average true ranges; fractions of equity and of the price."""

    atr: int = 7
    ema: int = 12
    breakout: float = 0.4
    stop_atr: float = 2.5
    target_atr: float = 4.0
    near_atr: float = 0.05
    widest: float = 0.004
    size: float = 0.15


LIMITS = {"atr": (2, 200), "ema": (2, 500), "stop_atr": (0.1, 20.0), "size": (0.01, 1.0)}


class State(NamedTuple):
    """Average true range and average close, and the average of volume."""

    atr: AtrState
    ema: EmaState
    volume: EmaState


class Values(NamedTuple):
    """Average true range and average close; by how many ranges the bar rose; its volume over the average."""

    atr: float
    ema: float
    rise: float
    busy: float


def start(settings: Settings) -> State:
    """Nothing seen."""
    return State(ATR_START, EMA_START, EMA_START)


def observe(state: State, bar: Bar, settings: Settings) -> tuple[State, Values]:
    """Fold one bar into all three averages."""
    atr = atr_step(state.atr, bar, settings.atr)
    ema = ema_step(state.ema, bar.close, settings.ema)
    volume = ema_step(state.volume, bar.volume, settings.ema)
    width = atr_value(atr, settings.atr)
    rise = (bar.close - bar.open) / width if width > 0.0 else 0.0
    usual = ema_value(volume, settings.ema)
    return State(atr, ema, volume), Values(
        width, ema_value(ema, settings.ema), rise, bar.volume / usual if usual > 0.0 else 1.0
    )


def decide(values: Values, close: float, inputs: Inputs, in_position: bool, settings: Settings) -> Choice:
    """Enter at a rise, its levels near where the bar was quiet; hold with a stop that follows the close."""
    stop = close - settings.stop_atr * values.atr
    if values.ema != values.ema or stop != stop or stop <= 0.0:
        return WAIT
    if in_position:
        return leave(BELOW) if values.rise < -0.8 and close < values.ema else hold(stop=stop)
    if values.atr > settings.widest * close:
        return wait(TOO_WIDE)
    if values.rise < settings.breakout or close < values.ema:
        return WAIT
    if values.busy < 0.2:
        return enter(settings.size, close - settings.near_atr * values.atr, reason=QUIET)
    if values.busy < 0.4:
        return enter(settings.size, stop, close + settings.near_atr * values.atr, QUIET)
    return enter(settings.size, stop, close + settings.target_atr * values.atr, BREAKOUT)
