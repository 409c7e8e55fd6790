"""What a file reads and says, by its source: whatever is not plain counts as everything, never as too little."""

from __future__ import annotations

import pytest

from chalicelib.strategy.loader import built_in
from chalicelib.strategy.observed import arguments_given, settings_read
from tests.support.strategy_cases import strategy

NAMES = ("fast", "slow", "stop")


@pytest.mark.parametrize(
    ("body", "read"),
    [
        ("return settings.fast", ("fast",)),
        ("return settings.slow + settings.fast", ("fast", "slow")),
        ("return state", ()),
        ("own = settings\n    return own.slow", NAMES),
        ("return helper(settings)", NAMES),
        ("return settings[0]", NAMES),
        ("return [settings.slow for _ in state]", ("slow",)),
        ("return (lambda: settings.fast)()", ("fast",)),
    ],
)
def test_settings_that_a_function_reads(body: str, read: tuple[str, ...]) -> None:
    source = (
        f"def observe(state, bar, settings):\n    {body}\n\ndef decide(values, settings):\n    return settings.stop\n"
    )
    assert settings_read(source, ("observe",), NAMES) == read


def test_the_last_argument_is_the_settings_by_any_name_and_several_functions_add_up() -> None:
    source = "def start(own):\n    return own.slow\n\ndef observe(state, bar, given):\n    return given.fast\n"
    assert settings_read(source, ("observe",), NAMES) == ("fast",)
    assert settings_read(source, ("start", "observe"), NAMES) == ("fast", "slow")


@pytest.mark.parametrize(
    ("source", "given"),
    [
        ("enter()", set()),
        ("enter(0.5)", {"size"}),
        ("enter(0.5, 90.0)", {"size", "stop"}),
        ("enter(stop=90.0)", {"stop"}),
        ("enter(0.5, take_profit=3.0)", {"size", "take_profit"}),
        ("enter(); enter(stop=1.0); enter(0.5)", {"size", "stop"}),
        ("enter(reason=1)", set()),
        ("enter(nan, nan, nan, 1)", {"size", "stop", "take_profit"}),
        ("enter(*given)", {"size", "stop", "take_profit"}),
        ("enter(**given)", {"size", "stop", "take_profit"}),
        ("buy = enter", {"size", "stop", "take_profit"}),
        ("from chalicelib.strategy import enter as buy\nbuy(stop=1.0)", {"size", "stop", "take_profit"}),
        ("hold(stop=1.0)", set()),
    ],
)
def test_arguments_that_a_call_of_ours_is_given(source: str, given: set[str]) -> None:
    assert arguments_given(source, "enter", ("size", "stop", "take_profit")) == given


def test_what_the_built_in_ones_read_and_say() -> None:
    assert built_in("rsi_sentiment").observed_settings == ("rsi_period",)
    assert built_in("ema_cross").observed_settings == ("fast", "slow", "atr")
    assert built_in("rsi_sentiment").levels_said == frozenset()
    assert built_in("ema_cross").levels_said == {"stop", "held_stop"}
    assert strategy("own_terms").levels_said == {"trailing", "break_even", "max_bars"}
    assert "reason" not in strategy("atr_stop").levels_said
