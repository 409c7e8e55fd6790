"""The loop of wall-clock time, on a clock that jumps instead of sleeping."""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from itertools import pairwise
from threading import Event
from typing import Any

import pytest

from chalicelib import wiring
from chalicelib.config import load_config
from chalicelib.domain import HOUR_MS, MINUTE_MS, Portfolio
from chalicelib.errors import BadInput, TraderError, Unavailable
from chalicelib.partly_read import PartlyRead
from chalicelib.ports import Clock
from chalicelib.services.news import News
from chalicelib.services.trade import TradeReport
from tests.fakes.clock import HandClock
from tests.support.desk import open_of
from tests.support.markets import wave
from tests.support.world import AGENT, SETTINGS, World
from trader.runtime.realtime import AFTER_CLOSE_S, LONGEST_WAIT_S, RETRY_S, NewsThread, RealTime


class Waiting(Event):
    """An event on which waiting moves the world's clock; `waits` lists the seconds."""

    def __init__(self, loop: Loop) -> None:
        super().__init__()
        self._loop = loop
        self.waits: list[float] = []

    def wait(self, timeout: float | None = None) -> bool:
        assert timeout is not None
        self.waits.append(timeout)
        self._loop.advance(timeout)
        return self.is_set()


class Troubled:
    """A port of which the next `failures` calls (of the method `only`, if given) raise `error`."""

    def __init__(self, port: Any, error: TraderError, only: str = "") -> None:
        self._port, self.error, self._only = port, error, only
        self.failures = 0
        self.calls = 0

    def __getattr__(self, name: str) -> Any:
        def call(*arguments: Any, **named: Any) -> Any:
            self.calls += 1
            if self.failures and self._only in ("", name):
                self.failures -= 1
                raise self.error
            return getattr(self._port, name)(*arguments, **named)

        return call


class Loop:
    """The loop over a world whose clock starts three seconds after the close of minute `first`."""

    def __init__(self, world: World, first: int = 30) -> None:
        self.world = world
        self.stop, self.wake = Waiting(self), Waiting(self)
        self.said: list[str] = []
        self.reports: list[TradeReport] = []
        self.market = Troubled(world.market.source, Unavailable("no route"))
        self.sentiment = Troubled(wiring.rolling_sentiment(world.config, world.stores), Unavailable("no mood"))
        self.clock = Troubled(world.clock, Unavailable("no time"))
        self.halts = Troubled(world.stores.halts, Unavailable("disk full"), only="throw")
        self.stop_at_ms = 0
        outside = wiring.Outside(
            self.market,
            world.market.headlines.news,
            world.market.headlines.feeds,
            world.notifier,
            lambda max_age_ms: self.sentiment,
        )
        self.indicators = Troubled(world.stores.indicators, Unavailable("BBBUSDT: not written"), only="commit")
        pace = wiring.real_time(world.config)
        self.use_cases = wiring.use_cases(
            world.config,
            replace(world.stores, halts=self.halts, indicators=self.indicators),
            outside,
            world.rules,
            pace,
        )
        world.clock.set(open_of(first) + MINUTE_MS + 3_000)
        self.beats: list[int | None] = []
        self.loop = RealTime(
            self.use_cases.every_minute,
            self.clock,
            self.wake,
            self.said.append,
            self.beats.append,
            stopwatch=world.clock,
        )

    def advance(self, seconds: float) -> None:
        self.world.clock.set(self.world.clock.now_ms() + round(seconds * 1000))
        if 0 < self.stop_at_ms <= self.world.clock.now_ms():
            self.stop.set()

    def run(self, minutes: int | None) -> bool:
        return self.loop.run(minutes, self.stop, lambda reports: self.reports.extend(reports.values()))

    def run_for(self, seconds: float) -> None:
        """Until stopped after that time."""
        self.stop_at_ms = self.world.clock.now_ms() + round(seconds * 1000)
        self.stop.clear()
        assert not self.run(None)

    def traded(self) -> list[int]:
        return [point.time_ms for point in self.world.record().equity]

    def halted(self) -> bool:
        return self.use_cases.status.run(AGENT).halted


