"""Settings of a strategy: by their types and the file's limits, each mistake one line that says what is allowed."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chalicelib.errors import BadInput
from chalicelib.strategy.loader import built_in, from_source
from chalicelib.strategy.settings import contradictions, refuse_contradictions, rule_with
from tests.support.strategy_files import SOURCE

MINE = from_source(SOURCE, "mine.py", "mine.py")
EMA = built_in("ema_cross")


def test_what_is_not_given_has_its_default_and_an_int_becomes_a_float_where_one_is_wanted() -> None:
    assert rule_with(MINE, {}).settings == (100.0, 3, False)
    made = rule_with(MINE, {"level": 7, "is_eager": True}).settings
    assert (made, type(made.level)) == ((7.0, 3, True), float)


@pytest.mark.parametrize(
    ("name", "value", "words"),
    [
        ("level", 0.5, "level = 0.5: must be a number from 1 to 1e+06"),
        ("level", True, "level = true: must be a number from 1 to 1e+06"),
        ("level", "high", 'level = "high": must be a number from 1 to 1e+06'),
        ("level", float("nan"), "level = nan: must be a number from 1 to 1e+06"),
        ("bars", 11, "bars = 11: must be a whole number from 1 to 10"),
        ("bars", 3.0, "bars = 3.0: must be a whole number from 1 to 10"),
        ("is_eager", 1, "is_eager = 1: must be true or false"),
        ("bras", 1, "bras: unknown setting: mine.py has level, bars, is_eager"),
        ("a\nb", 1, "a\\nb: unknown setting: mine.py has level, bars, is_eager"),
    ],
)
def test_a_wrong_setting_is_named_with_what_is_allowed(name: str, value: object, words: str) -> None:
    with pytest.raises(BadInput) as caught:
        rule_with(MINE, {name: value}, "agent.toml")
    assert str(caught.value) == f"agent.toml: strategy.settings.{words}"


@given(st.integers(-5, 20), st.floats(-10.0, 2e6))
def test_bounds_are_inclusive_and_no_other_value_passes(bars: int, level: float) -> None:
    is_allowed = 1 <= bars <= 10 and 1.0 <= level <= 1e6
    try:
        settings = rule_with(MINE, {"bars": bars, "level": level}).settings
    except BadInput:
        assert not is_allowed
    else:
        assert is_allowed
        assert (settings.bars, settings.level) == (bars, level)


def test_settings_that_must_ascend_are_refused_naming_both() -> None:
    for fast in (26, 30):
        rule = rule_with(EMA, {"fast": fast})
        assert list(contradictions(rule)) == [("strategy.settings.fast", "below strategy.settings.slow, which is 26")]
        with pytest.raises(BadInput) as caught:
            refuse_contradictions(rule, "agent.toml")
        words = f"strategy.settings.fast = {fast}: must be below strategy.settings.slow, which is 26"
        assert str(caught.value) == f"agent.toml: {words}"
    refuse_contradictions(rule_with(EMA, {"fast": 25}))
