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


def known_agents(agent_id: str | None) -> list[str]:
    """The one named, or all that ever ran here. Raises BadInput if there is none."""
    folder = RunFolder(home())
    first = folder.pointer(agent_id).agent_id
    return [first] if agent_id else [pointer.agent_id for pointer in folder.pointers()]
