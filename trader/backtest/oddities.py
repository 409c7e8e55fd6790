"""Oddities of a market that change what a backtest over it means; each is one line, whatever there is of it."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import NamedTuple

import numpy as np

from chalicelib.assets import split_symbol
from chalicelib.config import Config
from chalicelib.moments import minute_text
from trader.backtest.market import MarketColumns
from trader.backtest.result import BacktestResult
from trader.backtest.steps import candles_word
from trader.backtest.walk import SYMBOL, TIME_MS
from trader.data.arrays import Floats, Integers
from trader.data.decimals import decimals_of
from trader.data.money import price_text

LEAST_FACTOR = 4.0
"""How many times its neighbour a price is that no trade of a minute explains; redenominations are by 10 and more."""
LEAST_TICKS = 10
"""Of a move that is told: where a tick is half of the price, a factor of four is three ticks."""
NAMED = 3
"""Symbols that one line names."""


class Jump(NamedTuple):
    """A price that is many times, or a small part of, the one before it."""

    before_ms: int
    """open_ms of the bar before, of the same bar where it jumps within it."""
    time_ms: int
    before: float
    after: float


def oddities(symbols: Sequence[str], tape: MarketColumns, config: Config) -> Iterator[str]:
    """A line for each symbol whose prices jump or whose ticks are coarse, and one for the bars without a trade."""
    for symbol, name in enumerate(symbols):
        there = ~np.isnan(tape.open[symbol])
        opens, closes = tape.open[symbol][there], tape.close[symbol][there]
        decimals = _decimals(closes)
        found = jumps(tape.times[there], opens, closes, 0.0 if decimals is None else 10.0**-decimals)
        yield from _jump_line(name, found, tape.step_ms)
        yield from _tick_line(name, closes, decimals, _nearest_level(config))
    yield from _dead_line(symbols, tape)
    yield from _quote_line(symbols)


def jumps(times: Integers, opens: Floats, closes: Floats, tick: float) -> list[Jump]:
    """Prices that are LEAST_FACTOR times the one before or more, or less than that part; the largest jump first."""
    prices, moments = np.stack((opens, closes), axis=1).ravel(), np.repeat(times, 2)
    ratio = prices[1:] / prices[:-1]
    factor = np.maximum(ratio, 1.0 / ratio)
    far = np.abs(np.diff(prices)) >= LEAST_TICKS * tick
    at = np.flatnonzero((factor >= LEAST_FACTOR) & far)
    largest = at[np.argsort(-factor[at], kind="stable")]
    return [Jump(*moments[i : i + 2].tolist(), *prices[i : i + 2].tolist()) for i in largest.tolist()]


def dead_fills(tape: MarketColumns, result: BacktestResult) -> int:
    """The number of fills in bars in which nothing was traded."""
    rows = result.fill_words[:, SYMBOL], np.searchsorted(tape.times, result.fill_words[:, TIME_MS])
    return int(np.count_nonzero(tape.volume[rows] == 0.0))


def dead_fills_line(tape: MarketColumns, result: BacktestResult) -> str:
    """The line about them, empty where there are none."""
    dead = dead_fills(tape, result)
    return f"{dead:,} of {len(result.fill_words):,} fills are in bars in which nothing was traded" if dead else ""


def _jump_line(name: str, found: Sequence[Jump], step_ms: int) -> Iterator[str]:
    if not found:
        return
    first = found[0]
    factor = max(first.after / first.before, first.before / first.after)
    part = f"{_times(factor)} times" if first.after > first.before else f"1/{_times(factor)} of"
    gap = (first.time_ms - first.before_ms) // step_ms - 1
    across = f" across a gap of {gap:,} {candles_word(step_ms)}" if gap > 0 else ""
    more = f"; {len(found) - 1:,} more such jumps" if len(found) > 1 else ""
    yield (
        f"{name}: the price of {minute_text(first.time_ms)} UTC, {price_text(first.after)}, is {part} the one before it"
        f"{across}: likely a redenomination, or a ticker given to another coin; nobody earned or lost that"
        f"{more}"
    )


def _times(factor: float) -> str:
    return f"{factor:,.0f}" if factor >= 1000.0 else f"{factor:.3g}"


def _decimals(closes: Floats) -> int | None:
    """Decimals of the step of the prices, as far as digits tell; None where they are on no grid, or all the same."""
    return None if bool((closes == closes[:1]).all()) else decimals_of([closes])


def _nearest_level(config: Config) -> float:
    """The smallest of stop, trailing stop and target, as a fraction of the price; infinite where all are off."""
    risk = config.risk
    return min((level for level in (risk.stop_loss, risk.trailing_stop, risk.take_profit) if level), default=np.inf)


def _tick_line(name: str, closes: Floats, decimals: int | None, level: float) -> Iterator[str]:
    tick = 0.0 if decimals is None else 10.0**-decimals
    coarse = closes[tick > level * closes]
    if len(coarse):
        yield (
            f"{name}: a tick ({tick:.{decimals}f}) is {tick / float(np.median(coarse)):.1%} of the price in"
            f" {len(coarse):,} of {len(closes):,} bars, coarser than the stop or target of {level:.2%}: ticks are not"
            " modelled, fills lie between them, at prices that nobody can trade"
        )


def _quote_line(symbols: Sequence[str]) -> Iterator[str]:
    unknown = [name for name in symbols if not split_symbol(name)[1]]
    if unknown and len(symbols) > 1:
        named = f"{', '.join(unknown[:NAMED])}{' and more' if len(unknown) > NAMED else ''}"
        yield f"{named}: the name tells no quote currency that is known; taken to share one cash with the others"


def _dead_line(symbols: Sequence[str], tape: MarketColumns) -> Iterator[str]:
    bars = np.count_nonzero(~np.isnan(tape.open), axis=1).tolist()
    dead = np.count_nonzero(tape.volume == 0.0, axis=1).tolist()
    found = sorted(zip(dead, bars, symbols, strict=True), key=lambda each: -each[0])
    found = [each for each in found if each[0]]
    if found:
        named = ", ".join(f"{name} in {none:,} of {bars:,} bars" for none, bars, name in found[:NAMED])
        more = f" and {len(found) - NAMED:,} more" if len(found) > NAMED else ""
        yield f"nothing was traded (volume 0) of {named}{more}: orders of any size fill there all the same"
