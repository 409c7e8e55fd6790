"""Nothing may look at a later bar: the state after a minute does not depend on what came after it."""

from __future__ import annotations

from collections.abc import Callable
from itertools import pairwise
from typing import TypeAlias

from hypothesis import given, settings
from hypothesis import strategies as st

from chalicelib.kernel.run import Columns, bar_at, inputs_at
from chalicelib.kernel.step import fresh_state, step
from tests.kernel_cases import CASH, first_minutes, joined, later_minutes, parameters, random_columns, read_by, rsi_rule
from tests.kernel_strategies import markets, sets_for
from tests.support.effort import examples
from trader.backtest.engine import ParameterSet

Tracer: TypeAlias = Callable[[Columns, ParameterSet], list[str]]


def trace(columns: Columns, tried: ParameterSet) -> list[str]:
    """Outcomes and state, pending orders included, after every minute."""
    rule = tried.rule
    columns = read_by(columns, rule)
    state = fresh_state(CASH, len(columns.open), rule)
    seen = []
    for minute, time_ms in enumerate(columns.times):
        bars = [bar_at(columns, symbol, minute) for symbol in range(len(columns.open))]
        inputs = [inputs_at(columns, symbol, minute) for symbol in range(len(columns.open))]
        state, outcomes = step(state, time_ms, bars, inputs, tried.params, rule)
        seen.append(repr((state, outcomes)))
    return seen


def peeking_trace(columns: Columns, tried: ParameterSet) -> list[str]:
    """The same rule, fed with a sentiment that knows whether the next bar closes higher."""
    moods = [[*(1.0 if after > before else -1.0 for before, after in pairwise(row)), 0.0] for row in columns.close]
    return trace(columns._replace(inputs=[moods]), tried)


def sees_the_future(tracer: Tracer, market: Columns, other: Columns, cut: int, tried: ParameterSet) -> bool:
    """Whether the first `cut` minutes come out otherwise when the rest is missing or belongs to another market."""
    past = first_minutes(market, cut)
    changed = joined(past, later_minutes(other._replace(times=market.times), cut))
    outcomes = {tuple(tracer(columns, tried)[:cut]) for columns in (market, past, changed)}
    return len(outcomes) > 1


@given(market=markets(), seed=st.integers(0, 2**32), data=st.data())
@settings(max_examples=examples(60))
def test_later_bars_change_nothing_that_was_done(market: Columns, seed: int, data: st.DataObject) -> None:
    tried = data.draw(sets_for(len(market.open)))
    other = random_columns(seed, len(market.times), len(market.open))
    cut = data.draw(st.integers(1, len(market.times) - 1))
    assert not sees_the_future(trace, market, other, cut, tried)


def test_the_check_catches_a_rule_that_peeks() -> None:
    tried = parameters(rule=rsi_rule(rsi_period=3, rsi_buy=60.0, rsi_sell=100.0))
    market, other = random_columns(1, 60, 1), random_columns(2, 60, 1)
    cuts = range(1, 60)
    assert any(sees_the_future(peeking_trace, market, other, cut, tried) for cut in cuts)
    assert not any(sees_the_future(trace, market, other, cut, tried) for cut in cuts)
