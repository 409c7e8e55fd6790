"""What a portfolio store promises, as functions that raise AssertionError when a backend breaks the promise.

They take a backend and not a store, so that they run over planted defects as well as over the real adapters.
"""

from __future__ import annotations

import random
import time
from collections.abc import Callable
from concurrent.futures import Executor
from dataclasses import replace
from multiprocessing import get_context

from chalicelib import codec
from chalicelib.domain import Change, Portfolio, Side
from chalicelib.errors import Conflict, Halted, TraderError
from tests.contract.backends import Backend, Stores
from tests.contract.samples import AGENT, equity_point, flag, full_change, minute_ms, order, portfolio

RACE_S = 1.0
UPDATES = 40
KILLS = 5
START_UP_S = 60.0


def refusal(stores: Stores, change: Change) -> type[TraderError] | None:
    """The error with which the change was refused, None when it was committed."""
    try:
        stores.portfolios.commit(change)
    except TraderError as error:
        return type(error)
    return None


def everything(stores: Stores) -> tuple[object, ...]:
    """All that a commit can touch, in a form that compares NaN with NaN."""
    stored = stores.portfolios.load(AGENT)
    return (
        codec.dump(stored) if stored else None,
        stores.journal.fills(AGENT),
        stores.journal.trades(AGENT, 1_000),
        stores.journal.decisions(AGENT, 1_000),
        stores.journal.equity(AGENT, 0, minute_ms(1_000_000)),
        stores.halts.flags(AGENT),
    )


def check_a_commit_is_what_load_gives(backend: Backend) -> None:
    with backend.open() as stores:
        assert stores.portfolios.load(AGENT) is None
        committed = replace(portfolio(1), orders=(order(1),))
        assert refusal(stores, Change(committed)) is None
    with backend.open() as stores:
        loaded = stores.portfolios.load(AGENT)
        assert loaded is not None
        assert codec.dump(loaded) == codec.dump(committed)
        assert loaded.orders == (order(1),)


def check_a_version_that_does_not_follow_loses_and_changes_nothing(backend: Backend) -> None:
    with backend.open() as stores:
        for version in (0, 2):
            assert refusal(stores, full_change(version)) is Conflict
        stores.portfolios.commit(full_change(1))
        stores.portfolios.commit(full_change(2))
        before = everything(stores)
        for version in (0, 1, 2, 4):
            late = replace(full_change(version), entries=(), equity=equity_point(50))
            assert refusal(stores, late) is Conflict
            assert everything(stores) == before


def check_no_entry_commits_while_a_flag_is_up(backend: Backend) -> None:
    with backend.open() as stores:
        stores.portfolios.commit(full_change(1))
        for scope in (AGENT, "*"):
            stores.halts.throw(flag(scope))
            before = everything(stores)
            assert refusal(stores, full_change(2)) is Halted
            assert everything(stores) == before
            stores.halts.clear(scope)
        assert refusal(stores, full_change(2)) is None


def check_no_exit_of_the_rule_commits_while_a_flag_is_up(backend: Backend) -> None:
    with backend.open() as stores:
        stores.portfolios.commit(full_change(1))
        leaving = replace(full_change(2), entries=(), exits=(replace(order(2), side=Side.SELL),))
        for scope in (AGENT, "*"):
            stores.halts.throw(flag(scope))
            before = everything(stores)
            assert refusal(stores, leaving) is Halted
            assert everything(stores) == before
            stores.halts.clear(scope)
        assert refusal(stores, leaving) is None


def check_all_else_commits_while_a_flag_is_up(backend: Backend) -> None:
    with backend.open() as stores:
        stores.halts.throw(flag(AGENT))
        stores.halts.throw(flag("*"))
        assert refusal(stores, replace(full_change(1), entries=())) is None


def check_the_flag_of_another_agent_stops_nobody_else(backend: Backend) -> None:
    with backend.open() as stores:
        stores.halts.throw(flag("beta"))
        assert refusal(stores, full_change(1)) is None


def check_a_stale_writer_hears_conflict_even_while_halted(backend: Backend) -> None:
    with backend.open() as stores:
        stores.portfolios.commit(full_change(1))
        stores.halts.throw(flag())
        assert refusal(stores, full_change(1)) is Conflict


def check_the_same_intent_is_never_written_twice(backend: Backend) -> None:
    with backend.open() as stores:
        stores.portfolios.commit(full_change(1))
        stores.portfolios.commit(full_change(2))
        before = everything(stores)
        assert refusal(stores, replace(full_change(3), entries=(order(3), order(1)))) is Conflict
        assert refusal(stores, replace(full_change(3), entries=(order(3), order(3)))) is Conflict
        assert everything(stores) == before
        assert refusal(stores, full_change(1, "beta")) is None


def check_a_commit_that_fails_midway_writes_nothing(backend: Backend) -> None:
    with backend.open() as stores:
        stores.portfolios.commit(full_change(1))
        before = everything(stores)
        assert refusal(stores, replace(full_change(2), equity=equity_point(1))) is Conflict
        assert everything(stores) == before
        assert refusal(stores, replace(full_change(2), entries=(), equity=equity_point(1))) is Conflict
        assert everything(stores) == before
        assert refusal(stores, full_change(2)) is None


