"""A strategy that wants something else compiled, or later bars missing, is found out over the market."""

from __future__ import annotations

from contextlib import nullcontext
from dataclasses import replace
from itertools import count
from pathlib import Path
from typing import Any

import pytest

from chalicelib.config import Config
from chalicelib.kernel.choice import Choice
from chalicelib.strategy import WAIT, enter
from chalicelib.strategy.loader import built_in
from chalicelib.strategy.rule import Strategy, StrategyRule
from chalicelib.strategy.settings import rule_with
from tests.support.markets import wave
from tests.support.strategy_cases import strategy
from trader.backtest import engine, rule_signals
from trader.backtest.compiled_strategy import compiled
from trader.backtest.rule_signals import RuleSignals, unfilled
from trader.checks.strategy_engines import engine_finding
from trader.checks.strategy_file import file_findings
from trader.checks.strategy_history import look_ahead_finding, warm_up_finding
from trader.checks.strategy_market import checked_market, generated, ground_of, made_up

HONEST = built_in("ema_cross")
GROUND = ground_of([wave("AAAUSDT", 500, 1), wave("BBBUSDT", 450, 2)])


def silent(length: int | None, label: str) -> Any:
    return nullcontext(lambda steps: None)


def with_decide(decide: Any, rule_hash: str = HONEST.hash) -> StrategyRule:
    """The honest strategy with another function in place of its own."""
    strategy: Strategy = replace(HONEST, hash=rule_hash, form=replace(HONEST.form, decide=decide))
    return StrategyRule(strategy, strategy.form.settings())


def eager(values: Any, close: float, inputs: Any, in_position: bool, settings: Any) -> Choice:
    return WAIT if in_position or close < 100.0 else enter()


def test_a_strategy_that_wants_another_thing_compiled_is_named_with_the_bar() -> None:
    assert compiled(HONEST).obstacle == ""
    market = checked_market(GROUND, StrategyRule(HONEST, HONEST.form.settings()), Config())
    assert engine_finding(market, GROUND, is_compiled=True).holds is True
    planted = checked_market(GROUND, with_decide(eager), Config())
    found = engine_finding(planted, GROUND, is_compiled=True)
    assert found.holds is False
    assert found.words == "wanted if flat of AAAUSDT at 2023-11-14 22:14:00Z is 65 in plain Python, 0 compiled"


def test_what_stands_where_nothing_is_wanted_is_no_difference(monkeypatch: pytest.MonkeyPatch) -> None:
    """Memory is taken as it comes, and another time other things stand in it."""
    rubbish = count(1.5)

    def littered(kind: Strategy, shape: tuple[int, ...], adding: bool = False) -> RuleSignals:
        made = unfilled(kind, shape, adding)
        for rows in made[3:]:
            rows.fill(next(rubbish))
        return made

    monkeypatch.setattr(engine, "unfilled", littered)
    monkeypatch.setattr(rule_signals, "unfilled", littered)
    parts = strategy("three_targets")
    for interval_ms in (60_000, 300_000):
        rule = StrategyRule(parts, parts.form.settings(), interval_ms=interval_ms)
        found = engine_finding(checked_market(GROUND, rule, Config()), GROUND, is_compiled=True)
        assert found.holds is True, found.words


def test_a_strategy_that_knows_a_later_close_is_named_with_the_bar() -> None:
    """What this process knows of the last bar, the one that is told of each bar in turn cannot."""
    later = {"close": GROUND.tape.close[0, -1].item()}  # a dict: nothing of it is compiled and kept

    def knowing(values: Any, close: float, inputs: Any, in_position: bool, settings: Any) -> Choice:
        return eager(values, close, inputs, in_position, settings) if later["close"] > 0.0 else WAIT

    market = checked_market(GROUND, with_decide(knowing, "0" * 16), Config())
    found = look_ahead_finding(market, GROUND.symbols, 10, False, silent)
    assert found.holds is False
    assert found.words.startswith("wishes of the strategy: wanted if flat of AAAUSDT at 2023-11-14 22:14:00Z is 65")
    honest = checked_market(GROUND, StrategyRule(HONEST, HONEST.form.settings()), Config())
    assert look_ahead_finding(honest, GROUND.symbols, 10, True, silent).holds is True


