"""Heikin-Ashi: bars that are averages, so that a trend looks like one."""

from math import nan

from chalicelib.kernel.bar import Bar

HEIKIN_ASHI_START = Bar(time_ms=0, open=nan, high=nan, low=nan, close=nan, volume=0.0)


def heikin_ashi_step(state: Bar, bar: Bar) -> Bar:
    """The bar's Heikin-Ashi bar, from the one before it (Valcu 2004; TA-Lib HA): state and value in one.

    It closes at the mean of the bar's four prices and opens in the middle of the one before, the first in the middle of
    the bar itself. It can be handed to any indicator that takes bars; its prices are none that anybody paid.
    """
    close = (bar.open + bar.high + bar.low + bar.close) / 4.0
    opening = (bar.open + bar.close) / 2.0 if state.close != state.close else (state.open + state.close) / 2.0
    high, low = max(bar.high, max(opening, close)), min(bar.low, min(opening, close))
    return Bar(bar.time_ms, opening, high, low, close, bar.volume)
