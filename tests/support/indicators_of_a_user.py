"""What a user may hand to `trader check-lookahead --function`: honest, leaking and mistaken functions."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np

Candles = Mapping[str, Any]


def momentum(candles: Candles) -> Any:
    """The return over ten bars."""
    close = candles["close"]
    return np.append(np.full(min(10, len(close)), np.nan), close[10:] / close[:-10] - 1.0)


def convolved(candles: Candles) -> Any:
    """A trailing average; numpy adds it up in another order where the array is shorter than the window."""
    return np.convolve(candles["close"], np.ones(50) / 50.0)[: len(candles["close"])]


def zscore(candles: Candles) -> dict[str, Any]:
    """Mean and deviation of the whole column."""
    close = candles["close"]
    return {"range": candles["high"] - candles["low"], "z": (close - close.mean()) / close.std()}


def needs_an_hour(candles: Candles) -> Any:
    """Fails over less than an hour."""
    return np.lib.stride_tricks.sliding_window_view(candles["close"], 60).mean(axis=1)[
        [0] * 59 + [*range(len(candles["close"]) - 59)]
    ]


def too_short(candles: Candles) -> Any:
    """One value too few."""
    return np.diff(candles["close"])


def failing(candles: Candles) -> Any:
    """Fails."""
    raise ValueError("no idea")


NOT_A_FUNCTION = 3