@contextmanager
def loop(
    error_limit: int = 3, flatten: bool = False, missing: frozenset[int] = frozenset(), first: int = 30
) -> Iterator[Loop]:
    settings = (f"risk.error_limit={error_limit}", f"risk.halt_action={'flatten' if flatten else 'freeze'}")
    world = World([wave("AAAUSDT", 200, 1), wave("BBBUSDT", 200, 2, missing)], settings)
    try:
        yield Loop(world, first)
    finally:
        world.close()


def test_every_minute_is_traded_once_soon_after_its_close() -> None:
    with loop() as running:
        assert running.run(5)
        assert running.traded() == [open_of(minute) for minute in range(30, 35)]
        lateness = [d.decided_ms - d.minute_ms - MINUTE_MS for d in running.world.record().decisions[:-2]]
        assert max(lateness) <= AFTER_CLOSE_S * 1000 + 1
        assert max(running.wake.waits) <= LONGEST_WAIT_S
        assert [line for line in running.said if "begins with" not in line] == []


def test_a_late_candle_is_looked_for_every_two_seconds_until_the_minute_is_traded_without_it() -> None:
    with loop(missing=frozenset({32})) as running:
        running.run(3)
        assert running.wake.waits.count(RETRY_S) >= 9
        [last, *_] = running.world.record().decisions
        assert last.outcome == "missing"
        assert 20_000 <= last.decided_ms - last.minute_ms - MINUTE_MS < 23_000


def test_a_candle_is_not_missing_because_another_symbol_was_long_in_coming() -> None:
    """AAAUSDT is asked before the close; BBBUSDT answers minutes later, with a candle that the other has, too."""
    with loop() as running:
        running.world.clock.set(open_of(30) + MINUTE_MS - 1_000)
        source, slow = running.world.market.source, ["BBBUSDT"]

        class Slow:
            def candles(self, symbol: str, *arguments: Any, **named: Any) -> Any:
                if symbol in slow:
                    slow.remove(symbol)
                    running.advance(150.0)
                return source.candles(symbol, *arguments, **named)

        running.market._port = Slow()
        running.run(3)
        assert slow == []
        assert running.traded()[0] <= open_of(30)
        assert "missing" not in [decision.outcome for decision in running.world.record().decisions]


def test_a_newest_candle_that_is_odd_is_said_once_however_often_it_is_asked_for_and_costs_its_minute_alone() -> None:
    with loop() as running:
        source = running.world.market.source

        class Odd:
            def candles(self, symbol: str, *arguments: Any, **named: Any) -> Any:
                found = source.candles(symbol, *arguments, **named)
                if symbol != "AAAUSDT":
                    return found
                sound = [candle for candle in found if candle.open_ms != open_of(32)]
                if found and found[-1].open_ms == open_of(32):
                    raise PartlyRead("the newest is no candle", sound)
                return sound

        running.market._port = Odd()
        running.run(4)
        assert running.traded() == [open_of(minute) for minute in range(30, 34)]
        assert [line for line in running.said if "no candle" in line] == ["candles: the newest is no candle"]
        decisions = running.world.record().decisions
        missing = [(each.symbol, each.minute_ms) for each in decisions if each.outcome == "missing"]
        assert missing == [("AAAUSDT", open_of(32))]


