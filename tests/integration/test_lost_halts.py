"""A file of halts that is lost halts all, and one that is replaced under a running agent lets it place no order."""

from __future__ import annotations

import os
import sqlite3
from collections.abc import Callable, Iterator, Mapping
from contextlib import closing
from itertools import count
from multiprocessing import get_context
from multiprocessing.connection import Connection
from pathlib import Path
from threading import Event

import pytest

from chalicelib import wiring
from chalicelib.adapters.sqlite import Database, SqliteHomeHaltStore, SqlitePortfolioStore, home_database
from chalicelib.adapters.sqlite.database import moved
from chalicelib.domain import Change, HaltFlag
from chalicelib.errors import Halted, Unavailable
from chalicelib.services.trade import TradeReport
from tests.contract.samples import AGENT, full_change, portfolio
from tests.support.dying_starts import OTHER, OURS, entries, expect, halted_by_an_old_version, reasons, serve, start
from tests.support.world import Silent
from trader.runtime.desks import open_run
from trader.runtime.runs import AgentPointer, Run, RunFolder
from trader.runtime.session import Controls, telling_moved_files
from trader.runtime.stored_rules import stored

BLOCKED_S = 0.1
"""How long a halt may take before it counts as waiting for the commit."""
LOST = "halts.sqlite was lost, and with it whom it halted"
Lose = Callable[[Path], None]


def removed(file: Path) -> None:
    file.unlink()


def emptied(file: Path) -> None:
    file.write_bytes(b"")


def without_tables(file: Path) -> None:
    file.unlink()
    with closing(sqlite3.connect(file)) as fresh:
        fresh.execute("PRAGMA journal_mode = WAL")


def replaced(file: Path) -> None:
    """By a backup that was made before anybody halted."""
    backup = file.with_suffix(".backup")
    with wiring.home_halts(wiring.HomeHalts(backup, list)):
        pass
    os.replace(backup, file)


@pytest.mark.parametrize("lose", [removed, emptied, without_tables])
def test_a_lost_file_halts_all_until_they_are_resumed(lose: Lose, tmp_path: Path) -> None:
    expect(tmp_path, *start(OTHER))
    expect(tmp_path, "halt", "--agent", OTHER, "--reason", "odd")
    lose(tmp_path / "halts.sqlite")
    assert expect(tmp_path, *start(OURS)).startswith(f"halted ({LOST})")
    assert entries(tmp_path, OURS) == 0
    assert f"yes: {LOST}" in expect(tmp_path, "status", "--agent", OTHER)
    expect(tmp_path, "resume")
    assert reasons(tmp_path, OURS) == reasons(tmp_path, OTHER) == []
    expect(tmp_path, *start(OURS))
    assert entries(tmp_path, OURS)


@pytest.mark.parametrize("lose", [removed, emptied, without_tables])
def test_a_halt_of_one_beside_a_lost_file_lets_no_other_go(lose: Lose, tmp_path: Path) -> None:
    expect(tmp_path, *start(OURS))
    lose(tmp_path / "halts.sqlite")
    expect(tmp_path, "halt", "--agent", OURS, "--reason", "odd")
    assert reasons(tmp_path, OTHER) == [LOST]
    assert sorted(reasons(tmp_path, OURS)) == [LOST, "odd"]


def test_a_home_of_an_old_version_has_lost_nothing(tmp_path: Path) -> None:
    halted_by_an_old_version(tmp_path)
    expect(tmp_path, *start(OTHER))
    assert reasons(tmp_path, OTHER) == []


class KnowsItsFileOnly(SqliteHomeHaltStore):
    """Reads the file that it has opened, whatever is at the path."""

    def flags(self, agent_id: str) -> list[HaltFlag]:
        return [*self._home.flags(agent_id), *self._own.flags(agent_id)]


class NeverMoved(Database):
    """Commits to whatever it has opened."""

    @property
    def is_moved(self) -> bool:
        return False


def traded(home: Path) -> tuple[RunFolder, Run]:
    """A run with an agent in it that has traded a minute."""
    folder = RunFolder(home)
    run = folder.real_time("sim", {"seed": 1}, 1)
    with open_run(folder, run) as stores:
        stores.portfolios.commit(full_change(1))
    rules = wiring.rules(wiring.unknown_config(AGENT), {})
    folder.point(AgentPointer(AGENT, run.id, 1, "paper", 10_000.0, stored(rules)))
    return folder, run


@pytest.fixture(scope="module")
def commands() -> Iterator[Connection]:
    """Runs commands in a process of its own."""
    parent, child = get_context("fork").Pipe()
    worker = get_context("fork").Process(target=serve, args=(child,), daemon=True)
    worker.start()
    child.close()
    yield parent
    worker.kill()


