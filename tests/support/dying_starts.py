"""Interrupts starts, halts and resumes before each step, by death and by other commands, and judges what is halted.

python -m tests.support.dying_starts FOLDER [SCENARIO PLANT]   prints JSON: steps by scenario, what went wrong.
"""

from __future__ import annotations

import json
import os
import shutil
import sqlite3
import sys
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import closing, contextmanager, suppress
from itertools import count
from multiprocessing import get_context
from multiprocessing.connection import Connection
from pathlib import Path

from chalicelib import wiring
from chalicelib.adapters import sqlite
from chalicelib.adapters.sqlite import Database
from chalicelib.domain import HaltFlag
from tests.support.effort import SEED, repeats
from tests.support.interrupted import command, dies, steps_of, unwatch, watch
from tests.support.older_store import drop_columns_since
from trader.runtime.runs import RunFolder

OURS, OTHER = "default", "other"
REASON = "odd prices"
EVERY = repeats(29, 1)
"""Of how many steps one is interrupted."""
FIRST = SEED % EVERY
BLOCKED_S = 0.15
"""How long another command may take before it counts as waiting for the one that is interrupted."""
RULE = (
    "strategy.settings.rsi_period=2",
    "strategy.settings.rsi_buy=55",
    "strategy.settings.rsi_sell=60",
    "strategy.settings.sentiment_buy=-1",
    "strategy.settings.sentiment_sell=-1",
    "risk.daily_loss_limit=0",
    "news.analyzer=lexicon",
)
SET = tuple(part for setting in RULE for part in ("--set", setting))


def start(agent_id: str, minutes: int = 4) -> tuple[str, ...]:
    """A simulation that enters within its first minutes, unless it is halted."""
    run = ("paper", "run", "--speed", "max", "--ticks", str(minutes), "--set", f"agent.id={agent_id}")
    return (*run, *SET)


def nothing(home: Path) -> None:
    """Nobody ever ran here."""


def traded(home: Path) -> None:
    """Two agents whose simulations have ended."""
    for agent_id in (OURS, OTHER):
        expect(home, *start(agent_id))


def quiet(home: Path) -> None:
    """The same, with no entry of ours on record."""
    traded(home)
    folder = RunFolder(home)
    with Database(folder.database(folder.find(folder.pointer(OURS).run_id))) as store, store.transaction():
        store.execute("DELETE FROM intent")


def halted(home: Path) -> None:
    """The first of them is halted."""
    traded(home)
    expect(home, "halt", "--agent", OURS, "--reason", REASON)


def halted_by_an_old_version(home: Path) -> None:
    """The same as a version left it that kept flags in runs: one for all, copied from somewhere."""
    traded(home)
    (home / "halts.sqlite").unlink()
    folder = RunFolder(home)
    for agent_id in (OURS, OTHER):
        with closing(sqlite3.connect(folder.database(folder.find(folder.pointer(agent_id).run_id)))) as store, store:
            store.execute("DROP TABLE halt")
            store.execute("ALTER TABLE halt_of_old RENAME TO halt")
            if agent_id == OURS:
                store.execute("INSERT INTO halt VALUES ('*', ?, 1, 0)", (REASON,))
            drop_columns_since(store, 3)


def expect(home: Path, *arguments: str, code: int = 0) -> str:
    """What the command printed."""
    found, printed = command(home, *arguments)
    assert found == code, (arguments, found, printed)
    return printed


def reasons(home: Path, agent_id: str) -> list[str]:
    """Why the agent is halted, whatever it runs."""
    with wiring.home_halts(RunFolder(home).halts) as halts:
        return [flag.reason for flag in halts.flags(agent_id)]


def entries(home: Path, agent_id: str) -> int:
    """How many entries were ever written for the agent, in all runs that are kept."""
    found = 0
    for path in home.glob("runs/*/trader.sqlite"):
        with suppress(sqlite3.OperationalError), closing(sqlite3.connect(path)) as store:  # removed meanwhile
            tables = store.execute("SELECT 1 FROM sqlite_master WHERE name = 'intent'").fetchall()
            if tables:
                found += store.execute("SELECT count(*) FROM intent WHERE agent_id = ?", (agent_id,)).fetchone()[0]
    return found


def entries_of_the_last_run(home: Path) -> int:
    folder = RunFolder(home)
    with Database(folder.database(folder.find(folder.pointer(OURS).run_id))) as store:
        return int(store.query("SELECT count(*) FROM intent")[0][0])


