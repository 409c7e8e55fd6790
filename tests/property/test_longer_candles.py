"""Candles longer than a minute: the walk over them is `kernel.run`, and they decide as such bars of minutes do."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from chalicelib.kernel.bar import NO_BAR, Bar
from chalicelib.kernel.codes import BUY
from chalicelib.kernel.fold import UNBEGUN, fold
from chalicelib.kernel.run import Booked, Columns, Result, bar_at, run
from chalicelib.kernel.step import fresh_state
from chalicelib.strategy.rule import StrategyRule
from tests.kernel_cases import CASH, COSTS, DAY_MS, MINUTE_MS, NO_LIMITS, START_MS, parameters, random_columns, read_by
from tests.kernel_strategies import markets, rsi_rules, sets_for
from tests.property.test_backtest_walk import ENGINES, account_of, fills_of, slot_of
from tests.support.effort import examples
from trader.backtest.engine import Engine, ParameterSet, run_one
from trader.backtest.market import MarketColumns, prepared

HOUR = 60
LENGTHS = (3, HOUR, 1440)
"""Minutes."""


def lengthened(columns: Columns, minutes: int) -> Columns:
    """The market with bars of so many minutes, on their grid."""
    first_ms = START_MS // DAY_MS * DAY_MS
    return columns._replace(times=[first_ms + (time_ms - START_MS) * minutes for time_ms in columns.times])


def tape_over(columns: Columns, step_ms: int) -> MarketColumns:
    prices = [np.array(rows, dtype=np.float64) for rows in columns[1:6]]
    tape = prepared(np.array(columns.times, dtype=np.int64), prices, step_ms)
    return tape._replace(inputs=np.array(columns.inputs, dtype=np.float64).reshape(-1, *tape.close.shape))


def ran(columns: Columns, tried: ParameterSet) -> Result:
    """By the definition of a backtest."""
    state = fresh_state(CASH, len(columns.open), tried.rule)
    return run(state, read_by(columns, tried.rule), tried.params, tried.rule)


def folded(columns: Columns, minutes: int) -> Columns:
    """The market of bars that its minutes make, each known of what its last minute is."""
    step_ms = minutes * MINUTE_MS
    rows = []
    for symbol in range(len(columns.open)):
        part, bars = UNBEGUN, []
        for place in range(len(columns.times)):
            part, _, done = fold(part, bar_at(columns, symbol, place), MINUTE_MS, step_ms)
            bars += [done] if done is not NO_BAR else []
        rows.append(bars)
    prices = [[[getattr(bar, name) for bar in bars] for bars in rows] for name in Bar._fields[1:]]
    known = [[list(row)[minutes - 1 :: minutes] for row in series] for series in columns.inputs]
    return Columns._make([[bar.time_ms for bar in rows[0]], *prices, known])


def is_at_the_open(booked: Booked, columns: Columns) -> bool:
    """Whether a fill of a market order is that of the open of its bar, with slippage."""
    opened = columns.open[booked.symbol][list(columns.times).index(booked.fill.time_ms)]
    slipped = 1.0 + COSTS.slippage if booked.fill.side == BUY else 1.0 - COSTS.slippage
    return booked.fill.price == opened * slipped


@pytest.mark.parametrize("engine", ENGINES.values(), ids=ENGINES.keys())
@given(
    market=markets(max_minutes=200),
    minutes=st.sampled_from(LENGTHS),
    candles=st.sampled_from([1, 1, 4]),
    stale_ms=st.sampled_from([0, 180_000, 10_000_000]),
    data=st.data(),
)
@settings(max_examples=examples(60))
def test_the_walk_is_the_kernels_run_at_any_step(
    engine: Engine, market: Columns, minutes: int, candles: int, stale_ms: int, data: st.DataObject
) -> None:
    """And where a strategy decides by bars of several such candles."""
    step_ms = minutes * MINUTE_MS
    longer, drawn = lengthened(market, minutes), data.draw(sets_for(len(market.open)))
    rule = replace(drawn.rule, step_ms=step_ms, interval_ms=candles * step_ms, stale_ms=stale_ms)
    tried = drawn._replace(rule=rule)
    expected = ran(longer, tried)
    made = run_one(tape_over(longer, step_ms), tried, CASH, engine=engine)
    assert fills_of(made.walked) == expected.fills
    assert made.equity.tolist() == [mark.equity for mark in expected.marks]
    assert repr(account_of(made.walked)) == repr(expected.state.account)
    assert repr([slot_of(slot) for slot in made.walked.slots]) == repr(expected.state.slots)


@given(
    seed=st.integers(0, 2**32),
    symbols=st.integers(1, 3),
    rule=rsi_rules(),
    fraction=st.sampled_from([0.1, 0.5, 1.0]),
    cooldown=st.integers(0, 3),
    exposure=st.sampled_from([0.0, 0.35]),
)
@settings(max_examples=examples(25))
def test_hours_made_of_minutes_trade_as_bars_of_those_minutes_do(
    seed: int, symbols: int, rule: StrategyRule, fraction: float, cooldown: int, exposure: float
) -> None:
    """Where nothing is met within an hour: the same fills at the same opens, the same marks at closes."""
    drawn = random_columns(seed, 40 * HOUR, symbols, volatility=0.002)
    minutes = drawn._replace(times=[START_MS + place * MINUTE_MS for place in range(40 * HOUR)])
    hours = folded(minutes, HOUR)
    limits = NO_LIMITS._replace(position_fraction=fraction, cooldown_bars=cooldown, max_exposure=exposure)
    by_hours = replace(rule, interval_ms=HOUR * MINUTE_MS)
    of_minutes = ran(minutes, parameters(symbols, rule=by_hours, limits=limits, costs=COSTS))
    tried = parameters(symbols, rule=replace(by_hours, step_ms=HOUR * MINUTE_MS), limits=limits, costs=COSTS)
    of_hours = ran(hours, tried)
    assert of_hours.fills == of_minutes.fills
    at_closes = of_minutes.marks[HOUR - 1 :: HOUR]
    assert [(mark.equity, mark.cash) for mark in of_hours.marks] == [(mark.equity, mark.cash) for mark in at_closes]
    assert fills_of(run_one(tape_over(hours, HOUR * MINUTE_MS), tried, CASH).walked) == of_hours.fills
    assert all(is_at_the_open(booked, hours) for booked in of_hours.fills)
