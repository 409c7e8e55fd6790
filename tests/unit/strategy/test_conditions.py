"""What a strategy compared is told in words that name value and threshold, whatever form the file gives it."""

from __future__ import annotations

from collections.abc import Mapping
from math import nan

import pytest

from chalicelib.domain import Candle, Decision, Sentiment
from chalicelib.strategy.condition_words import conditions_in_words
from chalicelib.strategy.conditions import conditions_of
from chalicelib.strategy.loader import built_in, from_source
from chalicelib.strategy.rule import StrategyRule
from chalicelib.strategy.settings import rule_with
from chalicelib.strategy.warm_up import candles_until_known

FILE = '''"""A file whose decide is written out by a test."""

from math import isnan
from typing import NamedTuple

from chalicelib.strategy import WAIT, Bar, Choice, Inputs, enter, hold, leave


class Settings(NamedTuple):
    low: float = 1.0
    high: float = 9.0


class State(NamedTuple):
    seen: int


class Values(NamedTuple):
    level: float
    pace: float


def start(settings: Settings) -> State:
    return State(0)


def observe(state: State, bar: Bar, settings: Settings) -> tuple[State, Values]:
    return State(state.seen + 1), Values(bar.close, bar.volume)


def calm(values: Values, most: float) -> bool:
    return values.pace < most


def decide(values: Values, close: float, inputs: Inputs, in_position: bool, settings: Settings) -> Choice:
'''


def decision(snapshot: Mapping[str, float], sentiment: float = 0.0, held: bool = False, error: str = "") -> Decision:
    candle = Candle("BTCUSDT", 0, 100.0, 101.0, 99.0, 100.0, 1.0)
    known = Sentiment(sentiment)
    return Decision("a", "BTCUSDT", 0, candle, snapshot, known, (), held, "", "", None, 0.0, 0.0, "", 0, error=error)


def default(rsi: float, sentiment: float = 0.0, held: bool = False, seen: int | None = None) -> tuple[str, ...]:
    rule = rule_with(built_in("rsi_sentiment"), {})
    others = dict.fromkeys(rule.strategy.form.values._fields, 50.0)
    return conditions_in_words(rule, decision({**others, "rsi": rsi}, sentiment, held), seen)


def written(body: str, level: float = 5.0, pace: float = 0.5) -> tuple[str, ...]:
    source = FILE + "".join(f"    {line}\n" for line in body.splitlines())
    rule = StrategyRule(strategy := from_source(source, "own.py", "own.py"), strategy.form.settings())
    return conditions_in_words(rule, decision({"level": level, "pace": pace}))


def test_a_hold_says_which_condition_failed_and_which_did_not() -> None:
    assert default(18.4, -0.22) == ("rsi 18.4 below 30: yes", "sentiment -0.22 above 0: no")
    assert default(55.0, 0.3) == ("rsi 55 below 30: no", "sentiment 0.3 above 0: yes")
    assert default(71.5, 0.3, held=True) == ("rsi 71.5 above 70: yes",)


def test_a_level_is_told_where_the_setting_that_it_is_held_against_has_its_name() -> None:
    body = "high = values.level + values.pace\nreturn enter() if high >= settings.high else WAIT"
    assert written(body, 9.0) == ("high 9.5 at or above 9: yes",)
    assert written(body, 3.0) == ("high 3.5 at or above 9: no",)


def test_a_local_and_a_value_of_one_name_are_told_apart() -> None:
    body = "level = values.pace\nreturn enter() if level > values.level else WAIT"
    assert written(body) == ("level 0.5 above values.level 5: no",)
    assert written(body, nan) == ("values.level unknown",)


def test_what_is_unknown_is_called_so_with_what_it_takes_and_never_nan() -> None:
    assert default(nan, seen=6) == ("rsi unknown, 9 more candles needed",)
    assert default(nan, seen=14) == ("rsi unknown, 1 more candle needed",)
    assert default(nan, seen=40) == ("rsi unknown",)
    assert default(nan) == ("rsi unknown before 15 candles",)
    assert default(18.4, nan) == ("sentiment unknown", "rsi 18.4 below 30: yes")


def test_a_local_that_is_unknown_names_the_values_that_it_rests_on_and_no_others() -> None:
    rule = rule_with(built_in("ema_cross"), {})
    snapshot = {"fast": 100.0, "slow": nan, "atr": nan, "crossed": 0.0}
    assert conditions_in_words(rule, decision(snapshot), 12) == ("atr unknown, 3 more candles needed",)


@pytest.mark.parametrize(
    ("body", "told"),
    [
        ("return enter() if settings.low > values.level else WAIT", ("level 5 below 1: no",)),
        ("return enter() if 2.5 <= values.level else WAIT", ("level 5 at or above 2.5: yes",)),
        (
            "return enter() if settings.low < values.level < settings.high else WAIT",
            ("level 5 above 1: yes", "level 5 below 9: yes"),
        ),
        ("return enter() if calm(values, settings.low) else WAIT", ("pace 0.5 below most 1: yes",)),
        (
            "if not values.level > settings.high or values.pace > 0.0:\n    return WAIT\nreturn enter()",
            ("level 5 above 9: no", "pace 0.5 above 0: yes"),
        ),
        ("return leave() if in_position else WAIT", ()),
        ("return enter() if close - values.level > 90.0 else WAIT", ("close - level 95 above 90: yes",)),
        (
            "return enter() if values.pace > 1.0 and values.level / (values.pace - 0.5) > 0.0 else WAIT",
            ("pace 0.5 above 1: no",),
        ),
    ],
)
def test_any_form_of_comparison_is_told(body: str, told: tuple[str, ...]) -> None:
    assert written(body) == told


def test_two_numbers_that_differ_never_look_alike() -> None:
    assert default(29.9999999, 0.3)[0] == "rsi 29.9999999 below 30: yes"


def test_nothing_is_told_where_nothing_was_decided() -> None:
    rule = rule_with(built_in("rsi_sentiment"), {})
    whole = dict.fromkeys(rule.strategy.form.values._fields, 50.0)
    assert conditions_of(rule, decision(whole, error="division by zero")) == ()
    assert conditions_of(rule, decision({"another": 1.0})) == ()


def test_warm_up_counts_candles_until_each_value_is_known() -> None:
    known = candles_until_known(rule_with(built_in("rsi_sentiment"), {"rsi_period": 5}))
    assert known == {"rsi": 6, "bb_upper": 20, "bb_middle": 20, "bb_lower": 20, "ema_50": 50, "ema_200": 200}
