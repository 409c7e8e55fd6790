"""Where the report draws stops and take-profits is where the kernel's own minutes would have met them."""

from __future__ import annotations

from math import nan

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from chalicelib.kernel import codes
from chalicelib.kernel.account import Position
from chalicelib.kernel.levels import next_target, stop_level
from chalicelib.kernel.match import book_order
from chalicelib.kernel.rule import Rule
from chalicelib.kernel.run import Columns
from chalicelib.kernel.step import Params
from chalicelib.strategy.rule import StrategyRule
from tests.kernel_cases import CASH, parameters
from tests.kernel_strategies import cross_rules, markets, params_for, rsi_rules
from tests.property.test_backtest_walk import tape_over
from tests.property.test_levels import minutes_of
from tests.support.drawn_rules import DrawnRule, drawn_rules, signals_by
from tests.support.effort import examples
from trader.backtest.engine import PLAIN, rule_signals_of, run_one
from trader.backtest.held_levels import HeldLevels, held_levels

RULES: st.SearchStrategy[DrawnRule | StrategyRule] = st.one_of(drawn_rules(), cross_rules(), rsi_rules())
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
    target, _ = next_target(position, params.limits, params.lot_steps[symbol])
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
    from tests.kernel_cases import NO_LIMITS, random_columns

    tape = tape_over(random_columns(1, 30, 2))
    none = np.empty((0, 4), dtype=np.int64), np.empty((0, 3))
    signals = signals_by(DrawnRule(1, 0.0), random_columns(1, 30, 2))
    assert [
        len(levels.minutes) for levels in held_levels(tape, *none, signals, parameters(2, limits=NO_LIMITS).params)
    ] == [0, 0]
