"""Records to replay, and defects to plant in them."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

from chalicelib import wiring
from chalicelib.adapters.sqlite import Database
from chalicelib.ports import SeriesStore
from chalicelib.services.minute import AgentRules
from tests.support.world import AGENT, World
from trader.replay.rules import Decider
from trader.replay.run import BEGINNING_MS, END_MS, Replay, Replayed
from trader.runtime.runs import Run

SIMULATED = Run("run", "sim", "{}", 0, real_time=False)
REAL_TIME = Run("run", "sim", "{}", 0, real_time=True)
CASH = 10_000.0


def replayed(
    database: Database,
    rules: AgentRules,
    run: Run = SIMULATED,
    *,
    from_ms: int = BEGINNING_MS,
    to_ms: int = END_MS,
    mode: str = "paper",
    more: list[Decider] | None = None,
    series: SeriesStore | None = None,
) -> Replayed:
    """What replaying the agent comes to, decided by these rules."""
    deciders = [Decider(0, mode, CASH, rules), *(more or [])]
    stores = wiring.stores_over(database)
    return Replay(run, stores, AGENT, deciders, from_ms, to_ms, series).run()


def first_words(result: Replayed) -> str:
    """The first difference without its minute, empty where there is none."""
    words = result.differences[0].words if result.differences else ""
    return words[len("minute 2023-11-14T22:30Z") :].lstrip(",: ")


def edit(
    database: Database, table: str, where: Callable[[dict[str, Any]], bool], change: Callable[[Any], object]
) -> None:
    """Change the first record of a table of JSON bodies for which `where` holds; one must."""
    key = "agent_id" if table == "portfolio" else "number"
    for number, body in database.query(f"SELECT {key}, body FROM {table} ORDER BY {key}"):  # noqa: S608 (a test's own)
        record = json.loads(body)
        if where(record):
            change(record)
            write(database, f"UPDATE {table} SET body = ? WHERE {key} = ?", json.dumps(record), number)  # noqa: S608
            return
    raise AssertionError(f"no such {table}")


def write(database: Database, sql: str, *parameters: str | int | float) -> None:
    """Run one statement."""
    with database.transaction():
        assert database.execute(sql, parameters) > 0


def traded_world() -> World:
    """Two symbols with gaps, some trades, headlines."""
    world = World()
    with world.database.transaction():
        world.run()
    return world
