"""Candles folded into indicator states: once each, in order, whatever the batches and whoever else folds."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace
from typing import Any

import pytest

from chalicelib import wiring
from chalicelib.adapters.sqlite import Database, SqliteCandleStore
from chalicelib.domain import Candle, Tick
from chalicelib.errors import Unavailable
from chalicelib.kernel.bar import Bar
from chalicelib.services.update_indicators import PAGE, UpdateIndicators
from chalicelib.services.warm_up import Begun, indicator_key
from chalicelib.strategies import rsi_sentiment
from chalicelib.strategies.rsi_sentiment import Settings, State, Values
from chalicelib.strategy.rule import StrategyRule
from chalicelib.strategy.settings import rule_with
from tests.kernel_cases import RULE, rsi_rule
from tests.support.desk import open_of
from tests.support.strategy_cases import strategy


def candles(first: int, count: int) -> list[Candle]:
    closes = [100.0 + (minute * 37 % 11) for minute in range(first, first + count)]
    return [
        Candle("AAAUSDT", open_of(minute), close, close, close, close, 1.0)
        for minute, close in enumerate(closes, start=first)
    ]


@pytest.fixture
def stores() -> Iterator[wiring.Stores]:
    with Database(":memory:") as database:
        yield wiring.stores_over(database)


def use_case(stores: wiring.Stores, period: int = 14) -> UpdateIndicators:
    return UpdateIndicators(stores.candles, stores.indicators, ("AAAUSDT",), rsi_rule(rsi_period=period))


def ticks(stores: wiring.Stores, period: int = 14) -> list[Tick]:
    return stores.indicators.ticks(indicator_key("AAAUSDT", rsi_rule(rsi_period=period)), None, 100_000)


def observing(observe: Callable[..., tuple[State, Values]]) -> StrategyRule:
    """The default rule with another way to take a bar."""
    strategy = RULE.strategy
    return replace(RULE, strategy=replace(strategy, form=replace(strategy.form, observe=observe)))


def test_every_candle_is_folded_once_in_order(stores: wiring.Stores) -> None:
    stores.candles.append(candles(0, 2 * PAGE + 500))
    assert use_case(stores).run() == 2 * PAGE + 500
    assert use_case(stores).run() == 0
    found = ticks(stores)
    assert [tick.candle.open_ms for tick in found] == [open_of(minute) for minute in range(2 * PAGE + 500)]


def test_one_by_one_gives_the_snapshots_of_all_at_once(stores: wiring.Stores) -> None:
    for candle in candles(0, 300):
        stores.candles.append([candle])
        assert use_case(stores).run() == 1
    with Database(":memory:") as database:
        at_once = wiring.stores_over(database)
        at_once.candles.append(candles(0, 300))
        use_case(at_once).run()
        assert repr(ticks(at_once)) == repr(ticks(stores))  # repr: undefined values are NaN
    assert ticks(stores)[-1].snapshot["rsi"] == ticks(stores)[-1].snapshot["rsi"]


def test_each_rsi_period_has_its_own_state(stores: wiring.Stores) -> None:
    stores.candles.append(candles(0, 40))
    use_case(stores, 14).run()
    use_case(stores, 5).run()
    assert ticks(stores, 5)[-1].snapshot["rsi"] != ticks(stores, 14)[-1].snapshot["rsi"]
    assert ticks(stores, 5)[-1].snapshot["bb_upper"] == ticks(stores, 14)[-1].snapshot["bb_upper"]


def test_a_writer_that_came_second_changes_nothing(stores: wiring.Stores) -> None:
    stores.candles.append(candles(0, 30))
    overtaken: list[int] = []

    def observe(state: State, bar: Bar, settings: Settings) -> tuple[State, Values]:
        if not overtaken:  # while the first run computes, a second one folds the same candles
            overtaken.append(use_case(stores).run())
        return rsi_sentiment.observe(state, bar, settings)

    slow = UpdateIndicators(stores.candles, stores.indicators, ("AAAUSDT",), observing(observe))
    assert slow.run() == 0
    assert overtaken == [30]
    assert len(ticks(stores)) == 30
    assert stores.indicators.load(indicator_key("AAAUSDT", RULE)).version == 1


def test_a_writer_that_lost_to_one_who_knew_less_folds_the_rest(stores: wiring.Stores) -> None:
    """Else its round, in which the newest candle was stored, would be handed on without that candle's snapshot."""
    stores.candles.append(candles(0, 29))
    overtaken: list[int] = []

    def observe(state: State, bar: Bar, settings: Settings) -> tuple[State, Values]:
        if not overtaken:
            with Database(":memory:") as database:
                short = wiring.stores_over(database)
                short.candles.append(candles(0, 29))
                other = UpdateIndicators(short.candles, stores.indicators, ("AAAUSDT",), RULE)
                overtaken.append(other.run())
        return rsi_sentiment.observe(state, bar, settings)

    stores.candles.append(candles(29, 1))
    late = UpdateIndicators(stores.candles, stores.indicators, ("AAAUSDT",), observing(observe))
    assert late.run() == 1
    assert overtaken == [29]
    assert [tick.candle.open_ms for tick in ticks(stores)] == [open_of(minute) for minute in range(30)]


def test_without_candles_there_is_no_state(stores: wiring.Stores) -> None:
    assert use_case(stores).run() == 0
    assert stores.indicators.load(indicator_key("AAAUSDT", RULE)).cursor_ms is None