def test_an_honest_strategy_of_longer_bars_is_told_of_those_bars_one_by_one() -> None:
    rule = StrategyRule(HONEST, HONEST.form.settings(), interval_ms=300_000)
    found = look_ahead_finding(checked_market(GROUND, rule, Config()), GROUND.symbols, 10, True, silent)
    assert found.holds is True, found.words


def test_a_strategy_that_reads_sentiment_is_given_all_kinds_of_it() -> None:
    busy = {"rsi_period": 3, "rsi_buy": 48.0, "rsi_sell": 52.0}
    counts = []
    for setting in ({}, {"sentiment_buy": -1.0}, {"sentiment_sell": -1.0}):
        rule = rule_with(built_in("rsi_sentiment"), {**busy, **setting})
        counts.append(engine_finding(checked_market(GROUND, rule, Config()), GROUND, is_compiled=False).figures)
    entries, exits = ([int(str(each[name])) for each in counts] for name in ("entries", "exits"))
    assert 0 < entries[0] == entries[2] < entries[1]
    assert 0 < exits[2] < exits[0] == exits[1]


def test_warm_up_is_that_of_the_slowest_value_and_symbol() -> None:
    market = checked_market(GROUND, StrategyRule(HONEST, HONEST.form.settings(slow=60)), Config())
    found = warm_up_finding(market, GROUND.symbols, silent)
    assert found.figures["defined_after"] == 60
    assert found.figures["agrees_after"] is None
    assert found.words.endswith(f"after more than {found.figures['compared']}")
    short = ground_of([wave("AAAUSDT", 500, 1), wave("BBBUSDT", 19, 2)])
    few = warm_up_finding(replace(market, tape=short.tape), short.symbols, silent)
    assert few.words == "not measured over 19 bars of 1m: at least 20 are needed, give more --candles"


def test_warm_up_of_hours_is_held_to_the_hours_of_a_live_start() -> None:
    ground = ground_of([wave("AAAUSDT", 300 * 60, 1)])
    rule = StrategyRule(HONEST, HONEST.form.settings(slow=60), interval_ms=3_600_000)
    found = warm_up_finding(checked_market(ground, rule, Config()), ground.symbols, silent)
    assert found.words.endswith("where a live agent begins with 200")
    assert (found.figures["defined_after"], ground.words) == (60, "18,000 minutes of AAAUSDT")


def test_the_market_that_is_made_up_is_the_same_each_time_and_has_gaps_and_moods() -> None:
    one, two = generated(), generated()
    assert (one.close == two.close).all()
    assert (one.open_ms[1:] - one.open_ms[:-1]).max() > 60_000
    moods = made_up(GROUND.tape.close, 1)
    assert moods.shape == GROUND.tape.close.shape
    assert -1.0 <= moods.min() < -0.5 < 0.5 < moods.max() <= 1.0
    assert (moods == made_up(GROUND.tape.close, 1)).all()


def test_a_reason_that_may_be_meant_for_a_part_is_told_by_its_line(tmp_path: Path) -> None:
    file = tmp_path / "mine.py"
    source = HONEST.source.replace("leave(TREND_OVER)", "leave(1)")
    file.write_text(source, "utf-8")
    told = [found for found in file_findings(file) if found.name == "exits"]
    line = next(number for number, each in enumerate(source.splitlines(), 1) if "leave(1)" in each)
    assert [(found.holds, found.words) for found in told] == [
        (None, f"line {line}: `leave(1)` sells all for reason 1; a part that stays is leave(keep=0.5)")
    ]
    file.write_text(HONEST.source, "utf-8")
    assert not [found for found in file_findings(file) if found.name == "exits"]
