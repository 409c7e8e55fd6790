"""The walk passes over minutes in which nothing happens; what it gives is what `kernel.run` gives, bit for bit."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from chalicelib.kernel.account import Account, Fill, Slot
from chalicelib.kernel.run import Booked, Columns, run
from chalicelib.kernel.step import fresh_state
from chalicelib.strategy.loader import built_in
from chalicelib.strategy.settings import rule_with
from tests.kernel_cases import CASH, COSTS, MINUTE_MS, NO_LIMITS, parameters, random_columns, read_by, rsi_rule
from tests.kernel_strategies import markets, params_for, sets_of, with_steps
from tests.support.effort import examples
from trader.backtest.engine import PLAIN, Engine, EngineRun, ParameterSet, fastest, run_many, run_one
from trader.backtest.market import MarketColumns, prepared
from trader.backtest.walk import Walked

EAGER = rsi_rule(rsi_period=7, rsi_buy=35.0, rsi_sell=65.0)
CROSSING = rule_with(built_in("ema_cross"), {"fast": 2, "slow": 5, "atr": 2})
LIMITS = (
    NO_LIMITS,
    NO_LIMITS._replace(trailing_stop=0.004, stop_loss=0.01, max_exposure=0.2, cooldown_bars=5),
    NO_LIMITS._replace(position_fraction=1.0, daily_loss_limit=0.01, take_profit=0.01, flatten=True),
    NO_LIMITS._replace(position_fraction=0.5, max_drawdown=0.1, daily_loss_limit=0.02, stop_loss=0.02),
)
ENGINES = {"plain": PLAIN, "compiled": fastest()}


def tape_over(columns: Columns) -> MarketColumns:
    """The kernel's lists as a tape."""
    prices = [np.array(rows, dtype=np.float64) for rows in columns[1:6]]
    tape = prepared(np.array(columns.times, dtype=np.int64), prices)
    return tape._replace(inputs=np.array(columns.inputs, dtype=np.float64).reshape(-1, *tape.close.shape))


def fills_of(walked: Walked) -> list[Booked]:
    rows = zip(walked.words.tolist(), walked.amounts.tolist(), strict=True)
    return [Booked(w[0], Fill(w[1], a[0], a[1], a[2], w[2], w[3])) for w, a in rows]


def assert_same(run_: EngineRun, columns: Columns, tried: ParameterSet) -> int:
    rule = tried.rule
    expected = run(fresh_state(CASH, len(columns.open), rule), read_by(columns, rule), tried.params, rule)
    assert fills_of(run_.walked) == expected.fills
    assert run_.equity.tolist() == [mark.equity for mark in expected.marks]
    assert repr(account_of(run_.walked)) == repr(expected.state.account)
    assert repr([slot_of(slot) for slot in run_.walked.slots]) == repr(expected.state.slots)
    return len(expected.fills)


def copied(made: EngineRun) -> EngineRun:
    return EngineRun(made.set, made.walked, made.equity.copy())


def plain(values: Any) -> Any:
    """A NamedTuple with numpy's scalars as Python's."""
    return type(values)(*(value.item() if isinstance(value, np.generic) else value for value in values))


def account_of(walked: Walked) -> Account:
    return plain(walked.account)  # type: ignore[no-any-return]


def slot_of(slot: Slot) -> Slot:
    position, order = (plain(each._replace(terms=plain(each.terms))) for each in (slot.position, slot.order))
    return plain(slot._replace(position=position, order=order))  # type: ignore[no-any-return]


@pytest.mark.parametrize("engine", ENGINES.values(), ids=ENGINES.keys())
@given(market=markets(max_minutes=260), data=st.data())
@settings(max_examples=examples(150))
def test_the_walk_is_the_kernels_run(engine: Engine, market: Columns, data: st.DataObject) -> None:
    tried = data.draw(sets_of(with_steps(params_for(len(market.open)))))
    assert_same(run_one(tape_over(market), tried, CASH, engine=engine), market, tried)


@given(market=markets(), data=st.data())
@settings(max_examples=examples(25))
def test_a_sweep_gives_each_set_its_own_run(market: Columns, data: st.DataObject) -> None:
    sets = data.draw(st.lists(sets_of(with_steps(params_for(len(market.open)))), min_size=1, max_size=24))
    tape = tape_over(market)
    kept = run_many(tape, sets, CASH, copied)
    assert [made.set for made in kept] == sets
    for made, tried in zip(kept, sets, strict=True):
        assert_same(made, market, tried)


def test_rules_that_differ_in_what_is_too_old_alone_keep_to_it() -> None:
    tried = [replace(CROSSING, interval_ms=3 * MINUTE_MS, stale_ms=stale) for stale in (0, MINUTE_MS)]
    market = random_columns(5, 3_000, 1, missing=0.4, volatility=0.01)
    sets = [parameters(1, rule=rule) for rule in tried]
    kept = run_many(
        tape_over(market), sets, CASH, lambda made: made.__class__(made.set, made.walked, made.equity.copy())
    )
    fills = [assert_same(made, market, each) for made, each in zip(kept, sets, strict=True)]
    assert fills[0] != fills[1]


def test_long_markets_are_passed_over_alike() -> None:
    """Days without a trade, halts that last and trailing stops over many bars, in markets too long for a property."""
    traded = Counter[int]()
    for seed in range(6):
        market = random_columns(seed, 3_000, 1 + seed % 3, missing=0.02, volatility=0.002)
        for limits, minutes in zip(LIMITS, (1, 15, 1, 5), strict=True):
            rule = replace(EAGER, interval_ms=minutes * MINUTE_MS)
            tried = parameters(len(market.open), rule=rule, limits=limits, costs=COSTS)
            traded[minutes] += assert_same(run_one(tape_over(market), tried, CASH), market, tried)
    assert traded[1] > 1_000
    assert min(traded.values()) > 50, traded
