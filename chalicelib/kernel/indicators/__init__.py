"""Indicators, one bar at a time, constant work per bar; all that a strategy may name here, of a module each family.

Of each: a state, where it starts, a step, a value. Numbers never change under their name: an indicator that is mended
gets a new one. A family is loaded when a name of it is first asked for, as a Lambda starts in the time of its imports.
"""

from importlib import import_module
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from chalicelib.kernel.indicators.adx import *
    from chalicelib.kernel.indicators.atr import *
    from chalicelib.kernel.indicators.bollinger import *
    from chalicelib.kernel.indicators.deviation import *
    from chalicelib.kernel.indicators.donchian import *
    from chalicelib.kernel.indicators.ema import *
    from chalicelib.kernel.indicators.heikin_ashi import *
    from chalicelib.kernel.indicators.keltner import *
    from chalicelib.kernel.indicators.macd import *
    from chalicelib.kernel.indicators.obv import *
    from chalicelib.kernel.indicators.regression import *
    from chalicelib.kernel.indicators.roc import *
    from chalicelib.kernel.indicators.rsi import *
    from chalicelib.kernel.indicators.sma import *
    from chalicelib.kernel.indicators.stochastic import *
    from chalicelib.kernel.indicators.supertrend import *
    from chalicelib.kernel.indicators.vwap import *
    from chalicelib.kernel.indicators.windows import *
    from chalicelib.kernel.indicators.wma import *

FAMILIES = {
    name: family
    for family, names in {
        "adx": "ADX_START Adx AdxState adx_step adx_value",
        "atr": "ATR_START AtrState atr_step atr_value",
        "bollinger": "bands",
        "deviation": "Bollinger DeviationState bollinger_value deviation_start deviation_step deviation_value"
        " mean_value zscore_value",
        "donchian": "Donchian DonchianState donchian_start donchian_step donchian_value",
        "ema": "EMA_START EmaState ema_step ema_value",
        "heikin_ashi": "HEIKIN_ASHI_START heikin_ashi_step",
        "keltner": "KELTNER_START Keltner KeltnerState keltner_step keltner_value",
        "macd": "MACD_START Macd MacdState macd_step macd_value",
        "obv": "OBV_START ObvState obv_step obv_value",
        "regression": "SlopeState slope_start slope_step slope_value",
        "roc": "roc_start roc_step roc_value",
        "rsi": "RSI_START RsiState rsi_step rsi_value",
        "sma": "SmaState sma_start sma_step sma_value",
        "stochastic": "Stochastic StochasticState stochastic_start stochastic_step stochastic_value",
        "supertrend": "FALLING RISING SUPERTREND_START Supertrend SupertrendState supertrend_step supertrend_value",
        "vwap": "VWAP_START VwapState vwap_step vwap_value",
        "windows": "Queue Ring highest_step highest_value lowest_step lowest_value queue ring ring_step ring_value",
        "wma": "WmaState wma_start wma_step wma_value",
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
