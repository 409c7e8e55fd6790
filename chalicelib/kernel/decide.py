"""The rule: indicators and sentiment in, enter, exit or hold out."""

from typing import NamedTuple

from chalicelib.kernel.codes import ENTER, EXIT, HOLD, NONE, SENTIMENT, SIGNAL
from chalicelib.kernel.indicators import Snapshot

OVERSOLD = 1
OVERBOUGHT = 2
TREND_UP = 4
TREND_DOWN = 8
BAND_BREAK_UP = 16
BAND_BREAK_DOWN = 32

SIGNAL_NAMES = (
    (OVERSOLD, "Oversold"),
    (OVERBOUGHT, "Overbought"),
    (TREND_UP, "TrendUp"),
    (TREND_DOWN, "TrendDown"),
    (BAND_BREAK_UP, "BandBreakUp"),
    (BAND_BREAK_DOWN, "BandBreakDown"),
)


class Rule(NamedTuple):
    """Thresholds of the rule. `use_sentiment` False leaves both sentiment terms out."""

    rsi_period: int
    rsi_buy: float
    rsi_sell: float
    sentiment_buy: float
    sentiment_sell: float
    use_sentiment: bool


class Choice(NamedTuple):
    """What the rule wants: an action code and, for enter and exit, a reason code."""

    action: int
    reason: int


WAIT = Choice(HOLD, NONE)


def signals(snapshot: Snapshot, close: float, rule: Rule) -> int:
    """The signals that hold after a close, or-ed together; an undefined indicator raises none.

    Oversold and Overbought: RSI beyond the rule's thresholds. TrendUp and TrendDown: EMA 50 above or below EMA 200.
    BandBreakUp and BandBreakDown: the close outside the Bollinger bands.
    """
    found = 0
    if snapshot.rsi < rule.rsi_buy:
        found |= OVERSOLD
    if snapshot.rsi > rule.rsi_sell:
        found |= OVERBOUGHT
    if snapshot.ema_50 > snapshot.ema_200:
        found |= TREND_UP
    if snapshot.ema_50 < snapshot.ema_200:
        found |= TREND_DOWN
    if close > snapshot.bb_upper:
        found |= BAND_BREAK_UP
    if close < snapshot.bb_lower:
        found |= BAND_BREAK_DOWN
    return found


def decide(snapshot: Snapshot, close: float, sentiment: float, in_position: bool, rule: Rule) -> Choice:
    """Enter when oversold and sentiment above its threshold; exit when overbought or sentiment below its own.

    Nothing is decided before RSI is defined. Where both exit terms hold the reason is the signal.
    """
    if snapshot.rsi != snapshot.rsi:
        return WAIT
    found = signals(snapshot, close, rule)
    if in_position:
        if found & OVERBOUGHT:
            return Choice(EXIT, SIGNAL)
        if rule.use_sentiment and sentiment < rule.sentiment_sell:
            return Choice(EXIT, SENTIMENT)
        return WAIT
    if found & OVERSOLD and (not rule.use_sentiment or sentiment > rule.sentiment_buy):
        return Choice(ENTER, SIGNAL)
    return WAIT
