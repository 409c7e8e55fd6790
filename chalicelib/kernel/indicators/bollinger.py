"""Bollinger bands."""

from math import sqrt


def bands(window: tuple[float, ...], width: float) -> tuple[float, float, float]:
    """Bollinger (upper, middle, lower): SMA and population standard deviation of the window, NaN while it has gaps.

    `width` is in standard deviations. Both passes run over the window anew, so no rounding error accumulates however
    long the market.
    """
    total = 0.0
    for close in window:
        total += close
    middle = total / len(window)
    squares = 0.0
    for close in window:
        squares += (close - middle) * (close - middle)
    reach = width * sqrt(squares / len(window))  # a sum of squares: never negative
    return middle + reach, middle, middle - reach
