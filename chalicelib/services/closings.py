"""A strategy's bars as candles close them: what is folded of stored candles, and where a bar is over."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from chalicelib.domain import Candle, Tick
from chalicelib.kernel.bar import MISSING, Bar
from chalicelib.kernel.fold import fold
from chalicelib.strategy.rule import StrategyRule


@dataclass(frozen=True, slots=True)
class Closing:
    """A candle with the bars that are over since it came, oldest first; one at least, two at most."""

    candle: Candle
    bars: tuple[Bar, ...]


def bar_of(candle: Candle) -> Bar:
    """The candle as the kernel sees it."""
    return Bar(candle.open_ms, candle.open, candle.high, candle.low, candle.close, candle.volume)


def longer_bar(symbol: str, bar: Bar, rule: StrategyRule) -> Candle | None:
    """The bar as records keep it; None where the candle itself is the bar."""
    if not rule.has_longer_bars:
        return None
    return Candle(symbol, bar.time_ms, bar.open, bar.high, bar.low, bar.close, bar.volume, rule.interval_ms)


def is_close(tick: Tick, rule: StrategyRule) -> bool:
    """Whether a bar is over with this candle, be it that the strategy could not see it."""
    return tick.bar is not None or bool(tick.error) or not rule.has_longer_bars


def end_of(bar: Bar, rule: StrategyRule) -> int:
    """open_ms of the last candle that belongs to the bar."""
    return bar.time_ms + rule.interval_ms - rule.step_ms


def is_last_of_bar(open_ms: int, rule: StrategyRule) -> bool:
    """Whether the candle that opens then completes a bar."""
    return (open_ms + rule.step_ms) % rule.interval_ms == 0


def closings(candles: Sequence[Candle], part: Bar, rule: StrategyRule) -> tuple[list[Closing], Bar]:
    """Every candle that ends a bar, and what is begun after them; `part` is what is begun before the first."""
    found = []
    for candle in candles:
        part, *over = fold(part, bar_of(candle), rule.step_ms, rule.interval_ms)
        bars = tuple(bar for bar in over if bar.time_ms != MISSING)
        if bars:
            found.append(Closing(candle, bars))
    return found, part


def cursor_after(ended: Sequence[Closing], part: Bar, rule: StrategyRule) -> int | None:
    """open_ms after which the candles of the bar that is begun lie; None where none is begun and none over."""
    if part.time_ms >= 0:
        return part.time_ms - rule.step_ms
    return end_of(ended[-1].bars[-1], rule) if ended else None
