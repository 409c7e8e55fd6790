"""What a strategy wants at every close is the same plain and compiled, for settings tried together as for each."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from chalicelib.kernel.run import Columns
from chalicelib.strategy.loader import built_in_names
from chalicelib.strategy.rule import Strategy, StrategyRule
from chalicelib.strategy.settings import rule_with
from tests.kernel_cases import CASH, MINUTE_MS, random_columns
from tests.kernel_strategies import markets, params_for
from tests.property.test_backtest_walk import tape_over
from tests.support.effort import examples
from tests.support.strategy_cases import FILES, quick, strategy
from trader.backtest.engine import PLAIN, Engine, EngineRun, ParameterSet, fastest, rule_signals_of, run_many, run_one
from trader.backtest.rule_signals import SignalsPass, plain_pass

OF_SERIES = {"signals", "two_series"}
"""Read what these markets do not have; test_signals_live.py and test_series_every_way.py have it."""
NAMES = [name for name in (*built_in_names(), *FILES) if name not in OF_SERIES]
NEVER_LEAVES = {"buy_and_hold", "dca"}
FACTORS = (0.5, 0.8, 1.0, 1.3, 9.0)


GOES_WITH = {"size": "flat", "stop": "flat", "take_profit": "flat", "keep": "held", "held_size": "held"}
"""What means nothing but beside a choice."""


def near(of: str, kind: Strategy, name: str) -> st.SearchStrategy[float]:
    """Values of a setting not far from one that is quick, within the file's limits."""
    default = getattr(quick(of).settings, name)
    low, high = kind.form.limits.get(name, (default * min(FACTORS), default * max(FACTORS)))
    if isinstance(default, bool):
        return st.booleans()
    return st.sampled_from([type(default)(min(max(default * factor, low), high)) for factor in FACTORS])


def rules(name: str, alike: bool, count: int = 4) -> st.SearchStrategy[list[StrategyRule]]:
    """Rules of one strategy; `alike` where all that they observe by is the same."""
    kind = strategy(name)
    every = {field: near(name, kind, field) for field in kind.form.settings._fields}
    shared = {field: every[field] for field in kind.observed_settings if alike}
    own = {field: values for field, values in every.items() if field not in shared}
    lists = st.lists(st.fixed_dictionaries(own), min_size=1, max_size=count)
    drawn = st.tuples(st.fixed_dictionaries(shared), lists, st.sampled_from([1, 1, 3, 5]))
    return drawn.map(
        lambda all_: [
            replace(rule_with(kind, {**all_[0], **each}), interval_ms=all_[2] * MINUTE_MS) for each in all_[1]
        ]
    )


def wanted(market: Columns, tried: Sequence[StrategyRule], engine: Engine) -> list[list[bytes]]:
    """Every array of each rule's signals, bit for bit, where there are bars; levels of entries where one is wanted."""
    tape = tape_over(market)
    there = ~np.isnan(tape.close)
    found = []
    for signals in rule_signals_of(tape, tried, engine):
        arrays = {name: getattr(signals, name) for name in signals._fields}
        said = {name: there & (arrays[beside] != 0) for name, beside in GOES_WITH.items()}
        masks = {name: said.get(name, there) for name in arrays}
        found.append([_bits(arrays[name][masks[name]] if arrays[name].size else arrays[name]) for name in masks])
    return found


def _bits(values: Any) -> bytes:
    return bytes(np.where(np.isnan(values), np.nan, values).tobytes())  # one NaN is as good as another


@pytest.mark.parametrize("name", NAMES)
def test_settings_observed_alike_want_the_same_plain_compiled_and_alone(name: str) -> None:
    @settings(max_examples=examples(20))
    @given(market=markets(2, 90), tried=rules(name, alike=True))
    def property_(market: Columns, tried: list[StrategyRule]) -> None:
        together = wanted(market, tried, fastest())
        assert wanted(market, tried, PLAIN) == together
        assert [wanted(market, [rule], fastest())[0] for rule in tried] == together

    property_()


@pytest.mark.parametrize("name", NAMES)
def test_settings_of_any_kind_trade_together_as_alone_in_both_engines(name: str) -> None:
    @settings(max_examples=examples(20))
    @given(market=markets(1, 90), tried=rules(name, alike=False), params=params_for(1))
    def property_(market: Columns, tried: list[StrategyRule], params: Any) -> None:
        tape, sets = tape_over(market), [ParameterSet(rule, params) for rule in tried]
        alone = [_came(run_one(tape, each, CASH, engine=PLAIN)) for each in sets]
        for engine in (PLAIN, fastest()):
            assert run_many(tape, sets, CASH, _came, engine=engine) == alone

    property_()


def _came(run: EngineRun) -> tuple[bytes, bytes, bytes]:
    return run.walked.words.tobytes(), run.walked.amounts.tobytes(), run.equity.tobytes()


def by_the_first(kind: Strategy) -> SignalsPass:
    """The planted defect: every rule of a batch decides by the settings of the first."""
    honest = plain_pass(kind)

    def run(*given: Any) -> None:
        *columns, state, tried, signals, adding = given
        honest(*columns, state, (tried[0],) * len(tried), signals, adding)

    return run


def test_a_batch_that_decides_by_its_first_settings_would_be_noticed() -> None:
    kind = strategy("atr_stop")
    tried = [rule_with(kind, {"stop_atr": width}) for width in (2.0, 2.0000000000000004)]
    market = random_columns(1, 60, 2)
    planted = PLAIN._replace(signals_pass=by_the_first)
    assert wanted(market, tried, planted) != wanted(market, tried, fastest())


@pytest.mark.parametrize("name", NAMES)
def test_markets_like_these_have_something_wanted_in_them(name: str) -> None:
    rule = quick(name, **{"widest": 0.05} if name == "atr_stop" else {})
    signals = [rule_signals_of(tape_over(random_columns(seed, 90, 2)), [rule], PLAIN)[0] for seed in range(8)]
    assert any(each.flat.any() for each in signals)
    assert any(each.held.any() for each in signals) == (name not in NEVER_LEAVES)
