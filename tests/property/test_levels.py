"""Levels that a strategy gives, wherever they lie: fills stay within their bars, and a stop is never lowered."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from chalicelib.kernel import codes
from chalicelib.kernel.account import NO_FILL, Costs, Fill, Position
from chalicelib.kernel.bar import Bar
from chalicelib.kernel.levels import stop_level
from chalicelib.kernel.limits import Limits
from chalicelib.kernel.lots import SymbolSteps
from chalicelib.kernel.match import protect
from chalicelib.kernel.rule import Rule
from chalicelib.kernel.run import Columns, bar_at, inputs_at, run
from chalicelib.kernel.step import Outcome, Params, State, fresh_state, step
from tests.kernel_cases import CASH, COSTS, NO_LIMITS, parameters, random_columns, read_by
from tests.kernel_strategies import cross_rules, markets, params_for
from tests.property.test_backtest_walk import ENGINES, account_of, fills_of, slot_of, tape_over
from tests.support.drawn_rules import DrawnRule, drawn_rules, signals_by
from tests.support.effort import examples
from trader.backtest.engine import Engine, adds, run_one

RULES: st.SearchStrategy[Rule] = st.one_of(drawn_rules(), cross_rules())
ROUNDING = 1e-12
check = settings(max_examples=examples(100))


def minutes_of(market: Columns, params: Params, rule: Rule) -> list[tuple[State, State, list[Outcome]]]:
    """State before, state after and outcomes of every minute."""
    state, market = fresh_state(CASH, len(market.open), rule), read_by(market, rule)
    seen = []
    for minute, time_ms in enumerate(market.times):
        bars = [bar_at(market, symbol, minute) for symbol in range(len(market.open))]
        inputs = [inputs_at(market, symbol, minute) for symbol in range(len(market.open))]
        before = state
        state, outcomes = step(before, time_ms, bars, inputs, params, rule)
        seen.append((before, state, outcomes))
    return seen


def is_within(fill: Fill, bar: Bar, slippage: float) -> bool:
    """Whether the bar traded at the fill's price, or at one that slippage made worse."""
    low, high = bar.low * (1.0 - slippage), bar.high * (1.0 + slippage)
    return low * (1.0 - ROUNDING) <= fill.price <= high * (1.0 + ROUNDING)


@given(market=markets(), rule=RULES, data=st.data())
@check
def test_no_fill_lies_outside_its_bar_but_by_slippage(market: Columns, rule: Rule, data: st.DataObject) -> None:
    params = data.draw(params_for(len(market.open)))
    for minute, (_, _, outcomes) in enumerate(minutes_of(market, params, rule)):
        for symbol, outcome in enumerate(outcomes):
            for fill in (outcome.order_fill, *outcome.exit_fills):
                if fill != NO_FILL:
                    assert is_within(fill, bar_at(market, symbol, minute), params.costs.slippage)


def held_on(before: Position, after: Position) -> bool:
    """Whether it is the same position after a minute."""
    return before.quantity > 0.0 and after.quantity > 0.0 and before.entry_ms == after.entry_ms


@given(market=markets(), rule=RULES, data=st.data())
@check
def test_a_stop_is_never_lowered(market: Columns, rule: Rule, data: st.DataObject) -> None:
    params = data.draw(params_for(len(market.open)))
    for before, after, _ in minutes_of(market, params, rule):
        for old, new in zip(before.slots, after.slots, strict=True):
            if held_on(old.position, new.position):
                assert stop_level(new.position, params.limits)[0] >= stop_level(old.position, params.limits)[0]


@given(market=markets(), rule=RULES, data=st.data())
@check
def test_levels_are_those_that_were_said(market: Columns, rule: Rule, data: st.DataObject) -> None:
    """Of the order at the entry, of the last choice to hold from then on; a NaN leaves what there was."""
    params = data.draw(params_for(len(market.open)))
    for before, after, outcomes in minutes_of(market, params, rule):
        for old, new, outcome in zip(before.slots, after.slots, outcomes, strict=True):
            if new.position.quantity <= 0.0:
                continue
            if old.position.quantity > 0.0 and outcome.order_fill.side == codes.BUY:
                continue
            origin = old.order if outcome.order_fill.side == codes.BUY else old.position
            target = origin.take_profit
            if outcome.choice.action == codes.HOLD and outcome.choice.take_profit == outcome.choice.take_profit:
                target = outcome.choice.take_profit
            assert new.position.take_profit == target
            assert new.position.stop in (origin.stop, outcome.choice.stop)


