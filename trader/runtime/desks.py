"""The agents of one run on this machine, as the HTTP routes and the commands that do the same work on them."""

from __future__ import annotations

import sys
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager

from chalicelib import wiring
from chalicelib.api.desk import Desk, Member
from chalicelib.errors import BadInput
from chalicelib.services.halt import Halt, Resume
from chalicelib.services.status import Status
from trader.runtime.lockstep import StepClock
from trader.runtime.runs import AgentPointer, Run, RunFolder


@contextmanager
def desk_of(folder: RunFolder, run: Run) -> Iterator[Desk]:
    """All agents that are in this run now, over a connection of their own. Raises BadInput, Unavailable."""
    with wiring.sqlite_stores(folder.database(run)) as stores:
        yield desk_over(stores, _members(folder, run))


def desk_over(stores: wiring.Stores, pointers: Sequence[AgentPointer]) -> Desk:
    """These agents, which share these stores; there must be one. Alerts go to stderr and to the webhook."""
    venue = wiring.executor(pointers[0].mode, pointers[0].rules)
    return Desk(
        members=[Member(pointer.agent_id, _status(stores, pointer), pointer.flatten) for pointer in pointers],
        portfolios=stores.portfolios,
        halts=stores.halts,
        journal=stores.journal,
        halt=Halt(stores.portfolios, stores.halts, venue, wiring.alerts_at_once(sys.stderr)),
        resume=Resume(stores.portfolios, stores.halts, stores.failures),
        clock=StepClock(time.time_ns() // 1_000_000),  # a desk is open for one request
    )


def _status(stores: wiring.Stores, pointer: AgentPointer) -> Status:
    return Status(
        stores.portfolios, stores.halts, stores.scoring, pointer.mode, pointer.cash, pointer.rules.params.limits
    )


def _members(folder: RunFolder, run: Run) -> list[AgentPointer]:
    """The agents whose newest run is this one. A damaged file of another agent is no reason to answer nobody."""
    found = []
    for agent_id in folder.agents():
        try:
            pointer = folder.pointer_of(agent_id)
        except BadInput:
            continue
        if pointer is not None and pointer.run_id == run.id:
            found.append(pointer)
    if not found:
        raise BadInput(f"run {run.id}: no agent is in it any more")
    return found