@pytest.mark.parametrize("silent", ["market", "clock"])
def test_an_exchange_that_is_silent_for_minutes_is_told_once_and_its_return_once(silent: str) -> None:
    """Also where its clock, by which the agent goes, is as silent as its candles."""
    with loop() as running:
        running.run(3)
        port = getattr(running, silent)
        port.failures = 10**6
        running.run_for(420.0)
        port.failures = 0
        running.run_for(60.0)
        told = [alert.subject for alert in running.world.notifier.alerts]
        assert told == [
            "default: no data of AAAUSDT, BBBUSDT for 3 minutes",
            "default: data of AAAUSDT, BBBUSDT are back",
        ]
        assert not running.halted()
        assert running.beats[-1] is not None
        assert (
            max(later - before for before, later in pairwise(filter(None, running.beats))) <= 2 * LONGEST_WAIT_S * 1000
        )


def test_a_stored_candle_whose_snapshot_could_not_be_written_is_waited_for() -> None:
    """Half a minute after its close, longer than a candle is waited for that was asked for and is not there."""
    with loop() as running:
        running.run(2)
        commit = running.indicators._port.commit
        until_ms = running.world.clock.now_ms() + 90_000

        class Failing:
            def __getattr__(self, name: str) -> Any:
                return getattr(running.world.stores.indicators, name)

            def commit(self, record: Any, ticks: Any) -> None:
                if record.key.startswith("BBBUSDT") and running.world.clock.now_ms() < until_ms:
                    raise Unavailable("BBBUSDT: not written")
                commit(record, ticks)

        running.indicators._port = Failing()
        running.run(3)
        assert "indicators: BBBUSDT: not written" in running.said
        assert "missing" not in [decision.outcome for decision in running.world.record().decisions]
        assert running.traded() == [open_of(minute) for minute in range(30, 35)]


def test_stop_ends_it_after_the_tick_under_way() -> None:
    with loop() as running:
        running.stop.set()
        assert not running.run(None)
        assert running.traded() == []
        running.run_for(130)
        assert len(running.traded()) == 3


def test_failures_of_trading_in_a_row_halt_the_agent_once() -> None:
    with loop(error_limit=3) as running:
        running.run(2)
        running.sentiment.failures = 2
        running.run_for(70)
        assert not running.halted()
        running.sentiment.failures = 6
        running.run_for(120)
        assert running.use_cases.status.run(AGENT).halt_reason == "3 errors in a row, the last: no mood"
        assert [alert.subject for alert in running.world.notifier.alerts] == [
            "default halted: 3 errors in a row, the last: no mood"
        ]
        assert running.said.count("trade: no mood") == 8


def test_a_success_in_between_starts_the_count_anew() -> None:
    with loop(error_limit=3) as running:
        for _ in range(4):
            running.sentiment.failures = 2
            running.run(1)
        assert running.said.count("trade: no mood") == 8
        assert not running.halted()


def test_after_a_resume_the_errors_before_the_halt_count_no_more() -> None:
    with loop(error_limit=3) as running:
        running.run(2)
        running.sentiment.failures = 100  # no minute is traded between the halt and the resume
        running.run_for(70)
        assert running.halted()
        running.world.resume().run(AGENT)
        running.sentiment.failures = 2
        running.run_for(60)
        assert running.sentiment.failures == 0
        assert not running.halted()


def test_an_error_limit_of_zero_never_halts() -> None:
    with loop(error_limit=0) as running:
        running.sentiment.failures = 20
        running.run(1)
        assert not running.halted()


def test_the_halt_after_errors_closes_positions_where_configured() -> None:
    with loop(error_limit=2, flatten=True) as running:
        while not any(slot.position.quantity for slot in _slots(running)):
            running.run(1)
        running.sentiment.failures = 4
        running.run_for(240)
        assert running.halted()
        assert not any(slot.position.quantity for slot in _slots(running))
        assert running.world.record().trades[0].reason == "kill_switch"


def _slots(running: Loop) -> list[Any]:
    portfolio = running.world.stores.portfolios.load(AGENT)
    return [] if portfolio is None else list(portfolio.slots.values())


def test_a_halt_that_cannot_be_stored_is_tried_again_with_the_next_failure() -> None:
    with loop(error_limit=2) as running:
        running.run(1)
        running.halts.failures = 1
        running.sentiment.failures = 2
        running.run_for(60)
        assert not running.halted()
        running.halts.failures = 1
        running.sentiment.failures = 3
        running.run_for(60)
        assert running.halted()


