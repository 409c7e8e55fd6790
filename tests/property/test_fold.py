"""Longer bars are what a fold written otherwise makes of the same candles, wherever candles are missing."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from itertools import groupby
from math import nan

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from chalicelib.kernel.bar import MISSING, NO_BAR, Bar
from chalicelib.kernel.choice import Choice, wait
from chalicelib.kernel.fold import UNBEGUN, fold
from chalicelib.kernel.rule import Inputs, Values
from chalicelib.kernel.run import Columns, bar_at, run
from chalicelib.kernel.step import State, fresh_state, step
from tests.kernel_cases import CASH, MINUTE_MS, START_MS, one_symbol, parameters, random_columns
from tests.kernel_strategies import ragged_markets
from tests.support.effort import examples

INTERVALS = tuple(minutes * MINUTE_MS for minutes in (3, 5, 15, 60, 1_440))
STEPS = st.sampled_from([(step_ms, length) for step_ms in (MINUTE_MS, 5 * MINUTE_MS) for length in INTERVALS])


@dataclass(frozen=True, slots=True)
class Closed:
    """A bar, the candle with which it was over, and whether it is decided at that candle's close."""

    bar: Bar
    with_ms: int
    is_late: bool
    decided: bool


def closed_bars(candles: Sequence[Bar], step_ms: int, interval_ms: int, stale_ms: int) -> list[Closed]:
    """What the candles of one symbol fold to, by groups and not one by one."""
    groups = [list(group) for _, group in groupby(candles, key=lambda candle: candle.time_ms // interval_ms)]
    whole = [number for number, group in enumerate(groups) if group[0].time_ms % interval_ms == 0]
    made = []
    for number, group in enumerate(groups):
        if not whole or number < whole[0]:
            continue
        begin = group[0].time_ms // interval_ms * interval_ms
        is_late = group[-1].time_ms + step_ms < begin + interval_ms
        if is_late and number + 1 == len(groups):
            continue
        closer = groups[number + 1] if is_late else group[-1:]
        age = closer[0].time_ms + step_ms - (begin + interval_ms)
        overtaken = is_late and closer[0].time_ms % interval_ms == interval_ms - step_ms
        decided = not overtaken and (stale_ms == 0 or age <= stale_ms)
        made.append(Closed(merged(begin, group), closer[0].time_ms, is_late, decided))
    return made


def merged(begin_ms: int, group: Sequence[Bar]) -> Bar:
    prices = np.array([candle[1:] for candle in group])
    volume = np.cumsum(prices[:, 4])[-1]  # in order, as numpy's sum is not
    return Bar(
        begin_ms,
        *(float(x) for x in (prices[0, 0], prices[:, 1].max(), prices[:, 2].min(), prices[-1, 3], volume)),
    )


def candles_of(market: Columns, symbol: int, step_ms: int = MINUTE_MS) -> list[Bar]:
    """The symbol's candles, spread out to their step, with volumes that do not add up alike in any order."""
    bars = (bar_at(market, symbol, minute) for minute in range(len(market.times)))
    return [
        bar._replace(time_ms=bar.time_ms // MINUTE_MS * step_ms, volume=0.1 * (bar.close % 7.0))
        for bar in bars
        if bar.time_ms != MISSING
    ]


@given(market=ragged_markets(max_minutes=400), lengths=STEPS)
@settings(max_examples=examples(150))
def test_bars_are_what_the_candles_of_their_span_come_to(market: Columns, lengths: tuple[int, int]) -> None:
    step_ms, interval_ms = lengths
    if interval_ms % step_ms or interval_ms == step_ms:
        return
    for symbol in range(len(market.open)):
        candles = candles_of(market, symbol, step_ms)
        part, made = UNBEGUN, []
        for candle in candles:
            part, late, done = fold(part, candle, step_ms, interval_ms)
            made += [(late, candle.time_ms, True)] * (late != NO_BAR)
            made += [(done, candle.time_ms, False)] * (done != NO_BAR)
        expected = closed_bars(candles, step_ms, interval_ms, 0)
        assert made == [(closed.bar, closed.with_ms, closed.is_late) for closed in expected]


@given(market=ragged_markets())
@settings(max_examples=examples(25))
def test_bars_of_one_candle_are_the_candles(market: Columns) -> None:
    for symbol in range(len(market.open)):
        for candle in candles_of(market, symbol):
            assert fold(UNBEGUN, candle, MINUTE_MS, MINUTE_MS) == (NO_BAR, NO_BAR, candle)


@dataclass(slots=True)
class Watching:
    """Implements kernel.rule.Rule: keeps what it is shown and asked, and wants nothing."""

    interval_ms: int
    stale_ms: int
    step_ms: int = MINUTE_MS
    shown: list[Bar] = field(default_factory=list)
    asked: list[tuple[float, float, float]] = field(default_factory=list)

    def start(self) -> int:
        return 0

    def observe(self, state: int, bar: Bar) -> tuple[int, Values]:
        self.shown.append(bar)
        return state + 1, (float(bar.time_ms),)

    def decide(self, values: Values, close: float, inputs: Inputs, in_position: bool) -> Choice:
        self.asked.append((values[0], close, inputs[0] if inputs else nan))
        return wait()


@given(
    market=ragged_markets(max_minutes=400),
    interval_ms=st.sampled_from(INTERVALS),
    stale_ms=st.sampled_from([0, MINUTE_MS, 180_000, 10**9]),
)
@settings(max_examples=examples(100))
def test_the_kernel_shows_every_bar_and_asks_about_the_newest_that_is_fresh(
    market: Columns, interval_ms: int, stale_ms: int
) -> None:
    for symbol in range(len(market.open)):
        alone = one_symbol(market, symbol)
        rule = Watching(interval_ms, stale_ms)
        run(fresh_state(CASH, 1, rule), alone, parameters().params, rule)
        candles = [bar for minute in range(len(alone.times)) if (bar := bar_at(alone, 0, minute)).time_ms != MISSING]
        sentiment = dict(zip(market.times, market.inputs[0][symbol], strict=True))
        closed = closed_bars(candles, MINUTE_MS, interval_ms, stale_ms)
        assert rule.shown == [each.bar for each in closed]
        asked = [(float(each.bar.time_ms), each.bar.close, sentiment[each.with_ms]) for each in closed if each.decided]
        assert repr(rule.asked) == repr(asked)


def candle(minute: int, price: float, high: float | None = None) -> Bar:
    return Bar(START_MS + minute * MINUTE_MS, price, high or price, price, price, 1.0)


def overs(minutes: Sequence[int], interval_ms: int = 3 * MINUTE_MS) -> list[bool]:
    """Whether each of these candles closed a bar, as the slot keeps it."""
    rule = Watching(interval_ms, 0)
    state: State = fresh_state(CASH, 1, rule)
    found = []
    for minute in minutes:
        bar = candle(minute, 100.0)
        state, _ = step(state, bar.time_ms, [bar], [()], parameters().params, rule)
        found.append(state.slots[0].bar_over)
    return found


@pytest.mark.parametrize(
    ("minutes", "closed"),
    [
        pytest.param([0, 1, 2, 3, 4, 5], "..x..x", id="whole"),
        pytest.param([0, 1, 3, 4, 5], "..x.x", id="without its last minute"),
        pytest.param([0, 1, 5, 6], "..x.", id="late and done in one minute"),
        pytest.param([0, 2, 3, 5], ".x.x", id="without its middle"),
        pytest.param([0, 1, 2, 4, 5], "..x.x", id="without its first minute"),
        pytest.param([0, 1, 2, 6, 7, 8], "..x..x", id="without any"),
        pytest.param([1, 2, 3, 4, 5], "....x", id="begun before the first candle"),
        pytest.param([1, 2, 4, 5, 6, 7, 8], "......x", id="opened by the first candle that opens one"),
        pytest.param([0, 1, 2, 3, 4], "..x..", id="not over at the end"),
    ],
)
def test_where_bars_are_over(minutes: Sequence[int], closed: str) -> None:
    assert "".join("x" if over else "." for over in overs(minutes)) == closed


def test_cooldown_counts_bars() -> None:
    """A cooldown of two: two closes of bars go by without an entry, however many candles they have."""
    market = random_columns(7, 900, 1, volatility=0.01)
    state: State = fresh_state(CASH, 1, Watching(5 * MINUTE_MS, 0))
    state = state._replace(slots=[state.slots[0]._replace(cooldown=2, bar_over=False)])
    rule, left = Watching(5 * MINUTE_MS, 0), []
    for minute in range(12):
        bar = candle(minute, market.close[0][minute])
        state, _ = step(state, bar.time_ms, [bar], [()], parameters().params, rule)
        left.append(state.slots[0].cooldown)
    assert left == [2] * 5 + [1] * 5 + [0] * 2
