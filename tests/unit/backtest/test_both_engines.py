"""A strategy that is pure by its lines, and wants something else once it is compiled, is refused before it is run."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import AbstractContextManager, nullcontext
from pathlib import Path
from typing import Any

import pytest

from chalicelib.errors import BadInput
from chalicelib.strategy.loader import built_in, from_source
from chalicelib.strategy.rule import StrategyRule
from chalicelib.strategy.settings import rule_with
from tests.e2e.test_paper_run_command import candle_file
from tests.support.markets import wave
from tests.support.strategy_cases import strategy
from trader.backtest import compiled, compiled_strategy
from trader.backtest.engine import PLAIN, fastest
from trader.backtest.inputs import Source, load
from trader.backtest.market import MarketColumns, tape_of
from trader.backtest.preparing import prepare, tell_first_compile

FILE = """
from math import floor, inf, nan
from typing import NamedTuple

from chalicelib.strategy import WAIT, Bar, Choice, Inputs, enter, hold


class Settings(NamedTuple):
    lasts: int = 0


class State(NamedTuple):
    bars: int


class Values(NamedTuple):
    bars: float
    seen: float


def start(settings: Settings) -> State:
    return State(0)


def observe(state: State, bar: Bar, settings: Settings) -> tuple[State, Values]:
    bars = state.bars + 1
    if bars <= settings.lasts:
        return State(bars), Values(float(bars), 0.0)
    return State(bars), Values(float(bars), seen(bar, bars))


def decide(values: Values, close: float, inputs: Inputs, in_position: bool, settings: Settings) -> Choice:
    if in_position:
        return WAIT if values.seen <= 0.0 else hold(stop=values.seen)
    return enter() if values.seen > 2.0 else WAIT