class OneUnreadable(SqliteCandleStore):
    """Candles of a database that does not answer for one symbol."""

    def after(self, symbol: str, open_ms: int | None, limit: int) -> list[Candle]:
        if symbol == "BROKEN":
            raise Unavailable("candles of BROKEN: throttled")
        return super().after(symbol, open_ms, limit)


def test_a_symbol_that_fails_keeps_no_other_from_being_folded() -> None:
    with Database(":memory:") as database:
        stores = wiring.stores_over(database)
        stores.candles.append(candles(0, 40))
        failing = UpdateIndicators(OneUnreadable(database), stores.indicators, ("BROKEN", "AAAUSDT"), RULE)
        with pytest.raises(Unavailable, match="candles of BROKEN"):
            failing.run()
        assert len(ticks(stores)) == 40


@pytest.mark.parametrize("odd", [{"rsi": 1}, [1, 2], "text", 7.0, {}])
def test_a_state_that_cannot_be_read_is_folded_anew(stores: wiring.Stores, odd: object) -> None:
    stores.candles.append(candles(0, 60))
    use_case(stores).run()
    expected = ticks(stores)
    key = indicator_key("AAAUSDT", rsi_rule(rsi_period=14))
    record = stores.indicators.load(key)
    stores.indicators.commit(replace(record, version=record.version + 1, state=odd), [])
    stores.candles.append(candles(60, 5))
    update = use_case(stores)
    assert update.run() == 65
    assert update.begun == {"AAAUSDT": Begun(65)}
    whole = ticks(stores)
    assert whole[:60] == expected
    with Database(":memory:") as other:
        untouched = wiring.stores_over(other)
        untouched.candles.append(candles(0, 65))
        use_case(untouched).run()
        assert ticks(untouched) == whole


def test_what_a_version_with_one_strategy_kept_is_taken_over(stores: wiring.Stores) -> None:
    """Under the key that it had: another state would differ in its last bits until the old beginning is forgotten."""
    stores.candles.append(candles(0, 300))
    use_case(stores).run()
    key = indicator_key("AAAUSDT", rsi_rule(rsi_period=14))
    kept = stores.indicators.load(key)
    with Database(":memory:") as database:
        older = wiring.stores_over(database)
        older.candles.append(candles(250, 60))
        older.indicators.commit(replace(kept, key="AAAUSDT/14", version=1), ticks(stores)[-100:])
        assert use_case(older).run() == 10
        stores.candles.append(candles(300, 10))
        use_case(stores).run()
        assert older.indicators.load(key).state == stores.indicators.load(key).state
        assert ticks(older) == ticks(stores)[-70:]


CHANNEL = rule_with(strategy("channel"), {"entry": 3, "exit": 4, "back": 5})
"""Its state has windows, which `observe` changes in place."""


def channel(stores: wiring.Stores, rule: StrategyRule = CHANNEL) -> UpdateIndicators:
    return UpdateIndicators(stores.candles, stores.indicators, ("AAAUSDT",), rule)


def channel_snapshots(stores: wiring.Stores) -> list[str]:
    """What was seen, minute by minute; undefined values are NaN, which equals nothing."""
    return [repr(tick.snapshot) for tick in stores.indicators.ticks(indicator_key("AAAUSDT", CHANNEL), None, 100)]


def of_channel(observe: Callable[..., Any]) -> StrategyRule:
    return replace(CHANNEL, strategy=replace(CHANNEL.strategy, form=replace(CHANNEL.strategy.form, observe=observe)))


@pytest.mark.parametrize("remembered", [True, False])
def test_a_window_is_what_it_was_before_a_candle_that_failed(stores: wiring.Stores, remembered: bool) -> None:
    """As if the candle had not been there: its `observe` fails once it has changed every window."""
    failing, extreme = candles(8, 1)[0], 9_999.0

    def observe(state: Any, bar: Bar, settings: Any) -> Any:
        found = CHANNEL.strategy.form.observe(state, bar, settings)
        if bar.high == extreme:
            raise ValueError("too high")
        return found

    stores.candles.append([*candles(0, 8), replace(failing, high=extreme), *candles(9, 12)][:9])
    use = channel(stores, of_channel(observe))
    use.run()
    stores.candles.append(candles(9, 12))
    (use if remembered else channel(stores, of_channel(observe))).run()
    with Database(":memory:") as database:
        never = wiring.stores_over(database)
        never.candles.append([*candles(0, 8), *candles(9, 12)])
        channel(never).run()
        expected = channel_snapshots(never)
    found = channel_snapshots(stores)
    assert found.pop(8) == "{}"
    assert found == expected


def test_windows_are_whole_after_a_run_that_lost(stores: wiring.Stores) -> None:
    """The first run folds a candle that another one folds meanwhile, and goes on with what that one left."""
    stores.candles.append(candles(0, 10))
    slow = channel(stores)
    slow.run()
    overtaken: list[int] = []

    def observe(state: Any, bar: Bar, settings: Any) -> Any:
        if not overtaken:
            overtaken.append(channel(stores).run())
        return CHANNEL.strategy.form.observe(state, bar, settings)

    slow.rule = of_channel(observe)
    stores.candles.append(candles(10, 3))
    slow.run()
    stores.candles.append(candles(13, 7))
    slow.run()
    with Database(":memory:") as database:
        alone = wiring.stores_over(database)
        alone.candles.append(candles(0, 20))
        channel(alone).run()
        assert channel_snapshots(stores) == channel_snapshots(alone)
    assert overtaken == [3]
