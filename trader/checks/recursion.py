"""How many bars an indicator needs until it agrees with the one that saw everything.

Two folds by the kernel's own `observe` go side by side over the same closes: one that began with the first bar of the
data, one that begins anew. After how many bars they agree, and stay so, is counted from many different bars.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from statistics import median

import numpy as np

from chalicelib.errors import BadInput
from chalicelib.kernel.indicators import (
    BAND_PERIOD,
    EMA_FAST_PERIOD,
    EMA_SLOW_PERIOD,
    FRESH,
    Indicators,
    Snapshot,
    observe,
)
from chalicelib.services.fetch_klines import WARM_UP_CANDLES

Advance = Callable[[int], object]

BARS_PER_PERIOD = 45
"""How far the two folds go side by side: an EMA forgets half a digit a period, and float64 has 16 of them."""
LEAST_BARS = 2
RSI_DECIMALS = 2
DIGITS = 8
"""Significant digits of prices, as `trader decide` prints them."""


@dataclass(frozen=True, slots=True)
class Need:
    """Bars from the first one on, until agreement; None where that is not reached in the bars that were compared."""

    worst: int | None
    typical: float | None
    """The median over all starts."""


@dataclass(frozen=True, slots=True)
class Warmth:
    """What one indicator of one symbol needs."""

    symbol: str
    indicator: str
    starts: int
    """From how many bars it was begun anew."""
    compared: int
    """The bars of the longest comparison."""
    undefined: int
    """Bars after which it is first defined."""
    tolerance: Need
    printed: Need
    exact: Need
    off_at_live_start: float | None
    """The largest relative difference after as many bars as a live start takes; None where the data is shorter."""


@dataclass(slots=True)
class _Start:
    """What one start found, by the kinds of agreement: the last bar that did not agree, 0 for none."""

    bars: int = 0
    undefined: int = 0
    last_wrong: dict[str, int] = field(default_factory=lambda: {"tolerance": 0, "printed": 0, "exact": 0})
    off: float | None = None


def warmth_of(
    symbol: str, closes: Sequence[float], rsi_period: int, starts: int, tolerance: float, advance: Advance
) -> list[Warmth]:
    """What every indicator of these closes needs, one after the other. Raises BadInput for too few closes."""
    periods = {"rsi": rsi_period, "ema_50": EMA_FAST_PERIOD, "ema_200": EMA_SLOW_PERIOD}
    longest = max(*periods.values(), BAND_PERIOD)
    if len(closes) < LEAST_BARS * longest:
        raise BadInput(
            f"{symbol}: {len(closes)} bars; at least {LEAST_BARS * longest} are needed, twice the longest period"
        )
    horizon = BARS_PER_PERIOD * longest
    begins = beginnings(len(closes), horizon, starts)
    found: dict[str, list[_Start]] = {name: [] for name in Snapshot._fields}
    state, done = FRESH, 0
    for begin in begins:
        state = folded(state, closes[done:begin], rsi_period)
        done = begin
        for name, start in compared(state, closes[begin : begin + horizon], rsi_period, tolerance).items():
            found[name].append(start)
        advance(1)
    return [summed(symbol, name_of(name, rsi_period), each) for name, each in found.items()]


def beginnings(bars: int, horizon: int, count: int) -> list[int]:
    """Evenly spread bars to begin anew at, never the first: a horizon before the end, or in the first quarter.

    >>> beginnings(100, 10, 4), beginnings(100, 95, 3)
    ([1, 31, 60, 90], [1, 13, 25])
    """
    last = max(bars - horizon, bars // 4, 1)
    return sorted(set(np.linspace(1, last, count).round().astype(int).tolist()))


def folded(state: Indicators, closes: Sequence[float], rsi_period: int) -> Indicators:
    """The state after these closes."""
    for close in closes:
        state, _ = observe(state, close, rsi_period)
    return state


def compared(state: Indicators, closes: Sequence[float], rsi_period: int, tolerance: float) -> dict[str, _Start]:
    """The fold that goes on from `state` against one that begins with the first of the closes."""
    fresh = FRESH
    starts = {name: _Start() for name in Snapshot._fields}
    for bars, close in enumerate(closes, 1):
        state, full = observe(state, close, rsi_period)
        fresh, young = observe(fresh, close, rsi_period)
        for name, expected, value in zip(Snapshot._fields, full, young, strict=True):
            _compare(name, starts[name], bars, expected, value, tolerance)
        if bars >= WARM_UP_CANDLES and is_forgotten(state, fresh):
            break
    return starts


def is_forgotten(state: Indicators, fresh: Indicators) -> bool:
    """Whether nothing tells the two folds apart any more but how many bars they have seen."""
    return (state.rsi[1:], state.ema_fast.value, state.ema_slow.value, state.window) == (
        fresh.rsi[1:],
        fresh.ema_fast.value,
        fresh.ema_slow.value,
        fresh.window,
    )


def _compare(name: str, start: _Start, bars: int, expected: float, value: float, tolerance: float) -> None:
    start.bars = bars
    if value != value or expected != expected:
        start.undefined = bars
        start.last_wrong = dict.fromkeys(start.last_wrong, bars)
        return
    off = abs(value - expected) / (abs(expected) or 1.0)
    if off > tolerance:
        start.last_wrong["tolerance"] = bars
    if value != expected:
        start.last_wrong["exact"] = bars
        if printed(name, value) != printed(name, expected):
            start.last_wrong["printed"] = bars
    if bars == WARM_UP_CANDLES:
        start.off = off


def printed(name: str, value: float) -> str:
    """The value as `trader decide` prints it.

    >>> printed("rsi", 29.994), printed("ema_50", 123456.789012)
    ('29.99', '123456.79')
    """
    return f"{value:.{RSI_DECIMALS}f}" if name == "rsi" else f"{value:.{DIGITS}g}"


def name_of(field_name: str, rsi_period: int) -> str:
    """The indicator with its period."""
    return f"rsi_{rsi_period}" if field_name == "rsi" else field_name


def summed(symbol: str, indicator: str, starts: Sequence[_Start]) -> Warmth:
    """All starts as one row."""
    offs = [start.off for start in starts if start.off is not None]
    return Warmth(
        symbol,
        indicator,
        starts=len(starts),
        compared=max(start.bars for start in starts),
        undefined=max(start.undefined for start in starts),
        tolerance=need(starts, "tolerance"),
        printed=need(starts, "printed"),
        exact=need(starts, "exact"),
        off_at_live_start=max(offs) if offs else None,
    )


def need(starts: Sequence[_Start], kind: str) -> Need:
    """The bars after which all starts agree; one whose last bar did not agree never does."""
    bars = [None if start.last_wrong[kind] == start.bars else start.last_wrong[kind] + 1 for start in starts]
    reached = [each for each in bars if each is not None]
    return Need(
        worst=max(reached) if len(reached) == len(bars) else None, typical=float(median(reached)) if reached else None
    )
