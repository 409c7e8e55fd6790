"""Indicators, one bar at a time, constant work per bar; all that a strategy may name here, of a module each family.

Of each: a state, where it starts, a step, a value. Numbers never change under their name: an indicator that is mended
gets a new one. A family is loaded when a name of it is first asked for, as a Lambda starts in the time of its imports.
"""

from importlib import import_module
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from chalicelib.kernel.indicators.atr import *
    from chalicelib.kernel.indicators.bollinger import *
    from chalicelib.kernel.indicators.ema import *
    from chalicelib.kernel.indicators.rsi import *

FAMILIES = {
    name: family
    for family, names in {
        "atr": "ATR_START AtrState atr_step atr_value",
        "bollinger": "bands",
        "ema": "EMA_START EmaState ema_step ema_value",
        "rsi": "RSI_START RsiState rsi_step rsi_value",
    }.items()
    for name in names.split()
}
"""The module of every name."""


if not TYPE_CHECKING:  # who checks types reads the names above, and knows no others

    def __getattr__(name: str) -> object:
        if name not in FAMILIES:
            raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
        globals()[name] = found = getattr(import_module(f"{__name__}.{FAMILIES[name]}"), name)
        return found
