"""No order twice, none lost, no entry after a halt: two runs at once, halts at any moment, answers that get lost."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import replace
from typing import Any

import pytest

from chalicelib.adapters.sqlite import SqlitePortfolioStore
from chalicelib.domain import Change, HaltFlag, Portfolio, Side
from chalicelib.errors import Unavailable
from chalicelib.services.portfolios import rewrite, stop_agent, stopped
from chalicelib.services.trade import TradeMinutes
from tests.contract.defects import ForgetsTheHalt, ForgetsTheVersion
from tests.fakes.venue import VenueWithMemory
from tests.support.interrupted_runs import InterruptedRuns, Store
from tests.support.wires import Crash, Wire
from tests.support.world import AGENT, Record, World

MINUTES = 16


@contextmanager
def world_of(store: Store = SqlitePortfolioStore) -> Iterator[World]:
    world = World(portfolio_store=store)
    yield world
    world.close()


@contextmanager
def world_and_venue() -> Iterator[tuple[World, VenueWithMemory]]:
    with world_of() as world:
        venue = VenueWithMemory(world.executor)
        world.executor = venue
        yield world, venue


RUNS = InterruptedRuns(world_of, MINUTES, later=3)


@pytest.fixture(scope="module")
def alone() -> Record:
    with world_of() as world:
        world.run(MINUTES)
        return world.record()


def test_two_runs_of_one_minute_trade_it_once(alone: Record) -> None:
    different = [number for number in range(RUNS.calls()) if not RUNS.with_a_rival(number).same_money(alone)]
    assert different == []


class LastWriterWins(ForgetsTheVersion):
    """Planted defect: neither the version nor the keys of what is appended keep a second writer out."""

    def commit(self, change: Change) -> None:
        with self._database.transaction():
            self._replace(change.portfolio)
            self._append(replace(change, entries=(), equity=None))


def test_a_store_without_versions_is_noticed(alone: Record) -> None:
    assert any(RUNS.with_a_rival(number, LastWriterWins).fills != alone.fills for number in range(RUNS.calls()))


@pytest.mark.parametrize("flatten", [False, True])
def test_once_a_halt_has_returned_nothing_enters(flatten: bool) -> None:
    wrong = {number: breaches for number in range(RUNS.calls()) if (breaches := RUNS.breaches(number, flatten))}
    assert wrong == {}


def test_a_store_without_the_halt_condition_is_noticed() -> None:
    assert any(RUNS.breaches(number, False, ForgetsTheHalt) for number in range(RUNS.calls()))


def test_an_order_whose_answer_was_lost_is_looked_up_and_not_placed_again(alone: Record) -> None:
    with world_and_venue() as (world, venue):
        venue.answers_lost = 1000
        world.run(MINUTES)
        assert venue.placed
        assert venue.placed_twice() == set()
        assert world.record().same_money(alone)


class ResendsBlindly(TradeMinutes):
    """Planted defect: an unknown outcome is taken for a failure."""

    def _send(self, change: Change) -> Portfolio:
        for order in change.portfolio.orders:
            if order.decided_ms != change.portfolio.minute_ms:
                continue
            try:
                self._ports.executor.send(order)
            except Unavailable:
                self._ports.executor.send(order)
        return change.portfolio


def test_a_blind_resend_is_noticed() -> None:
    with world_and_venue() as (world, venue):
        venue.answers_lost = 1
        world.run(MINUTES, trade=ResendsBlindly)
        assert venue.placed_twice()


def test_a_refused_order_is_dropped_and_told_and_the_agent_goes_on() -> None:
    with world_and_venue() as (world, venue):
        venue.refuses = 1
        world.run(MINUTES)
        assert [alert.subject for alert in world.notifier.alerts] == [f"{alert_symbol(world)}: order refused"]
        assert world.record().fills


def alert_symbol(world: World) -> str:
    return str(world.notifier.alerts[0].subject.split(":")[0])


def test_an_order_that_was_never_placed_comes_to_nothing() -> None:
    """A crash between intent and send: the order is provably absent at the next look and dropped."""
    with world_and_venue() as (world, venue):
        venue.loses = 1000
        world.run(8)
        assert world.record().fills == []
        venue.loses = 0
        world.run(8)
        assert world.record().fills


def test_an_entry_pending_when_the_flag_goes_up_does_not_fill() -> None:
    with world_of() as world:
        while not any(order.side is Side.BUY for order in pending(world)):
            world.run(1)
        before = len(world.record().fills)
        world.halt().run(AGENT, "test", False, world.clock.now_ms())
        assert not any(order.side is Side.BUY for order in pending(world))
        world.run(4)
        assert [fill for fill in world.record().fills[before:] if fill.side is Side.BUY] == []


def pending(world: World) -> tuple[Any, ...]:
    portfolio = world.stores.portfolios.load(AGENT)
    return () if portfolio is None else portfolio.orders


def test_resume_trades_again() -> None:
    with world_of() as world:
        world.run(6)
        use_cases = world.use_cases()
        world.halt().run(None, "test", True, world.clock.now_ms())
        world.run(4)
        quiet = len(world.record().fills)
        assert use_cases.status.run(AGENT).halted
        world.resume().run(None)
        assert not use_cases.status.run(AGENT).halted
        world.run(10)
        assert len(world.record().fills) > quiet


def crashes_while_halting(stop: Callable[..., Any]) -> list[str]:
    """What is lost when a halt dies around each of its calls, with an entry pending at a venue that remembers."""
    wrong = []
    for number in range(12):
        for after in (False, True):
            with world_and_venue() as (world, venue):
                while not any(order.side is Side.BUY for order in pending(world)):
                    world.run(1)
                wire = Wire(number, after)
                with suppress(Crash):
                    stop(wire.strung("portfolios", world.stores.portfolios), wire.strung("venue", venue), AGENT, True)
                world.stores.halts.throw(HaltFlag(AGENT, "test", 0, True))
                world.run(4)
                lost = venue.still_working(pending(world))
                held = world.record().portfolio
                if lost or held is None or any(slot.position.quantity > 0.0 for slot in held.slots.values()):
                    wrong.append(f"call {number}, after {after}: {lost}")
    return wrong


def test_a_halt_that_dies_anywhere_leaves_no_order_that_nobody_waits_for() -> None:
    assert crashes_while_halting(stop_agent) == []


def test_a_halt_that_forgets_before_it_cancels_is_noticed() -> None:
    def commits_first(portfolios: Any, executor: Any, agent_id: str, flatten: bool) -> None:
        pair = rewrite(portfolios, agent_id, lambda stored: stopped(stored, flatten, set(stored.slots)))
        for order in pair[0].orders if pair else ():
            executor.cancel(order)

    assert crashes_while_halting(commits_first)


def test_a_venue_that_does_not_answer_loses_nothing(alone: Record) -> None:
    """A lookup without an answer stops the minute; the next run goes on where it stood."""
    with world_and_venue() as (world, venue):
        for attempt in range(3 * MINUTES):
            venue.silent = attempt % 2
            with suppress(Unavailable):
                world.run(MINUTES - len(world.record().equity))
        assert world.record().same_money(alone)
        assert venue.still_working(pending(world)) == []


def test_a_halt_on_a_venue_that_does_not_answer_keeps_the_entry_until_it_does() -> None:
    with world_and_venue() as (world, venue):
        while not any(order.side is Side.BUY for order in pending(world)):
            world.run(1)
        venue.silent = 1
        world.halt().run(AGENT, "test", False, world.clock.now_ms())
        assert any(order.side is Side.BUY for order in pending(world))
        before = len(world.record().fills)
        world.run(3)
        assert [fill for fill in world.record().fills[before:] if fill.side is Side.BUY] == []
        assert venue.still_working(pending(world)) == []


def test_a_halt_by_hand_refills_no_allowance() -> None:
    with world_of() as world:
        world.run(10)
        before = world.record().portfolio
        world.halt().run(AGENT, "test", False, world.clock.now_ms())
        world.resume().run(AGENT)
        after = world.record().portfolio
        assert before is not None
        assert after is not None
        assert after.account == before.account