def breached(home: Path, at: int, lose: Lose, commands: Connection, halts: type[SqliteHomeHaltStore]) -> bool | None:
    """Whether an order was committed though the file was lost before statement number `at` of its commit.

    `trader halt` follows the loss and has returned by then, or waits for the commit. None past its last statement.
    """
    folder, run = traded(home)
    left, returned = at, False

    def step(_: str) -> None:
        nonlocal left, returned
        if left == 0:
            lose(folder.halts.path)
            commands.send((home, ("halt", "--reason", "fire")))
            returned = commands.poll(BLOCKED_S if at else 60.0)
        left -= 1

    with home_database(folder.halts.path, folder.halts.stores) as flags, Database(folder.database(run)) as database:
        store = SqlitePortfolioStore(database, halts(flags, database))
        step("")
        for opened in (flags, database):
            opened._connection.set_trace_callback(step)
        try:
            store.commit(full_change(2))
            committed = True
        except (Halted, Unavailable):
            committed = False
        for opened in (flags, database):
            opened._connection.set_trace_callback(None)
        if left >= 0:
            return None
        code, printed, _ = commands.recv()
        assert code == 0, printed
        assert printed.endswith(f"halted: {AGENT}\n")
        if halts is SqliteHomeHaltStore:
            version = 3 if committed else 2
            with pytest.raises(Halted, match="start it again"):
                store.commit(full_change(version))
            store.commit(Change(portfolio(version)))  # what meets stops has no order of the rule
    with open_run(folder, run) as stores, pytest.raises(Halted):
        stores.portfolios.commit(full_change((stores.portfolios.load(AGENT) or portfolio(0)).version + 1))
    return committed and returned


def breaches(folder: Path, lose: Lose, commands: Connection, halts: type[SqliteHomeHaltStore]) -> list[int]:
    found: list[int] = []
    for at in count():
        outcome = breached(folder / str(at), at, lose, commands, halts)
        if outcome is None:
            assert at >= 8
            return found
        found += [at] if outcome else []
    raise AssertionError


@pytest.mark.parametrize("lose", [removed, emptied, replaced])
def test_no_order_is_committed_once_a_halt_in_a_new_file_has_returned(
    lose: Lose, tmp_path: Path, commands: Connection
) -> None:
    assert breaches(tmp_path, lose, commands, SqliteHomeHaltStore) == []


def test_a_run_that_goes_on_reading_a_removed_file_is_noticed(tmp_path: Path, commands: Connection) -> None:
    assert breached(tmp_path, 0, removed, commands, KnowsItsFileOnly)


def committed_to_a_lost_store(home: Path, at: int, lose: Lose, kind: type[Database]) -> bool | None:
    """Whether a commit says that it was made though the run's own store was lost before its statement number `at`."""
    folder, run = traded(home)
    left = at

    def step(statement: str) -> None:
        nonlocal left
        if left == 0 and statement != "COMMIT":
            lose(folder.database(run))
        left -= statement != "COMMIT"

    with kind(folder.database(run)) as database:
        step("")
        database._connection.set_trace_callback(step)
        try:
            SqlitePortfolioStore(database).commit(full_change(2))
        except Unavailable as error:
            assert str(error) == moved(str(folder.database(run)))  # noqa: PT017
            return False
        return True if left < 0 else None


@pytest.mark.parametrize("lose", [removed, emptied, replaced])
def test_nothing_is_committed_to_a_store_that_is_not_there_any_more(lose: Lose, tmp_path: Path) -> None:
    outcomes: list[bool] = []
    while (outcome := committed_to_a_lost_store(tmp_path / str(len(outcomes)), len(outcomes), lose, Database)) is False:
        outcomes.append(outcome)
    assert outcome is None
    assert len(outcomes) >= 8
    assert committed_to_a_lost_store(tmp_path / "planted", 0, removed, NeverMoved)


def lose_after(commit: Callable[[Change], None], change: Change, lose: Lose, file: Path) -> None:
    commit(change)
    lose(file)


@pytest.mark.parametrize("lose", [removed, emptied, replaced])
def test_minutes_of_a_simulation_are_undone_where_a_file_is_lost(lose: Lose, tmp_path: Path) -> None:
    folder, run = traded(tmp_path)
    with open_run(folder, run) as stores:
        with pytest.raises(Unavailable, match=r"halts\.sqlite: was removed"), stores.transaction():
            lose_after(stores.portfolios.commit, full_change(2), lose, folder.halts.path)
        assert stores.portfolios.load(AGENT) == portfolio(1)


def test_each_minute_of_real_time_says_that_a_file_is_lost_and_the_first_alerts(tmp_path: Path) -> None:
    folder, run = traded(tmp_path)
    said: list[str] = []
    minutes: list[Mapping[str, TradeReport]] = []
    told = Silent()
    with open_run(folder, run) as stores:
        controls = Controls(Event(), Event(), minutes.append, said.append)
        on_minute = telling_moved_files(stores.raise_if_moved, told, controls)
        on_minute({})
        assert (said, told.alerts) == ([], [])
        replaced(folder.halts.path)
        on_minute({})
        on_minute({})
    assert said == [f"no new order: {moved(str(folder.halts.path))}"] * 2
    assert [alert.body for alert in told.alerts] == [moved(str(folder.halts.path))]
    assert len(minutes) == 3