def test_failing_market_data_is_said_and_does_not_count() -> None:
    with loop(error_limit=2) as running:
        running.run(1)
        running.market.failures = 40
        running.run_for(60)
        assert running.said.count("candles: no route") > 5
        running.market.failures = 0
        running.run_for(60)
        assert not running.halted()
        assert len(running.traded()) == 3


def test_a_silent_clock_of_the_exchange_is_said_and_does_not_count() -> None:
    with loop(error_limit=2) as running:
        running.run(1)
        running.clock.failures = 24
        running.run_for(120)
        assert running.said.count("clock: no time") == 12
        assert {line for line in running.said if "begins with" not in line} == {"clock: no time"}
        assert not running.halted()
        assert running.traded()[-1] > open_of(31)


def test_a_refused_configuration_counts_as_a_failure_and_is_said() -> None:
    with loop(error_limit=2) as running:
        running.sentiment.error = BadInput("odd")
        running.sentiment.failures = 3
        running.run(1)
        assert running.said.count("trade: odd") == 3
        assert running.halted()


def until(condition: Any, seconds: float = 5.0) -> None:
    deadline = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < deadline, "not in time"
        time.sleep(0.002)


class Hurried(Event):
    """An event on which nobody waits long, while an hour passes by the clock: feeds that failed are left alone."""

    def __init__(self) -> None:
        super().__init__()
        self.clock = HandClock()

    def wait(self, timeout: float | None = None) -> bool:
        self.clock.pass_ms(HOUR_MS)
        return super().wait(0.002)


@pytest.mark.parametrize("when", ["opening", "polling"])
def test_the_news_thread_says_what_fails_and_goes_on(when: str) -> None:
    world = World()
    stop = Hurried()
    said: list[str] = []
    opened: list[int] = []
    feed = Troubled(world.market.headlines.news, Unavailable("feed is down"))

    @contextmanager
    def open_poll() -> Iterator[tuple[News, Clock]]:
        opened.append(1)
        if when == "opening" and len(opened) < 3:
            raise Unavailable("store is locked")
        with wiring.sqlite_stores(":memory:") as stores:
            feed.failures = 2
            outside = wiring.Outside(world.market.source, feed, ("simulated",), world.notifier)
            yield wiring.news(world.config, stores, outside), stop.clock

    thread = NewsThread(open_poll, stop, said.append)
    thread.start()
    until(lambda: feed.calls > 4)
    stop.set()
    thread.join()
    world.close()
    expected = {"news: simulated: feed is down"} | ({"news: store is locked"} if when == "opening" else set())
    assert set(said) == expected


def test_started_anew_without_a_symbol_that_it_holds_the_loop_reads_its_candles_all_the_same() -> None:
    with loop() as running:
        world = running.world
        held = ""
        while not held:
            assert running.run(1)
            held = next((name for name, slot in portfolio_of(world).slots.items() if slot.position.quantity > 0.0), "")
        [other] = set(world.rules.symbols) - {held}
        config = load_config(None, [*SETTINGS, f"agent.symbols={other}"])
        outside = wiring.Outside(world.market.source, world.market.headlines.news, (), world.notifier)
        rules = wiring.rules(config, {})
        again = wiring.use_cases(config, world.stores, outside, rules, wiring.real_time(config))
        before = len(world.record().decisions)
        assert RealTime(again.every_minute, running.clock, running.wake, running.said.append).run(
            1, running.stop, lambda report: None
        )
        new = {decision.symbol: decision.candle for decision in world.record().decisions[before:]}
        assert set(new) == {held, other}
        assert new[held] is not None


def portfolio_of(world: World) -> Portfolio:
    portfolio = world.stores.portfolios.load(AGENT)
    assert portfolio is not None
    return portfolio
