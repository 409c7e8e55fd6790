"""On-balance volume."""

from math import nan
from typing import NamedTuple

from chalicelib.kernel.bar import Bar


class ObvState(NamedTuple):
    """The last close, and the volume of rises less that of falls."""

    close: float
    value: float


OBV_START = ObvState(close=nan, value=0.0)


def obv_step(state: ObvState, bar: Bar) -> ObvState:
    """Fold one bar. The first bar's volume counts as that of a rise (Granville 1963; TA-Lib OBV)."""
    if bar.close == state.close:
        return state
    return ObvState(bar.close, state.value - bar.volume if bar.close < state.close else state.value + bar.volume)


def obv_value(state: ObvState) -> float:
    """The volume of rises less that of falls since the first bar, in the base asset; 0 before any."""
    return state.value