def check_agents_are_listed_sorted(backend: Backend) -> None:
    with backend.open() as stores:
        assert stores.portfolios.agents() == []
        for agent_id in ("beta", "alpha", "gamma"):
            stores.portfolios.commit(full_change(1, agent_id))
        stores.halts.throw(flag("delta"))
        assert stores.portfolios.agents() == ["alpha", "beta", "gamma"]


CHECKS: tuple[Callable[[Backend], None], ...] = (
    check_a_commit_is_what_load_gives,
    check_a_version_that_does_not_follow_loses_and_changes_nothing,
    check_no_entry_commits_while_a_flag_is_up,
    check_no_exit_of_the_rule_commits_while_a_flag_is_up,
    check_all_else_commits_while_a_flag_is_up,
    check_the_flag_of_another_agent_stops_nobody_else,
    check_a_stale_writer_hears_conflict_even_while_halted,
    check_the_same_intent_is_never_written_twice,
    check_a_commit_that_fails_midway_writes_nothing,
    check_agents_are_listed_sorted,
)


def check_concurrent_writers_lose_no_update(backend: Backend, processes: Executor) -> None:
    """Three processes add 1 to the cash, each after reloading whenever another was first."""
    for writer in [processes.submit(add_to_cash, backend, UPDATES) for _ in range(3)]:
        writer.result()
    with backend.open() as stores:
        stored = stores.portfolios.load(AGENT)
    assert stored is not None
    assert (stored.version, stored.account.cash) == (3 * UPDATES, 3.0 * UPDATES)


def check_no_entry_commits_after_throw_returned(backend: Backend, processes: Executor) -> None:
    """Two processes commit entries and exits as fast as they can while this one throws the switch."""
    writers = [processes.submit(enter_until_halted, backend, name) for name in ("first", "second")]
    with backend.open() as stores:
        wait_for_version(stores, 5)
        time.sleep(0.04)  # right after a commit no writer is in the middle of one
        stores.halts.throw(flag("*"))
        at_halt = version_of(stores.portfolios.load(AGENT))
        stopped = [writer.result() for writer in writers]
        assert version_of(stores.portfolios.load(AGENT)) == at_halt
    assert stopped == [True, True]


RACES: tuple[Callable[[Backend, Executor], None], ...] = (
    check_concurrent_writers_lose_no_update,
    check_no_entry_commits_after_throw_returned,
)


def check_a_killed_writer_leaves_whole_commits(backend: Backend) -> None:
    """A process that commits without end is killed at random moments, most of them within a commit."""
    moments = random.Random(7)
    for _ in range(KILLS):
        with backend.open() as stores:
            writer = get_context("spawn").Process(target=write_without_end, args=(backend,))
            writer.start()
            try:
                wait_for_version(stores, version_of(stores.portfolios.load(AGENT)) + 1)
                time.sleep(moments.uniform(0.0, 0.05))
            finally:
                writer.kill()
                writer.join()
                writer.close()
            assert_only_whole_commits(stores)


def assert_only_whole_commits(stores: Stores) -> None:
    """Every minute of `full_change` is there with all its parts, or with none."""
    version = version_of(stores.portfolios.load(AGENT))
    decisions, _ = stores.journal.decisions(AGENT, 1_000_000)
    trades, _ = stores.journal.trades(AGENT, 1_000_000)
    points = stores.journal.equity(AGENT, 0, minute_ms(1_000_000))
    assert [len(decisions), len(trades), len(points), len(stores.journal.fills(AGENT))] == [version] * 4


def wait_for_version(stores: Stores, version: int) -> None:
    """Until a writer elsewhere has come so far."""
    deadline_s = time.monotonic() + START_UP_S
    while version_of(stores.portfolios.load(AGENT)) < version:
        assert time.monotonic() < deadline_s, "the writer did not start"
        time.sleep(0.002)


def version_of(stored: Portfolio | None) -> int:
    return stored.version if stored else 0


def add_to_cash(backend: Backend, times: int) -> None:
    """One writer of the lost-update race."""
    with backend.open() as stores:
        done = 0
        while done < times:
            stored = stores.portfolios.load(AGENT)
            cash = stored.account.cash if stored else 0.0
            if refusal(stores, Change(portfolio(version_of(stored) + 1, cash=cash + 1.0))) is None:
                done += 1


def enter_until_halted(backend: Backend, writer: str) -> bool:
    """One writer of the halt race; whether it was stopped before its time was up."""
    deadline_s = time.monotonic() + RACE_S
    with backend.open() as stores:
        while time.monotonic() < deadline_s:
            version = version_of(stores.portfolios.load(AGENT)) + 1
            new = (replace(order(version), client_id=f"{writer}-{version}"),)
            change = Change(portfolio(version), entries=new if version % 2 else (), exits=() if version % 2 else new)
            if refusal(stores, change) is Halted:
                return True
    return False


def write_without_end(backend: Backend) -> None:
    """A writer that somebody has to kill."""
    with backend.open() as stores:
        while True:
            stores.portfolios.commit(full_change(version_of(stores.portfolios.load(AGENT)) + 1))
