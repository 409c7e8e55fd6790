"""An agent with bars of fifteen minutes is interrupted at its steps: no order twice, none lost, none after a halt.

Some bars are over late, some minutes between two closes are traded for what is held, most leave no record: whatever
interrupts them, what comes after is what would have come.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager, suppress
from functools import cache
from typing import Any

import pytest

from chalicelib import words
from chalicelib.adapters.sqlite import SqlitePortfolioStore
from chalicelib.domain import MINUTE_MS, Change, Portfolio, Side
from chalicelib.errors import Unavailable
from chalicelib.services.trade import TradeMinutes
from tests.contract.defects import ForgetsTheHalt, ForgetsTheVersion
from tests.fakes.venue import VenueWithMemory
from tests.support.effort import sample
from tests.support.interrupted_runs import InterruptedRuns, Store
from tests.support.markets import wave
from tests.support.wires import Crash, Wire
from tests.support.world import AGENT, Record, World

MINUTES = 110
LATE = frozenset({45, 60, 61, 62})
SETTINGS = ("strategy.interval=15m", "strategy.settings.rsi_period=2", "risk.stop_loss=0.01", "risk.cooldown_bars=1")
SAMPLE = 60
"""Interruptions that are played of more than a thousand."""


@contextmanager
def world_of(store: Store = SqlitePortfolioStore) -> Iterator[World]:
    world = World([wave("AAAUSDT", MINUTES, 1), wave("BBBUSDT", MINUTES, 2, LATE)], SETTINGS, store)
    yield world
    world.close()


RUNS = InterruptedRuns(world_of)


@cache
def calls() -> int:
    """Of a run from its beginning to its end."""
    return RUNS.calls()


@cache
def alone() -> Record:
    """What nobody interrupts."""
    with world_of() as world:
        world.run()
        return world.record()


def test_what_is_interrupted_goes_through_everything() -> None:
    record = alone()
    met = {decision.outcome for decision in record.decisions}
    assert {words.BETWEEN, words.MISSING, "ordered", "nothing wanted"} <= met
    assert {"stop_loss", "take_profit"} & {str(trade.reason) for trade in record.trades}
    assert len(record.equity) < MINUTES * 3 // 4
    assert any(each.bar and each.minute_ms + MINUTE_MS > each.bar.close_ms + 1 for each in record.decisions)
    assert calls() > 1_000


def crashed_at(number: int, after: bool, store: Store = SqlitePortfolioStore) -> Record:
    with world_of(store) as world:
        with pytest.raises(Crash):
            world.run(wrap=Wire(number, after).strung)
        world.run()
        return world.record()


def test_a_crash_at_any_call_changes_nothing_in_the_end() -> None:
    points = [(number, after) for number in range(calls()) for after in (False, True)]
    assert [point for point in sample(points, SAMPLE) if not crashed_at(*point).same_money(alone())] == []


class SettlesFromMemory(SqlitePortfolioStore):
    """Planted defect: minutes between two closes are not kept, as though nothing happened in them."""

    def commit(self, change: Change) -> None:
        if all(decision.outcome == words.BETWEEN for decision in change.decisions):
            return
        super().commit(change)


def test_a_store_that_forgets_the_minutes_between_is_noticed() -> None:
    with world_of(SettlesFromMemory) as world, suppress(Exception):
        world.run()
        assert not world.record().same_money(alone())


def test_two_runs_of_one_minute_trade_it_once() -> None:
    assert [n for n in sample(range(calls()), SAMPLE) if not RUNS.with_a_rival(n).same_money(alone())] == []


class LastWriterWins(ForgetsTheVersion):
    """Planted defect: neither the version nor the keys of what is appended keep a second writer out."""

    def commit(self, change: Change) -> None:
        with self._database.transaction():
            self._replace(change.portfolio)
            for fill in change.fills:
                self._append_bodies("INSERT INTO fill (agent_id, body) VALUES (?, ?)", AGENT, (fill,))


def test_a_store_without_versions_is_noticed() -> None:
    assert any(RUNS.with_a_rival(number, LastWriterWins).fills != alone().fills for number in calls_at_entries())


class Timed(Wire):
    """A wire that remembers at what time of the market each call was made."""

    def __init__(self, world: World) -> None:
        super().__init__()
        self._clock = world.clock
        self.times: list[int] = []

    def call(self, name: str, method: Any, *arguments: Any, **named: Any) -> Any:
        self.times.append(self._clock.now_ms())
        return super().call(name, method, *arguments, **named)


def calls_at_entries() -> list[int]:
    """Numbers of calls in the minutes that ordered or filled an entry, where interruptions count most."""
    with world_of() as world:
        wire = Timed(world)
        world.run(wrap=wire.strung)
        filled = {fill.time_ms for fill in alone().fills if fill.side is Side.BUY}
        closes = filled | {time_ms + MINUTE_MS for time_ms in filled}
        return [number for number, time_ms in enumerate(wire.times) if time_ms in closes]


@pytest.mark.parametrize("flatten", [False, True])
def test_once_a_halt_has_returned_nothing_enters(flatten: bool) -> None:
    last = range(calls() * 49 // 50)  # what it closes needs a minute to fill in
    wrong = {number: found for number in sample(last, SAMPLE) if (found := RUNS.breaches(number, flatten))}
    assert wrong == {}


def test_a_store_without_the_halt_condition_is_noticed() -> None:
    assert any(RUNS.breaches(number, False, ForgetsTheHalt) for number in calls_at_entries())


def test_an_order_whose_answer_was_lost_is_looked_up_and_not_placed_again() -> None:
    with world_of() as world:
        venue = VenueWithMemory(world.executor)
        world.executor = venue
        venue.answers_lost = 1000
        world.run()
        assert venue.placed
        assert venue.placed_twice() == set()
        assert world.record().same_money(alone())


def test_a_venue_that_does_not_answer_loses_nothing() -> None:
    with world_of() as world:
        venue = VenueWithMemory(world.executor)
        world.executor = venue
        for attempt in range(3 * MINUTES):
            venue.silent = attempt % 2
            with suppress(Unavailable):
                world.run()
        assert world.record().same_money(alone())


class DecidesAgain(TradeMinutes):
    """Planted defect: an order that an earlier close made is sent again in each minute that it still waits for."""

    def _send(self, change: Change) -> Portfolio:
        for order in change.portfolio.orders:
            with suppress(Unavailable):
                self._ports.executor.send(order)
                self._ports.executor.send(order)
        return change.portfolio


def test_an_order_sent_twice_is_noticed() -> None:
    with world_of() as world:
        venue = VenueWithMemory(world.executor)
        world.executor = venue
        world.run(trade=DecidesAgain)
        assert venue.placed_twice()
