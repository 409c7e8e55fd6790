"""A state with windows: what is given to `observe` stays what it was, and no two windows are one."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from chalicelib import codec
from chalicelib.errors import BadInput
from chalicelib.strategy.copied import copier, windows_of
from chalicelib.strategy.loader import built_in, from_file, from_source
from chalicelib.strategy.settings import rule_with
from tests.support.strategy_cases import FOLDER, strategy
from trader.sim.bars import generated_bars

RULE = rule_with(strategy("channel"), {"entry": 3, "exit": 4, "back": 5})
SOURCE = (FOLDER / "channel.py").read_text("utf-8")
TWICE = ("return State(Channel(highs, lows,", "return State(Channel(lows, lows,")
KEPT = ("return State(Channel(highs, lows,", "return State(Channel(highs, state.channel.highs,")
STARTED_AS_ONE = (
    "    return State(Channel(queue(settings.entry), queue(settings.exit),",
    "    same = queue(settings.entry)\n    return State(Channel(same, same,",
)


def changed(change: tuple[str, str], source: str = SOURCE) -> str:
    assert change[0] in source
    return source.replace(*change)


def test_a_state_is_observed_twice_with_the_same_answers() -> None:
    state = RULE.start()
    for bar in generated_bars(30):
        before = repr(state)
        first, second = RULE.observe(state, bar), RULE.observe(state, bar)
        assert repr(first) == repr(second)
        assert repr(state) == before
        state = first[0]


def test_a_state_without_windows_is_not_copied() -> None:
    assert copier(built_in("rsi_sentiment").form.state) is None


def test_the_copy_shares_no_window() -> None:
    copy = RULE.strategy.copy
    assert copy is not None
    state = RULE.start()
    assert repr(copy(state)) == repr(state)
    assert not {*map(id, windows_of(copy(state)))} & {*map(id, windows_of(state))}
    assert len(list(windows_of(state))) == 3


def test_a_state_goes_through_a_store() -> None:
    state = RULE.start()
    for bar in generated_bars(7):
        state, _ = RULE.observe(state, bar)
        plain = codec.plain(state)
        again = codec.typed(RULE.strategy.form.state, plain)
        assert repr(again) == repr(state)
        RULE.strategy.form.observe(again, bar, RULE.settings)
        assert repr(codec.typed(RULE.strategy.form.state, plain)) == repr(state), "what was stored has changed"


@pytest.mark.parametrize("change", [TWICE, KEPT])
def test_two_windows_that_are_one_are_refused(change: tuple[str, str]) -> None:
    with pytest.raises(BadInput, match=r"mine.py: in observe: .*has one window twice"):
        from_source(changed(change), "mine.py", "mine.py")


def test_windows_that_start_as_one_are_two() -> None:
    rule = rule_with(from_source(changed(STARTED_AS_ONE), "mine.py", "mine.py"), {})
    windows = [*map(id, windows_of(rule.start()))]
    assert len(set(windows)) == len(windows)


def test_a_list_of_ones_own_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "mine.py"
    path.write_text(changed(("    lows: Queue\n", "    lows: list[float]\n")))
    with pytest.raises(BadInput, match=r"State: Channel.lows is a list: those are made by ring and queue"):
        from_file(path)


def test_a_rule_whose_observe_fails_leaves_the_state_alone() -> None:
    def failing(state: object, bar: object, settings: object) -> object:
        RULE.strategy.form.observe(state, bar, settings)
        raise ValueError("after the windows changed")

    form = replace(RULE.strategy.form, observe=failing)
    rule = replace(RULE, strategy=replace(RULE.strategy, form=form))
    state = rule.start()
    before = repr(state)
    with pytest.raises(ValueError, match="after the windows"):
        rule.observe(state, next(iter(generated_bars(1))))
    assert repr(state) == before
