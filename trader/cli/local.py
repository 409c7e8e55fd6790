"""How commands find what runs on this machine."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from chalicelib import wiring
from chalicelib.config import home
from trader.cli import output
from trader.runtime.desks import open_run
from trader.runtime.runs import AgentRun, RunFolder


@contextmanager
def agent_stores(agent_id: str | None) -> Iterator[tuple[AgentRun, wiring.Stores]]:
    """The stores of the run that this agent is in, of the agent started last where none is named.

    Raises BadInput if there is none; other agents that cannot be read are said in a line each.
    """
    folder = RunFolder(home())
    pointer = folder.pointer(agent_id, output.note)
    with open_run(folder, folder.find(pointer.run_id)) as stores:
        yield pointer, stores
