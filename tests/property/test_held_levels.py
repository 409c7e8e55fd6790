"""Where the report draws stops and take-profits is where the kernel's own minutes would have met them."""

from __future__ import annotations

from dataclasses import replace
from math import nan

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from chalicelib.domain import MINUTE_MS
from chalicelib.kernel import codes
from chalicelib.kernel.account import Position
from chalicelib.kernel.levels import next_target, stop_level
from chalicelib.kernel.match import book_order
from chalicelib.kernel.rule import Rule
from chalicelib.kernel.run import Columns
from chalicelib.kernel.step import Params, steps_of
from chalicelib.strategy.rule import StrategyRule
from tests.kernel_cases import CASH, NO_LIMITS, parameters, random_columns
from tests.kernel_strategies import cross_rules, markets, params_for, rsi_rules
from tests.property.test_backtest_walk import tape_over
from tests.property.test_levels import minutes_of
from tests.support.drawn_rules import DrawnRule, drawn_rules, signals_by
from tests.support.effort import examples
from trader.backtest.engine import PLAIN, rule_signals_of, run_one
from trader.backtest.held_levels import HeldLevels, held_levels
from trader.backtest.rule_signals import without_levels

LONGER = cross_rules().map(lambda rule: replace(rule, interval_ms=3 * MINUTE_MS))
RULES: st.SearchStrategy[DrawnRule | StrategyRule] = st.one_of(drawn_rules(), cross_rules(), rsi_rules(), LONGER)
Pair = tuple[float, float]


def by_the_kernel(market: Columns, params: Params, rule: Rule) -> list[list[Pair]]:
    """Stop and take-profit that each bar met, by symbol and minute; (NaN, NaN) where nothing is held or no bar is."""
    rows: list[list[Pair]] = [[] for _ in market.open]
    for minute, (before, _, outcomes) in enumerate(minutes_of(market, params, rule)):
        for symbol, row in enumerate(rows):
            slot = before.slots[symbol]
            if outcomes[symbol].order_fill.side == codes.BUY:
                slot, _ = book_order(slot, before.account.cash, outcomes[symbol].order_fill, params.limits)
            there = market.open[symbol][minute] == market.open[symbol][minute]
            row.append(met(slot.position, params, symbol) if there else (nan, nan))
    return rows


def met(position: Position, params: Params, symbol: int) -> Pair:
    if position.quantity <= 0.0:
        return nan, nan
    stop, _ = stop_level(position, params.limits)
    target, _ = next_target(position, params.limits, steps_of(params, symbol))
    return (stop if stop > 0.0 else nan), (target if target > 0.0 else nan)


def minute_by_minute(levels: HeldLevels, minutes: int) -> list[Pair]:
    at = np.searchsorted(levels.minutes, np.arange(minutes), side="right") - 1
    return [(nan, nan) if row < 0 else (float(levels.stops[row]), float(levels.targets[row])) for row in at.tolist()]


@given(market=markets(max_minutes=260), rule=RULES, data=st.data())
@settings(max_examples=examples(100))
def test_levels_are_those_that_the_kernel_s_minutes_met(
    market: Columns, rule: DrawnRule | StrategyRule, data: st.DataObject
) -> None:
    params = data.draw(params_for(len(market.open)))
    tape = tape_over(market)
    signals = signals_by(rule, market) if isinstance(rule, DrawnRule) else rule_signals_of(tape, [rule], PLAIN)[0]
    tried = parameters(len(market.open))._replace(params=params)
    walked = run_one(tape, tried, CASH, signals, PLAIN).walked
    found = held_levels(tape, walked.words, walked.amounts, signals, params)
    last = len(market.times)
    for levels, expected, row in zip(found, by_the_kernel(market, params, rule), market.open, strict=True):
        shown = minute_by_minute(levels, last)
        there = [minute for minute in range(last) if row[minute] == row[minute]]
        assert repr([shown[minute] for minute in there]) == repr([expected[minute] for minute in there])
        assert np.all(np.diff(levels.minutes) > 0)


def test_nothing_held_has_no_levels() -> None:
    tape = tape_over(random_columns(1, 30, 2))
    none = np.empty((0, 4), dtype=np.int64), np.empty((0, 3))
    signals = signals_by(DrawnRule(1, 0.0), random_columns(1, 30, 2))
    assert [
        len(levels.minutes) for levels in held_levels(tape, *none, signals, parameters(2, limits=NO_LIMITS).params)
    ] == [0, 0]


def held_from(minute: int, held: list[int], stops: list[float], closes: list[int], most: int = 0) -> list[float]:
    """The stops from this minute on, of what is bought in it and may be held for `most` bars; they end at `closes`."""
    market = random_columns(1, len(held), 1)
    row = np.array([held], dtype=np.int8)
    bars = np.array([closes], dtype=np.int8)
    signals = without_levels(row, row)._replace(held_stop=np.array([stops]), closes=bars)
    bought = np.array([[0, codes.BUY, market.times[minute], codes.SIGNAL]]), np.array([[1.0, 1.0, 0.0]])
    params = parameters(1, limits=NO_LIMITS._replace(max_bars_held=most)).params
    (found,) = held_levels(tape_over(market), *bought, signals, params)
    return [stop for stop, _ in minute_by_minute(found, len(held))[minute:]]


def test_the_stop_of_an_entry_that_is_not_had_hides_no_lower_one_of_a_choice_to_hold() -> None:
    stops = held_from(1, [0, 0, codes.ENTER, codes.HOLD, 0], [nan, nan, 0.02, 0.01, nan], [])
    assert repr(stops) == repr([nan, nan, nan, 0.01])


def test_what_is_held_as_long_as_it_may_be_in_bars_of_two_candles_takes_no_new_stop() -> None:
    given = [nan, nan, nan, 0.01, nan, 0.02, nan, nan]
    stops = held_from(2, [0] * 8, given, [0, 1] * 4, most=2)
    assert repr(stops) == repr([nan, nan, 0.01, 0.01, 0.01, 0.01])
