"""What the built-in strategies want at closes that were made for it, and what all of them have in common."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import pytest

from chalicelib import wiring
from chalicelib.config import load_config
from chalicelib.kernel.bar import Bar
from chalicelib.kernel.choice import WAIT, Choice, enter, hold, leave
from chalicelib.kernel.codes import ENTER
from chalicelib.strategy.loader import built_in, built_in_names
from chalicelib.strategy.rule import StrategyRule
from chalicelib.strategy.warm_up import candles_until_known
from tests.kernel_cases import CASH
from tests.support.markets import wave
from tests.support.strategy_cases import CASES
from trader.backtest.baselines import buy_and_hold
from trader.backtest.engine import PLAIN, ParameterSet, run_one
from trader.backtest.market import tape_of
from trader.backtest.walk import PRICE, QUANTITY

NEED_NOTHING = {"buy_and_hold"}


def rule(name: str, **settings: float) -> StrategyRule:
    strategy = built_in(name)
    return StrategyRule(strategy, strategy.form.settings(**settings))


def decided(tried: StrategyRule, close: float, held: bool, **values: float) -> Choice:
    """What is wanted where these values are seen, NaN where none is given."""
    seen: Any = tried.undefined
    return tried.decide(seen._replace(**values), close, (), held)


def bars_at(closes: Sequence[float]) -> list[Bar]:
    """A bar a minute that closes at each, half a unit wide to either side."""
    return [Bar(60_000 * row, at, at + 0.5, at - 0.5, at, 1.0) for row, at in enumerate(closes)]


@pytest.mark.parametrize("name", built_in_names())
def test_nothing_is_entered_or_left_while_nothing_is_known(name: str) -> None:
    wanted = [decided(rule(name), 100.0, held) == WAIT for held in (False, True)]
    assert wanted == [name not in NEED_NOTHING, True]


@pytest.mark.parametrize("name", built_in_names())
def test_each_says_what_it_is_and_has_bounds_for_every_number(name: str) -> None:
    form = built_in(name).form
    assert set(form.limits) == set(form.settings._fields)
    assert (built_in(name).module.__doc__ or "").count(".") == 1
    assert {"rsi_sentiment", "signals", *CASES} >= set(built_in_names())


@pytest.mark.parametrize("name", built_in_names())
def test_a_live_agents_candles_are_enough_to_know_every_value(name: str) -> None:
    known = candles_until_known(rule(name))
    assert set(known) == set(built_in(name).form.values._fields)
    assert max(known.values()) <= 200


def test_macd_trend_enters_at_a_cross_above_the_trend() -> None:
    tried = rule("macd_trend", stop_atr=2.0)
    seen = {"macd": 2.0, "smoothed": 1.0, "trend": 99.0, "atr": 3.0}
    assert decided(tried, 100.0, False, crossed=1.0, **seen) == enter(stop=94.0, reason=0)
    assert decided(tried, 100.0, False, crossed=0.0, **seen) == WAIT
    assert decided(tried, 99.0, False, crossed=1.0, **seen) == WAIT
    assert decided(tried, 6.0, False, crossed=1.0, **{**seen, "trend": 5.0}) == WAIT


def test_macd_trend_leaves_below_its_average_and_raises_its_stop_before() -> None:
    tried = rule("macd_trend", stop_atr=2.0)
    assert decided(tried, 100.0, True, macd=1.0, smoothed=1.0, atr=3.0) == hold(stop=94.0)
    assert decided(tried, 100.0, True, macd=0.9, smoothed=1.0, atr=3.0) == leave(1)


def test_macd_trend_says_what_held_at_a_close() -> None:
    tried = rule("macd_trend")
    rising, falling = (2.0, 1.0, 99.0, 3.0, 0.0), (1.0, 2.0, 101.0, 3.0, 0.0)
    values: Any = type(tried.undefined)
    assert tried.signals(values(*rising), 100.0) == ("SpeedUp", "TrendUp")
    assert tried.signals(values(*falling), 100.0) == ("SpeedDown", "TrendDown")
    assert tried.signals(tried.undefined, 100.0) == ()


def test_macd_crosses_once_where_the_price_turns() -> None:
    tried = rule("macd_trend", fast=2, slow=4, smooth=2, trend=2, atr=2)
    prices = [100.0 - step for step in range(12)] + [89.0 + step for step in range(12)]
    state, crossed = tried.start(), []
    for bar in bars_at(prices):
        state, values = tried.observe(state, bar)
        crossed.append(values.crossed)  # type: ignore[attr-defined]
    assert sum(crossed) == 1.0
    assert crossed.index(1.0) in range(12, 16)


def test_donchian_breakout_enters_above_its_channel_and_leaves_below_it() -> None:
    tried = rule("donchian_breakout", stop_atr=2.0)
    seen = {"upper": 100.0, "lower": 90.0, "atr": 3.0}
    assert decided(tried, 100.1, False, **seen) == enter(stop=100.1 - 6.0, reason=0)
    assert decided(tried, 100.0, False, **seen) == WAIT
    assert decided(tried, 5.0, False, **{**seen, "upper": 4.0}) == WAIT
    assert decided(tried, 89.9, True, **seen) == leave(1)
    assert decided(tried, 90.0, True, **seen) == WAIT


def test_donchian_breakout_sees_the_channel_before_the_bar_and_the_range_after_it() -> None:
    tried = rule("donchian_breakout", entry=3, exit=2, atr=2)
    seen: list[Any] = []
    state = tried.start()
    for bar in bars_at([10.0, 12.0, 11.0, 15.0, 14.0]):
        state, values = tried.observe(state, bar)
        seen.append(values)
    assert [values.upper for values in seen[3:]] == [12.5, 15.5]
    assert [values.lower for values in seen[2:]] == [9.5, 10.5, 10.5]
    assert [np.isnan(values.upper) for values in seen] == [True, True, True, False, False]
    assert seen[2].atr == pytest.approx((2.5 + 1.5) / 2)


def test_donchian_breakout_says_which_end_a_close_broke() -> None:
    tried = rule("donchian_breakout")
    values: Any = type(tried.undefined)
    told = [tried.signals(values(100.0, 90.0, 3.0), close) for close in (101.0, 95.0, 89.0)]
    assert told == [("ChannelBreakUp",), (), ("ChannelBreakDown",)]


def test_bollinger_reversion_enters_below_the_band_and_leaves_at_the_middle() -> None:
    tried = rule("bollinger_reversion", stop_atr=2.0)
    seen = {"upper": 110.0, "middle": 100.0, "lower": 90.0, "atr": 3.0}
    assert decided(tried, 89.0, False, **seen) == enter(stop=83.0, reason=0)
    assert decided(tried, 90.0, False, **seen) == WAIT
    assert decided(tried, 5.0, False, **seen) == WAIT
    assert decided(tried, 99.9, True, **seen) == WAIT
    assert decided(tried, 100.0, True, **seen) == leave(1)
    values: Any = type(tried.undefined)
    told = [tried.signals(values(**seen), close) for close in (111.0, 100.0, 89.0)]
    assert told == [("BandBreakUp",), (), ("BandBreakDown",)]


def test_bollinger_reversion_sees_the_bands_of_its_width() -> None:
    tried = rule("bollinger_reversion", period=4, width=1.5, atr=2)
    state, seen = tried.start(), []
    for bar in bars_at([10.0, 12.0, 11.0, 15.0]):
        state, values = tried.observe(state, bar)
        seen.append(values)
    last: Any = seen[-1]
    reach = 1.5 * float(np.std([10.0, 12.0, 11.0, 15.0]))
    assert last[:3] == pytest.approx((12.0 + reach, 12.0, 12.0 - reach))
    assert np.isnan(seen[-2]).tolist() == [True, True, True, False]


def test_dca_buys_at_the_first_bar_and_then_in_turn_whatever_is_held() -> None:
    tried = rule("dca", every=3)
    state, bought = tried.start(), []
    for bar in bars_at([10.0, 11.0, 12.0, 13.0, 14.0, 15.0, 16.0]):
        state, values = tried.observe(state, bar)
        wanted = {tried.decide(values, bar.close, (), held) for held in (False, True)}
        bought.append(wanted == {enter(stop=bar.close / 1000.0, take_profit=bar.close * 1000.0)})
        assert len(wanted - {WAIT}) == bought[-1]
    assert bought == [True, False, False, True, False, False, True]


def test_dca_adds_up_as_many_buys_as_risk_lets_it() -> None:
    tape = tape_of([wave("BTCUSDT", 1_000, 3)])
    for most in (1, 3, 100):
        settings = ["strategy.name=dca", "strategy.settings.every=100", f"risk.max_entries={most}"]
        amount = ["risk.sizing=amount", "risk.entry_amount=50", "risk.max_exposure=0"]
        rules = wiring.rules(load_config(None, [*settings, *amount]), {})
        run = run_one(tape, ParameterSet(rules.rule, rules.params), CASH, engine=PLAIN)
        paid = run.walked.amounts[:, PRICE] * run.walked.amounts[:, QUANTITY]
        assert len(paid) == min(most, 10)
        np.testing.assert_allclose(paid, 50.0, rtol=0.02)


def test_buy_and_hold_buys_once_and_earns_what_holding_earns() -> None:
    tape = tape_of([wave("BTCUSDT", 2_000, 3)])
    settings = ["strategy.name=buy_and_hold", "risk.max_exposure=0", "risk.daily_loss_limit=0", "fees.rate=0"]
    rules = wiring.rules(load_config(None, settings), {})
    run = run_one(tape, ParameterSet(rules.rule, rules.params), CASH, engine=PLAIN)
    assert len(run.walked.words) == 1
    held = buy_and_hold(tape, CASH)
    bought_later = tape.close[0, 0] / run.walked.amounts[0, PRICE]
    np.testing.assert_allclose(run.equity[1:], held[1:] * bought_later, rtol=1e-9)


def test_buy_and_hold_buys_for_the_fraction_that_is_asked_for() -> None:
    for held, wanted in ((False, enter(0.25, 0.1, 100_000.0)), (True, WAIT)):
        assert decided(rule("buy_and_hold", size=0.25), 100.0, held) == wanted
    assert decided(rule("buy_and_hold"), 100.0, False).action == ENTER