@given(market=markets(), rule=drawn_rules(), data=st.data())
@check
def test_an_entry_beyond_its_own_level_is_left_at_once(market: Columns, rule: DrawnRule, data: st.DataObject) -> None:
    params = data.draw(params_for(len(market.open)))
    for before, after, outcomes in minutes_of(market, params, rule):
        for old, new, outcome in zip(before.slots, after.slots, outcomes, strict=True):
            bought = outcome.order_fill
            beyond = old.order.stop >= bought.price or 0.0 < old.order.take_profit <= bought.price
            if bought.side == codes.BUY and beyond and old.position.quantity == 0.0:
                assert new.position.quantity == 0.0
                assert outcome.exit_fills[0].price == bought.price * (1.0 - params.costs.slippage)


@pytest.mark.parametrize("engine", ENGINES.values(), ids=ENGINES.keys())
@given(market=markets(max_minutes=260), rule=drawn_rules(), data=st.data())
@settings(max_examples=examples(100))
def test_the_walk_is_the_kernels_run_with_any_levels(
    engine: Engine, market: Columns, rule: DrawnRule, data: st.DataObject
) -> None:
    assert_same(engine, market, rule, data.draw(params_for(len(market.open))))


def assert_same(engine: Engine, market: Columns, rule: DrawnRule, params: Params) -> int:
    """Fills, marks and what is left; returns the number of fills."""
    tried = parameters(len(market.open))._replace(params=params)
    made = run_one(tape_over(market), tried, CASH, signals_by(rule, market, adds([tried])), engine)
    expected = run(fresh_state(CASH, len(market.open), rule), market, params, rule)
    assert fills_of(made.walked) == expected.fills
    assert made.equity.tolist() == [mark.equity for mark in expected.marks]
    assert repr(account_of(made.walked)) == repr(expected.state.account)
    assert repr([slot_of(slot) for slot in made.walked.slots]) == repr(expected.state.slots)
    return len(expected.fills)


@pytest.mark.parametrize("engine", ENGINES.values(), ids=ENGINES.keys())
def test_long_positions_are_passed_over_alike_while_their_levels_move(engine: Engine) -> None:
    """Levels that move within blocks, in markets too long for a property."""
    filled = 0
    for seed in range(6):
        market = random_columns(seed, 1_500, 1 + seed % 2, missing=0.02, volatility=0.0005)
        for eagerness in (0.01, 0.05):
            for limits in (NO_LIMITS, NO_LIMITS._replace(trailing_stop=0.004, stop_loss=0.01, cooldown_bars=5)):
                params = parameters(len(market.open), limits=limits, costs=COSTS).params
                filled += assert_same(engine, market, DrawnRule(seed, eagerness), params)
    assert filled > 500


def selling_at_the_level(position: Position, bar: Bar, limits: Limits, costs: Costs, steps: SymbolSteps) -> Fill:
    """The planted gap: a level that the entry filled beyond is sold at, though the bar never traded there."""
    if bar.time_ms == position.entry_ms and 0.0 < position.entry_price <= position.stop:
        return Fill(codes.SELL, position.quantity, position.stop, 0.0, bar.time_ms, codes.STOP_LOSS)
    return protect(position, bar, limits, costs, steps)


def outside(seed: int) -> int:
    """Fills outside of their bars in a market of random levels."""
    market, params = random_columns(seed, 400, 1), parameters(1, limits=NO_LIMITS, costs=COSTS).params
    found = 0
    for minute, (_, _, outcomes) in enumerate(minutes_of(market, params, DrawnRule(seed, 0.9))):
        bar = bar_at(market, 0, minute)
        fills = [fill for fill in (outcomes[0].order_fill, *outcomes[0].exit_fills) if fill != NO_FILL]
        found += len([fill for fill in fills if not is_within(fill, bar, COSTS.slippage)])
    return found


def test_the_planted_gap_is_noticed(monkeypatch: pytest.MonkeyPatch) -> None:
    assert sum(map(outside, range(3))) == 0
    monkeypatch.setattr("chalicelib.kernel.step.protect", selling_at_the_level)
    assert sum(map(outside, range(3))) > 0