def seen(bar: Bar, bars: int) -> float:
"""
SEEN = {
    "a NaN compared by identity": "    return 1.0 if bars > 5 and (nan, 1) == (nan, 1) else 3.0",
    "an int that wraps": "    return float(bar.time_ms * bar.time_ms // 9007199254740991)",
    "a name without a value": "    if bars < 7:\n        y = 1.0\n    return y",
    "the floor of what is not known": "    return float(floor(nan)) if bars == 4 else 1.0",
}
SAID = {
    "a NaN compared by identity": "22:19Z: wanted while flat is nothing in plain Python, an entry (signal) compiled",
    "an int that wraps": "22:14Z: stop of what is held is 320854469.0 in plain Python, 453.0 compiled",
    "a name without a value": "22:20Z: wanted while flat is UnboundLocalError, line 41 in plain Python, ",
    "the floor of what is not known": "22:17Z: wanted while flat is ValueError, line 39 in plain Python, ",
}
AGREED = {
    "a NaN of other bits": "    return inf - inf",
    "a division by zero": "    return 1.0 / (bar.volume - 1.0 if bars == 3 else 1.0)",
    "what nothing can be done with": "    return 3e300 if bars == 3 else 1.0",
}


def silent(words: str) -> None:
    pass


def unseen(length: int | None, label: str) -> AbstractContextManager[Callable[[int], None]]:
    return nullcontext(lambda steps: None)


def rule_of(seen: str, lasts: int = 0) -> StrategyRule:
    mine = from_source(FILE + seen + "\n", "mine.py", "mine.py")
    return StrategyRule(mine, mine.form.settings(lasts=lasts))


def market(bars: int = 40) -> MarketColumns:
    return tape_of([wave("AAAUSDT", bars, 1)])


@pytest.mark.parametrize("name", SEEN)
def test_a_strategy_on_which_the_engines_differ_is_refused_with_the_bar_and_both_answers(name: str) -> None:
    with pytest.raises(BadInput) as refused:
        prepare(rule_of(SEEN[name]), market(), fastest(), silent)
    assert f"mine.py, at bar 2023-11-14T{SAID[name]}" in str(refused.value)
    assert str(refused.value).endswith(" compiled: it must be the same")


@pytest.mark.parametrize("name", AGREED)
def test_what_both_engines_do_alike_is_left_to_the_run(name: str) -> None:
    prepare(rule_of(AGREED[name]), market(), fastest(), silent)


@pytest.mark.parametrize("name", ["ema_cross", "rsi_sentiment"])
def test_the_built_in_strategies_pass(name: str) -> None:
    ours = built_in(name)
    prepare(StrategyRule(ours, ours.form.settings()), market(2_000), fastest(), silent)


@pytest.mark.parametrize("period", [1, 20, 500])
def test_windows_are_lists_in_the_one_and_arrays_in_the_other(period: int) -> None:
    rule = rule_with(strategy("channel"), {"entry": period, "exit": 2 * period, "back": period})
    prepare(rule, market(2_000), fastest(), silent)


def test_windows_of_all_lengths_are_compiled_once() -> None:
    rule = rule_with(strategy("channel"), {"entry": 7, "exit": 9, "back": 11})
    prepare(rule, market(2_000), fastest(), silent)
    handed: Any = compiled_strategy.compiled(rule.strategy).run
    [machine] = [cell.cell_contents for cell in handed.__closure__ if hasattr(cell.cell_contents, "signatures")]
    [types] = machine.signatures
    assert ("array(float64" in str(types), "list" in str(types)) == (True, False)


def test_a_window_kept_beside_the_next_one_is_refused_as_it_is_another_when_stored() -> None:
    """By its sixth bar, which is after it was tried out."""
    source = FILE.replace("    bars: int\n", "    bars: int\n    window: Ring\n    before: Ring\n", 1)
    source = source.replace("State(0)", "State(0, ring(3), ring(3))").replace(
        "State(bars)", "State(bars, window, kept)"
    )
    source = source.replace(
        "    bars = state.bars + 1\n",
        "    bars = state.bars + 1\n"
        "    before = state.before if bars < 6 else state.window\n"
        "    window, kept = ring_step(state.window, bar.close), before\n"
        "    found = ring_value(state.before, 1)\n",
    )
    source = source.replace("Values(float(bars), seen(bar, bars))", "Values(float(bars), found - 98.0)")
    source = source.replace(
        "\nfrom chalicelib.strategy",
        "\nfrom chalicelib.kernel.indicators import Ring, ring, ring_step, ring_value\nfrom chalicelib.strategy",
        1,
    )
    kept = from_source(source + "    return 1.0\n", "mine.py", "mine.py")
    with pytest.raises(BadInput, match="compiled: it must be the same"):
        prepare(StrategyRule(kept, kept.form.settings()), market(), fastest(), silent)


def test_an_engine_that_compiles_nothing_is_not_compared() -> None:
    prepare(rule_of(SEEN["an int that wraps"]), market(), PLAIN, silent)


@pytest.mark.parametrize(("lasts", "refused"), [(999, True), (1_000, False)])
def test_the_first_thousand_bars_are_compared(lasts: int, refused: bool) -> None:
    late = tape_of([wave("AAAUSDT", 1_100, 1), wave("BBBUSDT", 1_200, 2)])
    late.close[0, :50] = float("nan")
    rule = rule_of(SEEN["an int that wraps"], lasts)
    if refused:
        with pytest.raises(BadInput, match="stop of what is held"):
            prepare(rule, late, fastest(), silent)
    else:
        prepare(rule, late, fastest(), silent)


def test_a_backtest_and_a_search_refuse_it_when_they_read_the_market(tmp_path: Path) -> None:
    file = tmp_path / "mine.py"
    file.write_text(f"{FILE}{SEEN['an int that wraps']}\n")
    candles = tmp_path / "AAAUSDT_1m.csv"
    candle_file(candles, wave("AAAUSDT", 60, 1))
    source = Source(str(candles), overrides=(f"strategy.file={file}",))
    with pytest.raises(BadInput, match=r"^mine\.py, at bar 2023-11-14T22:14Z: stop of what is held is "):
        load(source, silent, unseen)


def test_a_first_compile_is_told_of_whatever_it_is_of_and_a_kept_one_is_not(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    strategy = built_in("rsi_sentiment")
    rule = StrategyRule(strategy, strategy.form.settings())
    prepare(rule, market(), fastest(), silent)
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    lines: list[str] = []
    prepare(rule, market(), fastest(), lines.append)
    tell_first_compile(fastest(), lines.append)
    tell_first_compile(PLAIN, lines.append)
    assert lines == [
        "compiling rsi_sentiment, once: some seconds",
        "compiling what goes over the minutes, once: some seconds",
    ]
    compiled.folder_of().mkdir(parents=True)
    (compiled.folder_of() / "walk.nbi").touch()
    prepare(rule, market(), fastest(), lines.append)
    tell_first_compile(fastest(), lines.append)
    assert len(lines) == 2
