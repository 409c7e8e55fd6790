"""How commands find what runs on this machine."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from chalicelib import wiring
from chalicelib.config import home
from trader.runtime.runs import AgentPointer, RunFolder


@contextmanager
def agent_stores(agent_id: str | None) -> Iterator[tuple[AgentPointer, wiring.Stores]]:
    """The stores of the run that this agent is in, of the agent started last where none is named.

    Raises BadInput if there is none.
    """
    folder = RunFolder(home())
    pointer = folder.pointer(agent_id)
    with wiring.sqlite_stores(folder.database(folder.find(pointer.run_id))) as stores:
        yield pointer, stores


def known_runs(agent_id: str | None) -> list[list[AgentPointer]]:
    """The agents by the run that they are in: only the one named, or all. Raises BadInput if there is none."""
    folder = RunFolder(home())
    first = folder.pointer(agent_id)
    pointers = [first] if agent_id else folder.pointers()
    runs = dict.fromkeys(pointer.run_id for pointer in pointers)
    return [[pointer for pointer in pointers if pointer.run_id == run_id] for run_id in runs]
