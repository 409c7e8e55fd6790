"""The average price of a session, weighted by volume."""

from math import nan
from typing import NamedTuple

from chalicelib.kernel.bar import Bar

_DAY_MS = 86_400_000


class VwapState(NamedTuple):
    """The session's day, what was paid in it, and its volume."""

    day: int
    paid: float
    volume: float


VWAP_START = VwapState(day=0, paid=0.0, volume=0.0)


def vwap_step(state: VwapState, bar: Bar) -> VwapState:
    """Fold one bar: its typical price, the mean of high, low and close, for its whole volume (Berkowitz et al. 1988).

    A session is a day of UTC, by when the bar began; with the first bar of another it starts anew. Within one session
    it is TA-Lib's VWAP, which knows none.
    """
    day = bar.time_ms // _DAY_MS
    paid = (bar.high + bar.low + bar.close) / 3.0 * bar.volume
    if day != state.day:
        return VwapState(day, paid, bar.volume)
    return VwapState(day, state.paid + paid, state.volume + bar.volume)


def vwap_value(state: VwapState) -> float:
    """The average price, NaN before the session's first volume."""
    return state.paid / state.volume if state.volume > 0.0 else nan
