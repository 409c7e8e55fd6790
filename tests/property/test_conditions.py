"""Telling what a strategy compared changes nothing of what it decides, whatever it saw."""

from __future__ import annotations

from math import nan
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chalicelib.strategy.conditions import decided
from chalicelib.strategy.settings import rule_with
from tests.support.strategy_cases import CASES, strategy

SEEN = st.one_of(st.just(nan), st.floats(-100.0, 100.0), st.sampled_from([0.0, 1.0, 30.0, 70.0, 1e9]))

WITHOUT_CONDITIONS = {"buy_and_hold"}


@pytest.mark.parametrize("name", ["rsi_sentiment", *CASES])
@given(drawn=st.data())
def test_a_told_decision_is_the_decision(name: str, drawn: Any) -> None:
    rule = rule_with(strategy(name), {})
    kind = rule.strategy.form.values
    values = kind(*[drawn.draw(SEEN, label=field) for field in kind._fields])
    close = drawn.draw(st.floats(0.001, 1e6), label="close")
    sentiment, held = drawn.draw(SEEN, label="sentiment"), drawn.draw(st.booleans(), label="held")
    inputs = rule.strategy.inputs({"sentiment": sentiment})
    wanted = rule.strategy.form.decide(values, close, inputs, held, rule.settings)
    choice, told = decided(rule, values, close, inputs, held)
    assert repr(choice) == repr(wanted)
    assert told or name in WITHOUT_CONDITIONS
