"""Buy while the fast average is above the slow one, sell when it is below; the stop lies some true ranges lower."""

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
from chalicelib.strategy import Bar, Choice, Inputs, enter, leave, wait

REASONS = ("trend", "trend over")  # your own words for why: 0 and 1 in enter, leave and wait
ATR_PERIOD = 14


class Settings(NamedTuple):
    """What can be set and tuned. In agent.toml under [strategy.settings], or --set strategy.settings.fast=9."""

    fast: int = 12  # bars of the fast average
    slow: int = 26  # bars of the slow one
    stop_atr: float = 3.0  # average true ranges from the close down to the stop


LIMITS = {"fast": (2, 500), "slow": (3, 1000), "stop_atr": (0.1, 50.0)}  # lowest and highest of each
ASCENDING = (("fast", "slow"),)  # the first must be below the second


class State(NamedTuple):
    """What one bar hands to the next."""

    fast: EmaState
    slow: EmaState
    atr: AtrState


class Values(NamedTuple):
    """What was seen at a close, recorded with every decision. NaN until there were enough bars."""

    fast: float
    slow: float
    atr: float


def start(settings: Settings) -> State:
    """Before the first bar."""
    return State(EMA_START, EMA_START, ATR_START)


def observe(state: State, bar: Bar, settings: Settings) -> tuple[State, Values]:
    """Take one closed bar: time_ms, open, high, low, close, volume. Bars come in order, each once."""
    fast = ema_step(state.fast, bar.close, settings.fast)
    slow = ema_step(state.slow, bar.close, settings.slow)
    atr = atr_step(state.atr, bar, ATR_PERIOD)
    seen = Values(ema_value(fast, settings.fast), ema_value(slow, settings.slow), atr_value(atr, ATR_PERIOD))
    return State(fast, slow, atr), seen


def decide(values: Values, close: float, inputs: Inputs, in_position: bool, settings: Settings) -> Choice:
    """Say what is wanted at that close; it fills at the next open. Comparing NaN is false: nothing is bought early."""
    if in_position:
        return leave(reason=1) if values.fast < values.slow else wait()
    stop = close - settings.stop_atr * values.atr
    if stop > 0.0 and values.fast > values.slow:
        return enter(stop=stop, reason=0)  # how much is bought, and every limit, stands in [risk]
    return wait()
