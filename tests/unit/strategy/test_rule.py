"""A strategy with its settings: what it is known by, and what it may not return."""

from __future__ import annotations

from dataclasses import replace
from math import isnan, nan
from typing import NamedTuple

import pytest

from chalicelib.kernel.choice import Choice, enter, leave
from chalicelib.kernel.codes import ENTER, FIRST_OWN_REASON, SIGNAL
from chalicelib.strategy.form import FIRST_BAR
from chalicelib.strategy.loader import built_in, from_source
from chalicelib.strategy.rule import NonsenseError, StrategyRule, named_values
from chalicelib.strategy.settings import rule_with
from tests.kernel_cases import RULE, rsi_rule
from tests.support.strategy_files import SOURCE

MINE = rule_with(from_source(SOURCE, "mine.py", "mine.py"), {})


class Floats(NamedTuple):
    seen: float


def test_rules_that_observe_alike_share_a_key_and_others_do_not() -> None:
    assert rsi_rule(rsi_buy=20.0, sentiment_sell=-0.5).key == RULE.key
    assert rsi_rule(rsi_period=7).key != RULE.key
    assert rule_with(built_in("ema_cross"), {}).key != RULE.key
    assert rule_with(MINE.strategy, {"level": 5.0, "is_eager": True}).key == MINE.key
    assert rule_with(MINE.strategy, {"bars": 4}).key != MINE.key
    later = from_source(f"{SOURCE}# a later version\n", "mine.py", "mine.py")
    assert rule_with(later, {}).key != MINE.key


def test_values_are_known_by_their_names() -> None:
    state, values = MINE.observe(MINE.start(), FIRST_BAR)
    assert named_values(values) == {"seen": 1.0, "close": FIRST_BAR.close}
    assert state == (1,)
    assert MINE.values_of({"close": 3.0, "more": 1.0, "seen": 2.0}) == (2.0, 3.0)
    with pytest.raises(KeyError):
        MINE.values_of({"close": 3.0})
    assert list(map(isnan, MINE.undefined)) == [True, True]


def test_a_start_has_floats_wherever_its_state_says_so() -> None:
    form = replace(MINE.strategy.form, state=Floats, start=lambda settings: Floats(0))
    assert type(replace(MINE, strategy=replace(MINE.strategy, form=form)).start().seen) is float


def test_words_for_reasons_are_the_files_own() -> None:
    assert [MINE.reason_word(FIRST_OWN_REASON + own) for own in range(3)] == ["above", "below", None]
    assert MINE.reason_word(SIGNAL) is None


def test_sentiment_goes_to_those_who_declare_it() -> None:
    assert (RULE.strategy.reads_sentiment, MINE.strategy.reads_sentiment) == (True, False)
    assert RULE.strategy.inputs({"sentiment": 0.5}) == (0.5,)
    assert MINE.strategy.inputs({"sentiment": 0.5}) == ()


def deciding(choice: object) -> StrategyRule:
    form = replace(MINE.strategy.form, decide=lambda values, close, inputs, in_position, settings: choice)
    return replace(MINE, strategy=replace(MINE.strategy, form=form))


@pytest.mark.parametrize(
    "choice",
    [
        None,
        1,
        (0, 0, nan, nan, nan),
        Choice(ENTER, SIGNAL, nan, nan, nan),
        Choice(7, FIRST_OWN_REASON, nan, nan, nan),
        enter(reason=2),
        leave(reason=-1),
        enter(size=0.0),
        enter(size=1.5),
        enter(stop=-1.0),
        enter(take_profit=float("inf")),
        enter(trailing=0.0),
        enter(break_even=-1.0),
        enter(max_bars=0),
        enter(max_bars=2.5),
        enter(max_bars=float("inf")),
    ],
)
def test_a_choice_that_nothing_can_be_done_with_raises(choice: object) -> None:
    with pytest.raises(NonsenseError, match=r"decide returned .*, which nothing can be done with"):
        deciding(choice).decide(MINE.undefined, 100.0, (), False)


@pytest.mark.parametrize(
    "choice",
    [
        enter(),
        enter(size=1.0, stop=1.0, take_profit=2.0, reason=1),
        enter(trailing=3.0, break_even=2.0, max_bars=1),
        leave(reason=1),
    ],
)
def test_a_choice_that_is_sound_comes_through(choice: Choice) -> None:
    assert deciding(choice).decide(MINE.undefined, 100.0, (), False) == choice


@pytest.mark.parametrize("made", [None, (), (1, 2, 3), [1, 2], (MINE.start(), (1.0, 2.0)), (MINE.start(), 1.0)])
def test_what_is_no_state_and_values_raises(made: object) -> None:
    form = replace(MINE.strategy.form, observe=lambda state, bar, settings: made)
    rule = replace(MINE, strategy=replace(MINE.strategy, form=form))
    with pytest.raises(NonsenseError, match=r"observe returned .*, not a State and Values"):
        rule.observe(MINE.start(), FIRST_BAR)


def test_what_the_file_raises_comes_through_as_it_is() -> None:
    def failing(*_: object) -> object:
        raise KeyError("its own")

    form = replace(MINE.strategy.form, observe=failing)
    with pytest.raises(KeyError, match="its own"):
        replace(MINE, strategy=replace(MINE.strategy, form=form)).observe(MINE.start(), FIRST_BAR)
