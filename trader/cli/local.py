"""How commands find what runs on this machine."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from chalicelib import wiring
from chalicelib.config import home
from chalicelib.errors import TraderError
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


class Failures:
    """What went wrong with some of several runs: it keeps no other from being done, and is raised at the end."""

    def __init__(self) -> None:
        self._errors: list[TraderError] = []

    @contextmanager
    def kept(self) -> Iterator[None]:
        """Go on after the block, whatever it could not do."""
        try:
            yield
        except TraderError as error:
            self._errors.append(error)

    def raise_first(self) -> None:
        for error in self._errors:
            raise error


def known_runs(agent_id: str | None, failures: Failures) -> list[list[AgentPointer]]:
    """The agents by the run that they are in: only the one named, or all. Raises BadInput if there is none."""
    folder = RunFolder(home())
    if agent_id is not None or not folder.agents():
        return [[folder.pointer(agent_id)]]
    pointers: list[AgentPointer] = []
    for name in folder.agents():
        with failures.kept():
            pointers += [pointer] if (pointer := folder.pointer_of(name)) is not None else []
    runs = dict.fromkeys(pointer.run_id for pointer in pointers)
    return [[pointer for pointer in pointers if pointer.run_id == run_id] for run_id in runs]