def still_halted(home: Path) -> Iterator[str]:
    """What is wrong where a start of the halted agent died and is repeated."""
    printed = expect(home, *start(OURS))
    if not printed.startswith(f"halted ({REASON})"):
        yield f"the first line does not say that it is halted: {printed.splitlines()[0]!r}"
    if entries_of_the_last_run(home):
        yield "it entered all the same"
    if reasons(home, OURS) != [REASON]:
        yield f"halted for {reasons(home, OURS)}"
    if reasons(home, OTHER):
        yield "the halt has spread"
    expect(home, *start(OTHER))


def halts_again(home: Path) -> Iterator[str]:
    """What is wrong where a halt of one died and is repeated."""
    expect(home, "halt", "--agent", OURS, "--reason", REASON)
    yield from still_halted(home)


def resumes_again(home: Path) -> Iterator[str]:
    """What is wrong where a resume died and is repeated."""
    if reasons(home, OURS) not in ([], [REASON]) or reasons(home, OTHER):
        yield f"halted for {reasons(home, OURS)}, the other for {reasons(home, OTHER)}"
    expect(home, "resume", "--agent", OURS)
    expect(home, *start(OURS))
    if not entries_of_the_last_run(home):
        yield "it is still kept from entering"


def trades(home: Path) -> Iterator[str]:
    """What is wrong where a start that nothing halts died and is repeated."""
    expect(home, *start(OURS))
    if not entries_of_the_last_run(home):
        yield "it enters no more"


Verdict = Callable[[Path], Iterator[str]]
DEATHS: Mapping[str, tuple[Callable[[Path], None], Sequence[str], Verdict]] = {
    "a first start": (nothing, start(OURS), trades),
    "a start while halted": (halted, start(OURS), still_halted),
    "a start with halts of an old version": (halted_by_an_old_version, start(OURS), still_halted),
    "another agent's start": (halted, start(OTHER), still_halted),
    "a halt": (traded, ("halt", "--agent", OURS, "--reason", REASON), halts_again),
    "a halt beside one of an old version": (
        halted_by_an_old_version,
        ("halt", "--agent", OURS, "--reason", REASON),
        still_halted,
    ),
    "a resume": (halted, ("resume", "--agent", OURS), resumes_again),
}


def serve(pipe: Connection) -> None:
    """Run the commands that come, each to its end, and count the entries right after it."""
    while True:
        home, arguments = pipe.recv()
        code, printed = command(home, *arguments)
        pipe.send((code, printed, entries(home, OURS)))


def with_meanwhile(home: Path, pipe: Connection, at: int, arguments: Sequence[str], other: Sequence[str]) -> int:
    """Run the command; before its step number `at` the other one runs to its end, or until it waits for this one.

    Gives how many entries there were when the other had returned.
    """
    left, done = at, False

    def step() -> None:
        nonlocal left, done
        if left == 0 and not done:
            done = True
            pipe.send((home, tuple(other)))
            pipe.poll(BLOCKED_S)
        left -= 1

    watch(home, step)
    found, printed = command(home, *arguments)
    unwatch()
    assert found == 0, printed
    if not done:
        pipe.send((home, tuple(other)))
    code, printed, written = pipe.recv()
    assert code == 0, (other, printed)
    return int(written)


def halt_meanwhile(home: Path, written: int) -> Iterator[str]:
    if entries(home, OURS) != written:
        yield f"{entries(home, OURS) - written} entries were written after the halt had returned"
    if reasons(home, OURS) != [REASON]:
        yield "the halt is lost"
    if reasons(home, OTHER):
        yield "the halt has spread"


def halt_of_all_meanwhile(home: Path, written: int) -> Iterator[str]:
    if entries(home, OURS) != written:
        yield f"{entries(home, OURS) - written} entries were written after the halt had returned"
    if not reasons(home, OURS) == reasons(home, OTHER) == [REASON]:
        yield "the halt is lost"


def resume_meanwhile(home: Path, _: int) -> Iterator[str]:
    if reasons(home, OURS):
        yield "the halt came back"


def start_meanwhile(home: Path, _: int) -> Iterator[str]:
    if reasons(home, OURS) != [REASON] or reasons(home, OTHER):
        yield f"halted for {reasons(home, OURS)}, the other for {reasons(home, OTHER)}"
    if entries_of_the_last_run(home):
        yield "it entered all the same"


