"""Indicators, one bar at a time, constant work per bar; a module each family, and all that a strategy may name here.

Of each: a state, where it starts, a step, a value. Numbers never change under their name: an indicator that is mended
gets a new one.
"""

from chalicelib.kernel.indicators.atr import ATR_START, AtrState, atr_step, atr_value
from chalicelib.kernel.indicators.bollinger import bands
from chalicelib.kernel.indicators.ema import EMA_START, EmaState, ema_step, ema_value
from chalicelib.kernel.indicators.rsi import RSI_START, RsiState, rsi_step, rsi_value

__all__ = [
    "ATR_START",
    "EMA_START",
    "RSI_START",
    "AtrState",
    "EmaState",
    "RsiState",
    "atr_step",
    "atr_value",
    "bands",
    "ema_step",
    "ema_value",
    "rsi_step",
    "rsi_value",
]
