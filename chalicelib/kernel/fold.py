"""Candles folded into the longer bars that a strategy decides by, aligned to UTC.

A bar closes with its last candle or, where that is missing, with the first candle of a later bar: then it is late. A
bar without any candle does not exist. What began before the first candle of all is no bar: nobody knows how it opened.
"""

from chalicelib.kernel.bar import NO_BAR, Bar

BEFORE_FIRST = -2
UNBEGUN = Bar(BEFORE_FIRST, 0.0, 0.0, 0.0, 0.0, 0.0)
"""The part before the first candle: candles are left out until one opens a bar."""
LEAST_STALE_MS = 180_000


def fold(part: Bar, bar: Bar, step_ms: int, interval_ms: int) -> tuple[Bar, Bar, Bar]:
    """(part, late, done) after a candle of `step_ms`: the bar that is begun, one that is over since a later candle
    came, and one that this candle completes; NO_BAR for none. `part` is NO_BAR or UNBEGUN before there is any.

    A bar's `time_ms` is its own start, volumes are added in the order of the candles.

    >>> part, late, done = fold(NO_BAR, Bar(60_000, 1.0, 3.0, 1.0, 2.0, 5.0), 60_000, 120_000)
    >>> done
    Bar(time_ms=0, open=1.0, high=3.0, low=1.0, close=2.0, volume=5.0)
    >>> fold(UNBEGUN, Bar(60_000, 1.0, 3.0, 1.0, 2.0, 5.0), 60_000, 120_000) == (UNBEGUN, NO_BAR, NO_BAR)
    True
    """
    if step_ms == interval_ms:
        return NO_BAR, NO_BAR, bar
    start = bar.time_ms - bar.time_ms % interval_ms
    if part.time_ms == BEFORE_FIRST and bar.time_ms != start:
        return part, NO_BAR, NO_BAR
    late = part if part.time_ms >= 0 and part.time_ms != start else NO_BAR
    now = joined(part, bar) if part.time_ms == start else Bar(start, bar.open, bar.high, bar.low, bar.close, bar.volume)
    if bar.time_ms + step_ms >= start + interval_ms:
        return NO_BAR, late, now
    return now, late, NO_BAR


def joined(part: Bar, bar: Bar) -> Bar:
    """A bar that is begun, with its next candle in it."""
    high = bar.high if bar.high > part.high else part.high
    low = bar.low if bar.low < part.low else part.low
    return Bar(part.time_ms, part.open, high, low, bar.close, part.volume + bar.volume)


def stale_ms(interval_ms: int) -> int:
    """Milliseconds after its close from which a bar is too old to decide on, where nobody set another number.

    >>> stale_ms(60_000), stale_ms(14_400_000)
    (180000, 720000)
    """
    return max(interval_ms // 20, LEAST_STALE_MS)


def is_fresh(bar: Bar, interval_ms: int, minute_ms: int, step_ms: int, stale_ms: int) -> bool:
    """Whether a bar may be decided on at the close of a candle that opened at `minute_ms`; `stale_ms` 0: always."""
    return stale_ms == 0 or minute_ms + step_ms - (bar.time_ms + interval_ms) <= stale_ms
