"""Buy what is oversold while the news is good; sell what is overbought, or when the news turns."""

from math import nan
from typing import NamedTuple

from chalicelib.kernel.indicators import (
    EMA_START,
    RSI_START,
    EmaState,
    RsiState,
    bands,
    ema_step,
    ema_value,
    rsi_step,
    rsi_value,
)
from chalicelib.strategy import WAIT, Bar, Choice, enter, leave

SIGNAL = 0
SENTIMENT = 1
REASONS = ("signal", "sentiment")

EMA_FAST_PERIOD = 50
EMA_SLOW_PERIOD = 200
BAND_PERIOD = 20
BAND_WIDTH = 2.0


class Inputs(NamedTuple):
    """Sentiment of the news in -1..1; without any, both of its terms are left out."""

    sentiment: float = nan


class Settings(NamedTuple):
    """Candles that Wilder's RSI averages over; the RSI and the sentiment to enter below and above, and to leave at."""

    rsi_period: int = 14
    rsi_buy: float = 30.0
    rsi_sell: float = 70.0
    sentiment_buy: float = 0.0
    sentiment_sell: float = 0.0


LIMITS = {
    "rsi_period": (2, 1000),
    "rsi_buy": (0.0, 100.0),
    "rsi_sell": (0.0, 100.0),
    "sentiment_buy": (-1.0, 1.0),
    "sentiment_sell": (-1.0, 1.0),
}
ASCENDING = (("rsi_buy", "rsi_sell"),)
FORMER_KEY = "rsi_period"
"""The setting by which a version with this one strategy named its states, which are the same."""


class State(NamedTuple):
    """Indicators, and the last 20 closes, oldest first, NaN where there were none yet."""

    rsi: RsiState
    ema_fast: EmaState
    ema_slow: EmaState
    window: tuple[float, ...]


class Values(NamedTuple):
    """Indicators after a close; NaN while undefined."""

    rsi: float
    ema_50: float
    ema_200: float
    bb_upper: float
    bb_middle: float
    bb_lower: float


def start(settings: Settings) -> State:
    """Nothing seen."""
    return State(RSI_START, EMA_START, EMA_START, (nan,) * BAND_PERIOD)


def observe(state: State, bar: Bar, settings: Settings) -> tuple[State, Values]:
    """Fold one close into every indicator and read them all."""
    rsi = rsi_step(state.rsi, bar.close, settings.rsi_period)
    ema_fast = ema_step(state.ema_fast, bar.close, EMA_FAST_PERIOD)
    ema_slow = ema_step(state.ema_slow, bar.close, EMA_SLOW_PERIOD)
    window = (*state.window[1:], bar.close)
    upper, middle, lower = bands(window, BAND_WIDTH)
    return State(rsi, ema_fast, ema_slow, window), Values(
        rsi_value(rsi, settings.rsi_period),
        ema_value(ema_fast, EMA_FAST_PERIOD),
        ema_value(ema_slow, EMA_SLOW_PERIOD),
        upper,
        middle,
        lower,
    )


def decide(values: Values, close: float, inputs: Inputs, in_position: bool, settings: Settings) -> Choice:
    """Enter when oversold and sentiment above its threshold; leave when overbought or sentiment below its own.

    Nothing is decided before RSI is defined. Where both terms to leave hold, the reason is the signal.
    """
    if values.rsi != values.rsi:
        return WAIT
    if in_position:
        if values.rsi > settings.rsi_sell:
            return leave(SIGNAL)
        if inputs.sentiment < settings.sentiment_sell:
            return leave(SENTIMENT)
        return WAIT
    without_sentiment = inputs.sentiment != inputs.sentiment
    if values.rsi < settings.rsi_buy and (without_sentiment or inputs.sentiment > settings.sentiment_buy):
        return enter(reason=SIGNAL)
    return WAIT


def signals(values: Values, close: float, settings: Settings) -> tuple[str, ...]:
    """What held at a close, in words: an undefined indicator says nothing."""
    named = (
        (values.rsi < settings.rsi_buy, "Oversold"),
        (values.rsi > settings.rsi_sell, "Overbought"),
        (values.ema_50 > values.ema_200, "TrendUp"),
        (values.ema_50 < values.ema_200, "TrendDown"),
        (close > values.bb_upper, "BandBreakUp"),
        (close < values.bb_lower, "BandBreakDown"),
    )
    return tuple([name for holds, name in named if holds])
