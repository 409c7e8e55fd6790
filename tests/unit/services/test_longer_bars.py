"""Bars of fifteen minutes by the clock: what leaves a record, what is caught up with, what waits, what a halt does."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace
from typing import Any

import pytest

from chalicelib import wiring, words
from chalicelib.adapters.sqlite import Database, SqliteCandleStore
from chalicelib.domain import MINUTE_MS, Change, HaltFlag, Reason
from chalicelib.services.liveness import Pulse, liveness
from chalicelib.services.ready_minutes import UNSEEN
from chalicelib.services.silence import SilenceWatch
from chalicelib.services.supervise import ErrorLimit, SupervisedTrade
from chalicelib.services.warm_up import indicator_key
from tests.support.desk import Desk, after_close, open_of, outcomes
from tests.support.world import AGENT

BAR = 15
FIRST = 1
"""Number of the minute at which a first whole bar begins."""
PAIR = ("AAAUSDT", "BBBUSDT")
SETTINGS = ("strategy.interval=15m", "risk.stop_loss=0.05", "risk.daily_loss_limit=0")
FALLING = (100.0, 99.0, 98.0)


def close_minute(bar: int) -> int:
    """Number of the last minute of a bar."""
    return FIRST + bar * BAR + BAR - 1


@contextmanager
def shop_of(symbols: Sequence[str] = ("AAAUSDT",), *more: str) -> Iterator[Desk]:
    with Database(":memory:") as database:
        yield Desk(database, symbols, (*SETTINGS, *more))


def bars(shop: Desk, first_bar: int, *closes: float, symbols: Sequence[str] = ("AAAUSDT",)) -> list[Change]:
    """Feed whole bars and trade each minute, three seconds after its close."""
    changes: list[Change] = []
    for bar, close in enumerate(closes, start=first_bar):
        for minute in range(FIRST + bar * BAR, close_minute(bar) + 1):
            for symbol in symbols:
                shop.feed(symbol, minute, close)
            changes.extend(shop.trade(after_close(minute, 3)))
    return changes


def told(changes: Sequence[Change], symbol: str = "AAAUSDT") -> list[tuple[int, str]]:
    return [
        (change.decisions[0].minute_ms, outcome)
        for change, outcome in zip(changes, outcomes(changes, symbol), strict=True)
    ]


def held(shop: Desk) -> None:
    """A position from the third close on."""
    bars(shop, 0, *FALLING)
    shop.feed("AAAUSDT", close_minute(2) + 1, 98.0)
    shop.trade(after_close(close_minute(2) + 1, 3))
    assert shop.held() > 0.0


def test_a_minute_between_two_closes_in_which_nothing_is_held_leaves_no_trace() -> None:
    with shop_of() as shop:
        changes = bars(shop, 0, 100.0, 101.0, 102.0)
        assert told(changes) == [(open_of(close_minute(bar)), "nothing wanted") for bar in range(3)]
        assert shop.portfolio().version == 3


def test_held_and_ordered_minutes_are_settled_between_two_closes_and_decide_nothing() -> None:
    with shop_of() as shop:
        changes = bars(shop, 0, *FALLING, 98.0)
        assert outcomes(changes) == ["nothing wanted"] * 2 + ["ordered"] + [words.BETWEEN] * 14 + ["nothing wanted"]
        [fill] = [fill for change in changes for fill in change.fills]
        assert fill.time_ms == open_of(close_minute(2) + 1)
        between = changes[3].decisions[0]
        assert (between.bar, between.action, between.snapshot, between.error) == (None, "hold", {}, "")
        assert between.candle is not None


def test_a_stop_is_met_in_the_very_minute_that_touches_it() -> None:
    with shop_of() as shop:
        held(shop)
        minute = close_minute(2) + 4
        for between in (minute - 2, minute - 1):
            shop.feed("AAAUSDT", between, 98.0)
        shop.feed("AAAUSDT", minute, 97.0, low=80.0)
        changes = shop.trade(after_close(minute, 3))
        assert [change.trades[0].reason for change in changes if change.trades] == [Reason.STOP_LOSS]
        assert shop.portfolio().minute_ms == open_of(minute)
        shop.feed("AAAUSDT", minute + 1, 97.0)
        assert shop.trade(after_close(minute + 1, 3)) == ()


def test_after_an_outage_the_newest_minute_decides_the_newest_bar_that_is_over() -> None:
    with shop_of() as shop:
        bars(shop, 0, *FALLING[:2])
        late = close_minute(2) + 2
        shop.feed("AAAUSDT", FIRST + 2 * BAR, *[98.0] * (BAR + 2))
        changes = shop.trade(after_close(late, 3))
        assert told(changes) == [(open_of(close_minute(2)), "missed"), (open_of(late), "ordered")]
        assert changes[0].decisions[0].bar == changes[1].decisions[0].bar
        assert changes[1].decisions[0].candle != changes[0].decisions[0].candle
        assert not changes[1].portfolio.slots["AAAUSDT"].bar_over  # a bar of cooldown is counted once
        shop.feed("AAAUSDT", late + 1, 97.0)
        [change] = shop.trade(after_close(late + 1, 3))
        assert [fill.time_ms for fill in change.fills] == [open_of(late + 1)]  # never at a price of the past


def test_after_an_outage_no_bar_that_is_too_old_is_decided_and_its_close_is_told() -> None:
    with shop_of() as shop:
        bars(shop, 0, *FALLING[:2])
        shop.feed("AAAUSDT", FIRST + 2 * BAR, *[98.0] * (BAR + 5))
        assert told(shop.trade(after_close(close_minute(2) + 5, 3))) == [(open_of(close_minute(2)), "missed")]
        assert shop.portfolio().orders == ()


@pytest.mark.parametrize(("seconds", "outcome"), [(180, "ordered"), (181, "stale")])
def test_a_bar_that_closed_last_is_decided_while_it_is_fresh(seconds: int, outcome: str) -> None:
    with shop_of() as shop:
        bars(shop, 0, *FALLING[:2])
        shop.feed("AAAUSDT", FIRST + 2 * BAR, *[98.0] * BAR)
        assert outcomes(shop.trade(after_close(close_minute(2), seconds))) == [outcome]


def test_a_bar_over_late_is_decided_once_and_only_while_it_is_fresh() -> None:
    with shop_of(("AAAUSDT",)) as shop:
        bars(shop, 0, *FALLING[:2])
        shop.feed("AAAUSDT", FIRST + 2 * BAR, *[98.0] * (BAR - 1))  # its last minute never comes
        shop.trade(after_close(close_minute(2), 30))
        late = close_minute(2) + 1
        shop.feed("AAAUSDT", late, 97.5)
        [change] = shop.trade(after_close(late, 3))
        decision = change.decisions[0]
        assert (decision.minute_ms, decision.outcome) == (open_of(late), "ordered")
        assert decision.bar is not None
        assert (decision.bar.open_ms, decision.bar.volume) == (open_of(FIRST + 2 * BAR), BAR - 1.0)
        shop.feed("AAAUSDT", late + 1, 97.0)
        assert outcomes(shop.trade(after_close(late + 1, 3))) == [words.BETWEEN]


def test_a_symbol_whose_candles_stay_away_at_the_close_is_looked_for_in_each_minute_until_its_bar_is_over() -> None:
    with shop_of(PAIR) as shop:
        bars(shop, 0, *FALLING[:2], symbols=PAIR)
        shop.feed("AAAUSDT", FIRST + 2 * BAR, *[101.0] * BAR)
        shop.feed("BBBUSDT", FIRST + 2 * BAR, *[98.0] * (BAR - 1))
        assert shop.trade(after_close(close_minute(2), 19)) == ()
        changes = shop.trade(after_close(close_minute(2), 20))
        assert (outcomes(changes), outcomes(changes, "BBBUSDT")) == (["nothing wanted"], ["missing"])
        assert shop.portfolio().unfinished == ("BBBUSDT",)
        late = close_minute(2) + 2
        shop.feed("AAAUSDT", late - 1, 101.0, 101.0)
        shop.feed("BBBUSDT", late, 97.0)
        changes = shop.trade(after_close(late, 3))
        assert (outcomes(changes), outcomes(changes, "BBBUSDT")) == ([words.BETWEEN], ["ordered"])
        assert shop.portfolio().unfinished == ()


def test_a_bar_that_is_fresh_waits_for_the_minute_in_which_it_can_be_decided() -> None:
    with shop_of(PAIR) as shop:
        bars(shop, 0, *FALLING[:2], symbols=PAIR)
        late = close_minute(2) + 1
        shop.feed("AAAUSDT", FIRST + 2 * BAR, *[98.0] * (BAR + 1))
        shop.feed("BBBUSDT", FIRST + 2 * BAR, *[98.0] * BAR)
        assert shop.trade(after_close(late, 3)) == ()  # its own minute is over, and of the newest a candle is missing
        changes = shop.trade(after_close(late, 21))
        assert outcomes(changes, "AAAUSDT") == ["missed", "ordered"]
        assert outcomes(changes, "BBBUSDT") == ["missed", "missing"]


def test_no_stop_waits_longer_than_a_minute_for_the_bar_that_might_be_decided() -> None:
    with shop_of(PAIR) as shop:
        bars(shop, 0, *FALLING[:2], symbols=PAIR)
        shop.feed("BBBUSDT", FIRST + 2 * BAR, *[98.0] * BAR)
        shop.feed("AAAUSDT", FIRST + 2 * BAR, *[98.0] * (BAR + 1))
        assert shop.trade(after_close(close_minute(2) + 1, 3)) == ()
        shop.feed("AAAUSDT", close_minute(2) + 2, 98.0)
        assert outcomes(shop.trade(after_close(close_minute(2) + 2, 3))) == ["missed"]


def test_a_halt_thrown_between_two_closes_orders_the_exit_in_the_next_minute() -> None:
    with shop_of() as shop:
        held(shop)
        minute = close_minute(2) + 2
        shop.stores.halts.throw(HaltFlag(AGENT, "a test", 0, flatten=True))  # and its thrower dies
        shop.feed("AAAUSDT", minute, 98.0)
        [change] = shop.trade(after_close(minute, 3))
        assert [fill.reason for fill in change.fills] == [Reason.KILL_SWITCH]  # written before, met by this minute
        assert shop.held() == 0.0


def test_an_entry_that_waits_is_withdrawn_by_a_halt_and_none_is_made_while_it_lasts() -> None:
    with shop_of() as shop:
        bars(shop, 0, *FALLING)
        assert shop.portfolio().orders
        shop.stores.halts.throw(HaltFlag(AGENT, "a test", 0))
        changes = bars(shop, 3, 97.0)
        assert outcomes(changes)[-1] == "halted"
        assert (shop.portfolio().orders, shop.stores.journal.fills(AGENT)) == ((), [])


def test_drawdown_halts_between_two_closes() -> None:
    with shop_of(("AAAUSDT",), "risk.stop_loss=0", "risk.max_drawdown=0.01", "risk.halt_action=flatten") as shop:
        held(shop)
        minute = close_minute(2) + 2
        shop.feed("AAAUSDT", minute, 90.0)
        [change] = shop.trade(after_close(minute, 3))
        assert [order.reason for order in change.portfolio.orders] == [Reason.KILL_SWITCH]


def test_where_the_stage_that_runs_the_strategy_stays_away_stops_go_on_and_its_closes_are_errors() -> None:
    with shop_of() as shop:
        held(shop)
        shop.indicators.symbols = ()  # it died
        shop.feed("AAAUSDT", close_minute(2) + 2, *[98.0] * (BAR - 1))
        changes = shop.trade(after_close(close_minute(3), 3))
        assert outcomes(changes) == [words.BETWEEN] * (BAR - 2)  # the close itself is waited for
        changes = shop.trade(after_close(close_minute(3), 20))
        assert (outcomes(changes), changes[0].decisions[0].error) == ([words.STRATEGY_ERROR], UNSEEN)
        assert shop.portfolio().strategy_errors == 1
        shop.feed("AAAUSDT", close_minute(3) + 1, 90.0)
        changes = shop.trade(after_close(close_minute(3) + 1, 20))
        assert [change.trades[0].reason for change in changes] == [Reason.STOP_LOSS]
        assert shop.portfolio().strategy_errors == 1


@pytest.mark.parametrize(("before", "after"), [("1m", "15m"), ("15m", "1m"), ("15m", "1h")])
def test_an_agent_goes_on_with_what_it_holds_when_its_bars_change(before: str, after: str) -> None:
    with Database(":memory:") as database:
        first = Desk(database, settings=(*SETTINGS, f"strategy.interval={before}"))
        for minute in range(FIRST, close_minute(3)):
            first.feed("AAAUSDT", minute, 100.0 - 0.01 * minute)
            first.trade(after_close(minute, 3))
        assert first.held() > 0.0
        second = Desk(database, settings=(*SETTINGS, f"strategy.interval={after}"))
        assert second.rules.config_hash != first.rules.config_hash
        minute = close_minute(3)
        second.feed("AAAUSDT", minute, 99.0)
        [*_, change] = second.trade(after_close(minute, 3))
        assert change.portfolio.minute_ms == open_of(minute)
        second.feed("AAAUSDT", minute + 1, 50.0, low=10.0)
        [change] = second.trade(after_close(minute + 1, 3))
        assert [trade.reason for trade in change.trades] == [Reason.STOP_LOSS]


class Counted:
    """Any port, with its calls counted."""

    def __init__(self, port: Any, calls: Counter[str]) -> None:
        self._port, self._calls = port, calls

    def __getattr__(self, name: str) -> Any:
        self._calls[name] += 1
        return getattr(self._port, name)


@pytest.mark.parametrize("interval", ["1h", "1d"])
def test_a_wake_up_between_two_closes_reads_the_portfolio_and_nothing_else(interval: str) -> None:
    with Database(":memory:") as database:
        calls: Counter[str] = Counter()
        plain = Desk(database, settings=(*SETTINGS, f"strategy.interval={interval}"))
        ports: dict[str, Any] = {
            name: Counted(getattr(plain.stores, name), calls)
            for name in ("portfolios", "halts", "candles", "indicators", "rules")
        }
        shop = Desk(
            database, settings=(*SETTINGS, f"strategy.interval={interval}"), stores=replace(plain.stores, **ports)
        )
        bar_minutes = shop.rules.rule.interval_ms // MINUTE_MS
        begins = -(-open_of(0) // (bar_minutes * MINUTE_MS)) * bar_minutes - open_of(0) // MINUTE_MS
        shop.feed("AAAUSDT", begins, *[100.0] * bar_minutes)
        shop.trade(after_close(begins + bar_minutes - 1, 3))
        assert shop.portfolio().version == 1
        for minute in range(begins + bar_minutes, begins + bar_minutes + 30):
            plain.stores.candles.append([replace(plain.stores.candles.last("AAAUSDT", 1)[0], open_ms=open_of(minute))])
            calls.clear()
            shop.indicators.run()
            assert calls == {"last": 1}
            calls.clear()
            assert shop.trade(after_close(minute, 3)) == ()
            assert calls == {"load": 1}


def supervised(shop: Desk) -> SupervisedTrade:
    stores = shop.stores
    watch = SilenceWatch(shop.rules.rule, 180_000, stores.portfolios, stores.candles, shop.told)
    limit = ErrorLimit(AGENT, 0, False)
    return SupervisedTrade(shop.use_case, stores.portfolios, stores.halts, stores.failures, shop.halt, limit, watch)


def test_no_record_between_two_closes_is_no_stall_and_no_silence() -> None:
    with shop_of() as shop:
        bars(shop, 0, 100.0, 101.0)
        trade = supervised(shop)
        for minute in range(FIRST + 2 * BAR, close_minute(2)):
            now_ms = after_close(minute, 40)
            shop.feed("AAAUSDT", minute, 101.0)
            trade.raise_if_stalled(trade.run(now_ms), now_ms)
            assert liveness(shop.portfolio(), Pulse(True, now_ms, now_ms, 900_000)).behind_minutes == 0
        assert shop.told.alerts == []


@pytest.mark.parametrize("holds", [False, True])
def test_candles_that_stay_away_are_told_by_the_age_of_the_record_that_is_due(holds: bool) -> None:
    with shop_of() as shop:
        if holds:
            held(shop)
        else:
            bars(shop, 0, 100.0, 101.0, 102.0)
        trade = supervised(shop)
        due = close_minute(2) + 2 if holds else close_minute(3)
        silent_ms = open_of(due) + 180_000
        trade.run(silent_ms)
        assert shop.told.alerts == []
        trade.run(silent_ms + 1)
        assert len(shop.told.alerts) == 1
        newest = close_minute(2) + (1 if holds else 0)
        assert shop.portfolio().silent == {"AAAUSDT": open_of(newest) + MINUTE_MS}


def test_a_preview_shows_the_newest_bar_until_the_next_should_be_over() -> None:
    with shop_of() as shop:
        bars(shop, 0, *FALLING)
        [decision] = shop.preview.run(after_close(close_minute(2), 60 * BAR + 180))
        assert decision.bar is not None
        assert decision.outcome == "order pending"
        [decision] = shop.preview.run(after_close(close_minute(2), 60 * BAR + 181))
        assert decision.outcome == "stale"


def test_states_and_ticks_move_at_closes_alone() -> None:
    with shop_of() as shop:
        bars(shop, 0, 100.0, 101.0)
        key = indicator_key("AAAUSDT", shop.rules.rule)
        record = shop.stores.indicators.load(key)
        assert (record.version, record.cursor_ms) == (2, open_of(close_minute(1)))
        shop.feed("AAAUSDT", FIRST + 2 * BAR, *[99.0] * (BAR - 1))
        assert shop.stores.indicators.load(key) == record
        assert [tick.bar.open_ms for tick in shop.stores.indicators.ticks(key, None, 10) if tick.bar] == [
            open_of(FIRST),
            open_of(FIRST + BAR),
        ]


def test_a_bar_whose_first_candles_are_not_kept_any_more_is_no_bar() -> None:
    with Database(":memory:") as database:
        stores = replace(wiring.stores_over(database), candles=SqliteCandleStore(database, capacity=2 * BAR + 5))
        shop = Desk(database, settings=SETTINGS, stores=stores)
        bars(shop, 0, 100.0, 101.0)
        shop.indicators.symbols = ()
        shop.feed("AAAUSDT", FIRST + 2 * BAR, *[99.0] * (5 * BAR))
        shop.indicators.symbols = ("AAAUSDT",)
        shop.indicators.run()
        [*_, before, first, second] = stores.indicators.ticks(indicator_key("AAAUSDT", shop.rules.rule), None, 10)
        assert [tick.bar and tick.bar.open_ms for tick in (before, first, second)] == [
            open_of(FIRST + number * BAR) for number in (1, 5, 6)
        ]
