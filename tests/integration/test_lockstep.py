"""Simulated time: every minute once, in order, resumable anywhere, stoppable, paced, one transaction a batch."""

from __future__ import annotations

import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, nullcontext
from threading import Event

import pytest

from chalicelib.errors import Unavailable
from chalicelib.services.trade import TradeReport
from tests.support.markets import START_MS, wave
from tests.support.world import AGENT, World
from trader.runtime.lockstep import LockStep

BOTH_MISSING = frozenset({7, 8})
MINUTES = 60


def world() -> World:
    return World([wave("AAAUSDT", MINUTES, 1, BOTH_MISSING), wave("BBBUSDT", MINUTES, 2, BOTH_MISSING | {0, 20, 59})])


@pytest.fixture
def made() -> Iterator[World]:
    given = world()
    yield given
    given.close()


def lockstep(given: World, seconds_per_minute: float = 0.0, batched: bool = False) -> LockStep:
    transaction = given.stores.transaction if batched else nullcontext
    return LockStep(given.use_cases().every_minute, given.clock, given.timeline, transaction, seconds_per_minute)


def cursor(given: World) -> int | None:
    portfolio = given.stores.portfolios.load(AGENT)
    return None if portfolio is None else portfolio.minute_ms


def ignore(reports: Mapping[str, TradeReport]) -> None:
    return


def traded(given: World) -> list[int]:
    return [(point.time_ms - START_MS) // 60_000 for point in given.record().equity]


def test_every_minute_with_a_candle_is_traded_once_and_minutes_without_any_are_none(made: World) -> None:
    reports: list[Mapping[str, TradeReport]] = []
    assert lockstep(made).run(None, None, Event(), reports.append)
    expected = [minute for minute in range(MINUTES) if minute not in BOTH_MISSING]
    assert traded(made) == expected
    assert [len(report[AGENT].changes) for report in reports] == [1] * len(expected)
    assert {d.outcome for d in made.record().decisions} >= {"missing", "ordered", "nothing wanted"}
    assert not {"missed", "stale"} & {d.outcome for d in made.record().decisions}


def test_in_pieces_batched_or_not_it_is_the_same_run(made: World) -> None:
    lockstep(made).run(None, None, Event(), ignore)
    other = world()
    for size in (1, 2, 13, 30, None):
        lockstep(other, batched=True).run(cursor(other), size, Event(), ignore)
    assert other.record() == made.record()
    other.close()


def test_no_minutes_left_trades_none_and_is_finished(made: World) -> None:
    assert lockstep(made).run(None, 0, Event(), ignore)
    assert traded(made) == []


def test_beyond_the_end_of_the_data_it_is_finished(made: World) -> None:
    assert lockstep(made).run(None, 10_000, Event(), ignore)
    assert lockstep(made).run(cursor(made), 10_000, Event(), ignore)
    assert traded(made)[-1] == 59


@pytest.mark.parametrize("batched", [False, True])
def test_stop_ends_it_after_the_minute_under_way_and_what_was_traded_is_stored(made: World, batched: bool) -> None:
    stop = Event()
    reports: list[Mapping[str, TradeReport]] = []

    def on_minute(report: Mapping[str, TradeReport]) -> None:
        reports.append(report)
        if len(reports) == 5:
            stop.set()

    assert not lockstep(made, batched=batched).run(None, None, stop, on_minute)
    assert traded(made) == [0, 1, 2, 3, 4]
    assert not lockstep(made).run(cursor(made), None, stop, on_minute)
    assert len(traded(made)) == 5


def test_a_batch_that_fails_leaves_nothing_and_can_be_repeated(made: World) -> None:
    whole = world()
    lockstep(whole, batched=True).run(None, None, Event(), ignore)

    def fail(report: Mapping[str, TradeReport]) -> None:
        if report[AGENT].changes[0].portfolio.version == 3:
            raise Unavailable("the line is dead")

    with pytest.raises(Unavailable):
        lockstep(made, batched=True).run(None, None, Event(), fail)
    assert traded(made) == []
    lockstep(made, batched=True).run(None, None, Event(), ignore)
    assert made.record() == whole.record()
    whole.close()


def test_a_pace_is_kept_and_each_minute_is_stored_before_the_next(made: World) -> None:
    levels: list[int] = []

    @contextmanager
    def watched() -> Iterator[None]:
        with made.stores.transaction():
            yield
        levels.append(len(traded(made)))

    paced = LockStep(made.use_cases().every_minute, made.clock, made.timeline, watched, 0.02)
    began = time.monotonic()
    assert paced.run(None, 6, Event(), ignore)
    assert 0.1 <= time.monotonic() - began < 2.0
    assert levels == [1, 2, 3, 4, 5, 6]


def test_at_a_pace_a_minute_is_told_when_no_transaction_keeps_others_waiting(made: World) -> None:
    open_now: list[bool] = []
    told: list[bool] = []

    @contextmanager
    def watched() -> Iterator[None]:
        open_now.append(True)
        with made.stores.transaction():
            yield
        open_now.clear()

    paced = LockStep(made.use_cases().every_minute, made.clock, made.timeline, watched, 0.001)
    assert paced.run(None, 3, Event(), lambda reports: told.append(bool(open_now)))
    assert told == [False, False, False]


def test_stop_interrupts_the_wait_between_two_minutes(made: World) -> None:
    slow = lockstep(made, seconds_per_minute=3_600.0)
    began = time.monotonic()
    assert not slow.run(None, None, StopsOnWait(), ignore)
    assert time.monotonic() - began < 2.0
    assert traded(made) == [0]


class StopsOnWait(Event):
    """Somebody presses Ctrl-C while the run waits."""

    def wait(self, timeout: float | None = None) -> bool:
        assert timeout is not None
        assert timeout > 3_000.0
        self.set()
        return super().wait(timeout)


def test_the_clock_stands_at_the_close_of_the_minute_that_is_traded(made: World) -> None:
    lockstep(made).run(None, 3, Event(), ignore)
    assert {d.decided_ms - d.minute_ms for d in made.record().decisions} == {60_000}
