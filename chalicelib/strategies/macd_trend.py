"""Go with a rise that gathers speed: in when MACD crosses its average above the long trend, out when it falls below."""

from typing import NamedTuple

from chalicelib.kernel.indicators import (
    ATR_START,
    EMA_START,
    MACD_START,
    AtrState,
    EmaState,
    MacdState,
    atr_step,
    atr_value,
    ema_step,
    ema_value,
    macd_step,
    macd_value,
)
from chalicelib.strategy import WAIT, Bar, Choice, Inputs, enter, hold, leave

CROSS = 0
SPEED_LOST = 1
REASONS = ("macd cross", "speed lost")


class Settings(NamedTuple):
    """Bars of the three averages of MACD, of the trend and of the average true range; how many of those to the stop."""

    fast: int = 12
    slow: int = 26
    smooth: int = 9
    trend: int = 100
    atr: int = 14
    stop_atr: float = 3.0


LIMITS = {
    "fast": (2, 500),
    "slow": (3, 1000),
    "smooth": (2, 500),
    "trend": (2, 5000),
    "atr": (2, 500),
    "stop_atr": (0.1, 50.0),
}
ASCENDING = (("fast", "slow"),)


class State(NamedTuple):
    """MACD, the trend, the average true range, and whether MACD was not above its average at the last close."""

    macd: MacdState
    trend: EmaState
    atr: AtrState
    was_not_above: bool


class Values(NamedTuple):
    """MACD, its average, trend and average true range after a close; 1.0 where MACD has just crossed above."""

    macd: float
    smoothed: float
    trend: float
    atr: float
    crossed: float


def start(settings: Settings) -> State:
    """Nothing seen."""
    return State(MACD_START, EMA_START, ATR_START, False)


def observe(state: State, bar: Bar, settings: Settings) -> tuple[State, Values]:
    """Fold one bar into all three."""
    folded = macd_step(state.macd, bar.close, settings.fast, settings.slow, settings.smooth)
    trend = ema_step(state.trend, bar.close, settings.trend)
    atr = atr_step(state.atr, bar, settings.atr)
    macd = macd_value(folded, settings.slow, settings.smooth)
    crossed = 1.0 if state.was_not_above and macd.histogram > 0.0 else 0.0
    return State(folded, trend, atr, macd.histogram <= 0.0), Values(
        macd.macd, macd.signal, ema_value(trend, settings.trend), atr_value(atr, settings.atr), crossed
    )


def decide(values: Values, close: float, inputs: Inputs, in_position: bool, settings: Settings) -> Choice:
    """Enter at a cross above the trend, leave when MACD is below its average; the stop follows the close upwards."""
    stop = close - settings.stop_atr * values.atr
    if stop != stop or stop <= 0.0:
        return WAIT
    if in_position:
        return leave(SPEED_LOST) if values.macd < values.smoothed else hold(stop=stop)
    return enter(stop=stop, reason=CROSS) if values.crossed > 0.0 and close > values.trend else WAIT


def signals(values: Values, close: float, settings: Settings) -> tuple[str, ...]:
    """What held at a close, in words: an undefined indicator says nothing."""
    named = (
        (values.macd > values.smoothed, "SpeedUp"),
        (values.macd < values.smoothed, "SpeedDown"),
        (close > values.trend, "TrendUp"),
        (close < values.trend, "TrendDown"),
    )
    return tuple([name for holds, name in named if holds])
