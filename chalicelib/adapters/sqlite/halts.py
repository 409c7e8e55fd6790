"""The halt flags: of one file, and of a run whose agents' flags stand in a file of their own."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from pathlib import Path

from chalicelib.adapters.sqlite.database import Database, moved, schema_version
from chalicelib.domain import ALL_AGENTS, HaltFlag

_FLAGS = "SELECT scope, reason, since_ms, flatten FROM halt WHERE scope IN (?, ?) ORDER BY scope"
_THROW = """INSERT INTO halt VALUES (?, ?, ?, ?)
    ON CONFLICT (scope) DO UPDATE SET flatten = max(flatten, excluded.flatten)"""
_CLEAR = "DELETE FROM halt WHERE scope = ?"
_OLD_FLAGS = "SELECT scope, reason, since_ms, flatten FROM halt_of_old ORDER BY scope"
_FORGET_OLD = "DELETE FROM halt_of_old"
_BEFORE_HOMES = range(1, 4)
"""The schemas of stores that kept their flags themselves; any other was made after its home's file."""

RunStores = Callable[[], Iterable[Path]]
"""The stores of all runs of a home."""


class SqliteHaltStore:
    """`HaltStore` over the file that the portfolios are in.

    SQLite lets one transaction write at a time, and a portfolio's commit reads the flags inside its own: it is either
    over before `throw` begins, or sees the flag. Thrown inside an outer transaction the flag is up when that commits.
    """

    def __init__(self, database: Database) -> None:
        self._database = database

    def flags(self, agent_id: str) -> list[HaltFlag]:
        return [_flag(row) for row in self._database.query(_FLAGS, (agent_id, ALL_AGENTS))]

    def throw(self, flag: HaltFlag) -> None:
        with self._database.transaction():
            self._database.execute(_THROW, (flag.scope, flag.reason, flag.since_ms, int(flag.flatten)))

    def clear(self, scope: str) -> None:
        with self._database.transaction():
            self._database.execute(_CLEAR, (scope,))


class SqliteHomeHaltStore:
    """`HaltStore` of one run, for flags that belong to its agents: they stand in the home's file, every run reads them.

    Two SQLite files are no one transaction. So `throw` makes the flag durable in the home first and then waits for its
    turn to write to the run; a commit reads the home inside its own transaction, when that has its turn already, over a
    connection on which nothing is open. It is either over before `throw` returns, or sees the flag. Nothing is copied,
    so nothing can be lost or spread.

    A flag that stands in the run's own file, an error halt of a simulation, halts in this run alone. Once the home's
    file was removed or replaced it is not heard any more what anybody throws: that is a flag, too.
    """

    def __init__(self, home: Database, run: Database) -> None:
        self._home_file = home
        self._home = SqliteHaltStore(home)
        self._own = SqliteHaltStore(run)
        self._run = run

    def flags(self, agent_id: str) -> list[HaltFlag]:
        if self._home_file.is_moved:
            return [HaltFlag(ALL_AGENTS, moved(self._home_file.path), 0)]
        return [*self._home.flags(agent_id), *self._own.flags(agent_id)]

    def throw(self, flag: HaltFlag) -> None:
        self._home.throw(flag)
        self._outwait_commits()

    def clear(self, scope: str) -> None:
        self._own.clear(scope)
        self._home.clear(scope)

    def _outwait_commits(self) -> None:
        """Return once every commit is over that may have read the home before the flag was up."""
        with self._run.transaction():
            pass


def home_database(path: Path, stores: RunStores) -> Database:
    """The home's file with the flags. Made anew beside runs that had one it halts all: nobody knows whom it halted."""

    def on_new(made: Database) -> None:
        if any(schema_version(store) not in _BEFORE_HOMES for store in stores()):
            SqliteHaltStore(made).throw(HaltFlag(ALL_AGENTS, f"{path.name} was lost, and with it whom it halted", 0))

    return Database(path, on_new=on_new)


def take_over_old_flags(home: Database, run: Database, agent_ids: Sequence[str]) -> None:
    """Move the flags that a version before the home's file left in a run to the home, for the agents that are in it.

    One for all had been copied from run to run, so it becomes one for each of these agents and for nobody else. What a
    crash interrupts is done again by the next call.
    """
    old = [_flag(row) for row in run.query(_OLD_FLAGS)]
    if not old:
        return
    halts = SqliteHaltStore(home)
    for flag in old:
        for scope in agent_ids if flag.scope == ALL_AGENTS else {flag.scope} & set(agent_ids):
            halts.throw(HaltFlag(scope, flag.reason, flag.since_ms, flag.flatten))
    with run.transaction():
        run.execute(_FORGET_OLD)


def _flag(row: tuple[str, str, int, int]) -> HaltFlag:
    scope, reason, since_ms, flatten = row
    return HaltFlag(scope, reason, since_ms, bool(flatten))
