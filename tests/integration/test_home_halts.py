"""A flag of the home is thrown while a run commits, before each of its statements: none of its orders comes later."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from threading import Event, Thread

import pytest

from chalicelib import wiring
from chalicelib.adapters.sqlite import Database, SqliteHomeHaltStore, SqlitePortfolioStore
from chalicelib.errors import Halted
from tests.contract.defects import ForgetsTheHalt, ReadsTheFlagTooEarly
from tests.contract.samples import AGENT, flag, full_change
from tests.support.dying_starts import OURS, REASON, expect, halted_by_an_old_version, reasons
from tests.support.world import Silent
from trader.runtime.desks import desk_of, open_run
from trader.runtime.runs import AgentPointer, Run, RunFolder
from trader.runtime.stored_rules import stored

BLOCKED_S = 0.03
"""How long a halt may stand at its turn before it counts as waiting for the commit."""


class OutwaitsNobody(SqliteHomeHaltStore):
    """The halt returns once the flag is up: see `throw` below."""


class ReadsAnOldSnapshot(SqliteHomeHaltStore):
    """The home is read inside a transaction that is open on it, as an attached file would be."""

    def __init__(self, home: Database, run: Database) -> None:
        super().__init__(home, run)
        home._connection.execute("BEGIN")
        home.query("SELECT * FROM halt")


@contextmanager
def opened(folder: Path, halts: type[SqliteHomeHaltStore]) -> Iterator[tuple[Database, Database, SqliteHomeHaltStore]]:
    with Database(folder / "halts.sqlite") as home, Database(folder / "run.sqlite") as run:
        yield home, run, halts(home, run)


def breached(
    folder: Path, at: int, halts: type[SqliteHomeHaltStore], portfolios: type[SqlitePortfolioStore]
) -> bool | None:
    """Whether a commit went through though a halt had returned before its statement number `at`; None past its end."""
    with opened(folder, halts) as (home, run, flags):
        store = portfolios(run, flags)
        before: list[bool] = []
        left = at

        ready, go, at_its_turn = Event(), Event(), Event()

        def throw() -> None:
            with opened(folder, SqliteHomeHaltStore) as (_, _, other):
                ready.set()
                go.wait()
                other._home.throw(flag("*"))
                at_its_turn.set()
                if halts is not OutwaitsNobody:
                    other._outwait_commits()

        thread = Thread(target=throw)
        thread.start()
        assert ready.wait(10.0)

        def step(_: str) -> None:
            nonlocal left
            if left == 0:
                go.set()
                assert at_its_turn.wait(10.0)
                thread.join(BLOCKED_S)
                before.append(not thread.is_alive())
            left -= 1

        step("")  # number 0 is before the commit
        for database in (home, run):
            database._connection.set_trace_callback(step)
        try:
            store.commit(full_change(1))
            committed = True
        except Halted:
            committed = False
        for database in (home, run):
            database._connection.set_trace_callback(None)
        go.set()
        thread.join()
        if not before:
            return None
        return committed and before[0]


def breaches(
    folder: Path,
    halts: type[SqliteHomeHaltStore] = SqliteHomeHaltStore,
    portfolios: type[SqlitePortfolioStore] = SqlitePortfolioStore,
) -> list[int]:
    """The statements before which a halt that returned kept no order from being committed."""
    found = []
    at = 0
    while (outcome := breached(folder / str(at), at, halts, portfolios)) is not None:
        found += [at] if outcome else []
        at += 1
    assert at >= 8
    return found


def test_a_halt_that_has_returned_holds_at_every_statement_of_a_commit(tmp_path: Path) -> None:
    assert breaches(tmp_path) == []


@pytest.mark.parametrize("defect", [OutwaitsNobody, ReadsAnOldSnapshot])
def test_a_home_that_is_read_or_thrown_wrongly_is_noticed(defect: type[SqliteHomeHaltStore], tmp_path: Path) -> None:
    assert breaches(tmp_path, defect)


@pytest.mark.parametrize("defect", [ForgetsTheHalt, ReadsTheFlagTooEarly])
def test_a_run_that_reads_the_home_wrongly_is_noticed(defect: type[SqlitePortfolioStore], tmp_path: Path) -> None:
    assert breaches(tmp_path, portfolios=defect)


def run_of(home: Path, agent_id: str, flags: bool) -> Run:
    """A run with a store, that an agent points to."""
    folder = RunFolder(home)
    run = folder.simulated(agent_id, "sim", {"number": agent_id}, 1)
    rules = wiring.rules(wiring.unknown_config(agent_id), {})
    with open_run(folder, run) as stores:
        stores.portfolios.commit(full_change(1, agent_id))
        if flags:
            stores.run_halts.throw(flag(agent_id, "errors of a simulation"))
    folder.point(AgentPointer(agent_id, run.id, 1, "paper", 10_000.0, stored(rules)))
    return run


def test_a_halt_of_all_is_every_agents_and_that_of_a_simulation_nobody_elses(tmp_path: Path) -> None:
    folder = RunFolder(tmp_path)
    runs = [run_of(tmp_path, "one", flags=True), run_of(tmp_path, "two", flags=False)]
    with wiring.home_halts(folder.halts) as halts:
        assert halts.flags("one") == halts.flags("two") == []
    with desk_of(folder, Silent()) as desk:
        assert desk.halt.run(None, "odd", False, 2).agents == ("one", "two")
    with ExitStack() as stack:
        stores = [stack.enter_context(open_run(folder, run)) for run in runs]
        assert [up.reason for up in stores[0].halts.flags("one")] == ["odd", "errors of a simulation"]
        assert [up.reason for up in stores[1].halts.flags("two")] == ["odd"]
        for number, agent_id in enumerate(("one", "two")):
            with pytest.raises(Halted):
                stores[number].portfolios.commit(full_change(2, agent_id))
    with desk_of(folder, Silent()) as desk:
        assert desk.resume.run(None).agents == ("one", "two")
    with open_run(folder, runs[0]) as stores_of_one:
        assert stores_of_one.halts.flags("one") == []
        stores_of_one.portfolios.commit(full_change(2, "one"))


def test_an_agent_whose_run_is_gone_is_halted_in_whatever_it_runs_next(tmp_path: Path) -> None:
    folder = RunFolder(tmp_path)
    run = run_of(tmp_path, AGENT, flags=False)
    (tmp_path / "runs" / run.id / "run.json").unlink()
    with desk_of(folder, Silent()) as desk:
        report = desk.halt.run(AGENT, "odd", True, 2)
    assert (report.agents, report.failed) == ((AGENT,), ())
    again = folder.simulated(AGENT, "sim", {"number": "another"}, 3)
    with open_run(folder, again) as stores, pytest.raises(Halted, match="odd"):
        stores.portfolios.commit(full_change(1))


def test_a_start_in_real_time_takes_over_what_an_old_version_kept_in_the_last_run(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    halted_by_an_old_version(tmp_path)
    monkeypatch.setenv("TRADER_WEBHOOK", "https://example.com/hook#teams")  # it ends before it points to another run
    expect(tmp_path, "paper", "run", "--port", "0", "--set", "news.analyzer=lexicon", code=1)
    assert reasons(tmp_path, OURS) == [REASON]