MEANWHILE: Mapping[
    str, tuple[Callable[[Path], None], Sequence[str], Sequence[str], Callable[[Path, int], Iterator[str]]]
] = {
    "a halt meanwhile": (quiet, start(OURS), ("halt", "--agent", OURS, "--reason", REASON), halt_meanwhile),
    "a halt of all meanwhile": (quiet, start(OURS), ("halt", "--reason", REASON), halt_of_all_meanwhile),
    "a resume meanwhile": (halted, start(OURS), ("resume", "--agent", OURS), resume_meanwhile),
    "another start meanwhile": (halted, start(OURS), start(OTHER), start_meanwhile),
}


def dawdle(run: Database) -> None:
    """So many steps that every sample has one of them."""
    for _ in range(EVERY):
        run.query("SELECT 1")


def plant(name: str) -> None:
    """Break one promise in this process and its children."""
    if name == "a run knows its own flags only":

        @contextmanager
        def alone(path: Path, home: wiring.HomeHalts, agent_ids: Sequence[str]) -> Iterator[wiring.Stores]:
            with Database(path) as database:
                yield wiring.stores_over(database)

        wiring.run_stores = alone
    elif name == "old flags are forgotten first":

        def lossy(home: Database, run: Database, agent_ids: Sequence[str]) -> None:
            old = run.query("SELECT scope, reason FROM halt_of_old")
            with run.transaction():
                run.execute("DELETE FROM halt_of_old")
            dawdle(run)
            for _, reason in old:
                sqlite.SqliteHaltStore(home).throw(a_flag(OURS, reason))

        sqlite.take_over_old_flags = lossy
    elif name == "an old flag for all stays one":

        def spread(home: Database, run: Database, agent_ids: Sequence[str]) -> None:
            for scope, reason in run.query("SELECT scope, reason FROM halt_of_old"):
                sqlite.SqliteHaltStore(home).throw(a_flag(scope, reason))

        sqlite.take_over_old_flags = spread
    elif name == "nobody is outwaited":
        sqlite.SqliteHomeHaltStore._outwait_commits = lambda self: None  # type: ignore[method-assign]
    else:
        raise ValueError(name)


def a_flag(scope: str, reason: str) -> HaltFlag:
    return HaltFlag(scope, reason, 1)


def copies(template: Path, folder: Path) -> Iterator[tuple[int, Path]]:
    """A fresh copy of the home for every so many numbers, without end; the one before is removed."""
    for number in count(FIRST, EVERY):
        home = folder / str(number)
        shutil.copytree(template, home)
        yield number, home
        shutil.rmtree(home)


def main(folder: Path, only: str) -> None:
    """Play every scenario, or the only one, some steps further each time."""
    steps: dict[str, int] = {}
    wrong: list[str] = []
    parent, child = get_context("fork").Pipe()
    worker = get_context("fork").Process(target=serve, args=(child,), daemon=True)
    worker.start()
    child.close()  # a worker that dies is noticed
    for name, (prepare, arguments, verdict) in DEATHS.items():
        if only not in ("", name):
            continue
        template = folder / name / "template"
        template.mkdir(parents=True)
        prepare(template)
        for number, home in copies(template, folder / name):
            lives = not dies(home, number, *arguments)
            wrong += [f"{name}, dead at step {number}: {problem}" for problem in verdict(home)]
            if lives:
                steps[name] = number
                break
    for name, (prepare, arguments, other, judge) in MEANWHILE.items():
        if only not in ("", name):
            continue
        template = folder / name / "template"
        template.mkdir(parents=True)
        prepare(template)
        shutil.copytree(template, folder / name / "counted")
        steps[name] = steps_of(folder / name / "counted", *arguments)
        for number, home in copies(template, folder / name):
            if number > steps[name]:
                break
            written = with_meanwhile(home, parent, number, arguments, other)
            wrong += [f"{name} at step {number}: {problem}" for problem in judge(home, written)]
    worker.kill()
    print(json.dumps({"steps": steps, "wrong": wrong}))  # noqa: T201 (its result)


if __name__ == "__main__":
    os.environ.pop("TRADER_WEBHOOK", None)
    if len(sys.argv) > 2:
        plant(sys.argv[3])
    main(Path(sys.argv[1]), sys.argv[2] if len(sys.argv) > 2 else "")
