"""How many bars an indicator needs until it agrees with the one that saw everything.

Two folds by the strategy's own `observe` go side by side over the same closes: one that began with the first bar of the
data, one that begins anew. After how many bars they agree, and stay so, is counted from many different bars.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from statistics import median

import numpy as np

from chalicelib.errors import BadInput
from chalicelib.kernel.bar import Bar
from chalicelib.kernel.rule import Observed
from chalicelib.services.fetch_klines import warm_up_bars
from chalicelib.strategy.rule import StrategyRule, named_values

Advance = Callable[[int], object]

HORIZON = 9_000
"""How far the two folds go side by side: by then an exponential average over 200 forgot its beginning to the bit."""
LEAST_BARS = 20
"""Fewer tell nothing; what takes more of them than there are to be compared is said to."""
DIGITS = 8
"""Significant digits, as `trader decide` prints values."""


@dataclass(frozen=True, slots=True)
class Need:
    """Bars from the first one on, until agreement; None where that is not reached in the bars that were compared."""

    worst: int | None
    typical: float | None
    """The median over all starts."""


@dataclass(frozen=True, slots=True)
class Warmth:
    """What one value of the strategy needs, for one symbol."""

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
    live_start: int
    """Bars of this length that a live agent begins with."""
    off_at_live_start: float | None
    """The largest relative difference after so many; None where the data is shorter."""


@dataclass(slots=True)
class _Start:
    """What one start found, by the kinds of agreement: the last bar that did not agree, 0 for none."""

    bars: int = 0
    undefined: int = 0
    last_wrong: dict[str, int] = field(default_factory=lambda: {"tolerance": 0, "printed": 0, "exact": 0})
    off: float | None = None


def warmth_of(
    symbol: str, bars: Sequence[Bar], rule: StrategyRule, starts: int, tolerance: float, advance: Advance
) -> list[Warmth]:
    """What every value over these bars needs, one after the other. Raises BadInput for too few bars."""
    if len(bars) < LEAST_BARS:
        raise BadInput(f"{symbol}: {len(bars)} bars; at least {LEAST_BARS} are needed")
    found: dict[str, list[_Start]] = {name: [] for name in named_values(rule.undefined)}
    state, done = rule.start(), 0
    for begin in beginnings(len(bars), HORIZON, starts):
        state = folded(state, bars[done:begin], rule)
        done = begin
        for name, start in compared(state, bars[begin : begin + HORIZON], rule, tolerance).items():
            found[name].append(start)
        advance(1)
    live_start = warm_up_bars(rule.interval_ms)
    return [summed(symbol, name, each, live_start) for name, each in found.items()]


def first_defined(bars: Sequence[Bar], rule: StrategyRule) -> int | None:
    """The number of bars after which all values are defined for the first time, None where they never are."""
    state = rule.start()
    for count, bar in enumerate(bars, 1):
        state, values = rule.observe(state, bar)
        if all(value == value for value in values):
            return count
    return None


def beginnings(bars: int, horizon: int, count: int) -> list[int]:
    """Evenly spread bars to begin anew at, never the first: a horizon before the end, or in the first quarter.

    >>> beginnings(100, 10, 4), beginnings(100, 95, 3)
    ([1, 31, 60, 90], [1, 13, 25])
    """
    last = max(bars - horizon, bars // 4, 1)
    return sorted(set(np.linspace(1, last, count).round().astype(int).tolist()))


def folded(state: Observed, bars: Sequence[Bar], rule: StrategyRule) -> Observed:
    """The state after these bars."""
    for bar in bars:
        state, _ = rule.observe(state, bar)
    return state


def compared(state: Observed, bars: Sequence[Bar], rule: StrategyRule, tolerance: float) -> dict[str, _Start]:
    """The fold that goes on from `state` against one that begins with the first of the bars."""
    fresh, live_start = rule.start(), warm_up_bars(rule.interval_ms)
    starts = {name: _Start() for name in named_values(rule.undefined)}
    for count, bar in enumerate(bars, 1):
        state, full = rule.observe(state, bar)
        fresh, young = rule.observe(fresh, bar)
        for start, expected, value in zip(starts.values(), full, young, strict=True):
            _compare(start, count, expected, value, tolerance)
            if count == live_start and value == value and expected == expected:
                start.off = relative(value, expected)
        if count >= live_start and is_forgotten(state, fresh):
            break
    return starts


def is_forgotten(state: Observed, fresh: Observed) -> bool:
    """Whether nothing tells the two folds apart any more but how many bars they have seen."""
    return list(_measures(state)) == list(_measures(fresh))


def _measures(state: Observed) -> Iterator[float]:
    """Every float of a state; whole numbers count bars."""
    for each in state:
        if isinstance(each, tuple | list):
            yield from _measures(each)
        elif isinstance(each, float | bool):
            yield each


def _compare(start: _Start, bars: int, expected: float, value: float, tolerance: float) -> None:
    start.bars = bars
    if value != value or expected != expected:
        start.undefined = bars
        start.last_wrong = dict.fromkeys(start.last_wrong, bars)
        return
    if relative(value, expected) > tolerance:
        start.last_wrong["tolerance"] = bars
    if value != expected:
        start.last_wrong["exact"] = bars
        if printed(value) != printed(expected):
            start.last_wrong["printed"] = bars


def relative(value: float, expected: float) -> float:
    """How far off a value is, as a fraction of what it should be; as it is beside 0.0."""
    return abs(value - expected) / (abs(expected) or 1.0)


def printed(value: float) -> str:
    """The value as `trader decide` prints it.

    >>> printed(29.994), printed(123456.789012)
    ('29.994', '123456.79')
    """
    return f"{value:.{DIGITS}g}"


def summed(symbol: str, indicator: str, starts: Sequence[_Start], live_start: int) -> Warmth:
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
        live_start=live_start,
        off_at_live_start=max(offs) if offs else None,
    )


def need(starts: Sequence[_Start], kind: str) -> Need:
    """The bars after which all starts agree; one whose last bar did not agree never does."""
    bars = [None if start.last_wrong[kind] == start.bars else start.last_wrong[kind] + 1 for start in starts]
    reached = [each for each in bars if each is not None]
    return Need(
        worst=max(reached) if len(reached) == len(bars) else None, typical=float(median(reached)) if reached else None
    )
