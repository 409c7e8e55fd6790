"""How commands find what runs on this machine."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

from chalicelib import wiring
from chalicelib.config import home
from chalicelib.errors import BadInput
from chalicelib.services.status import Status
from chalicelib.services.trade_story import TradeStories
from trader.cli import output
from trader.runtime.desks import open_run, status_in, why_of
from trader.runtime.runs import AgentRun, Run, RunFolder


@contextmanager
def agent_stores(agent_id: str | None) -> Iterator[tuple[AgentRun, wiring.Stores]]:
    """The stores of the run that this agent is in, of the agent started last where none is named.

    Raises BadInput if there is none; other agents that cannot be read are said in a line each.
    """
    folder = RunFolder(home())
    pointer = folder.pointer(agent_id, output.note)
    with open_run(folder, folder.find(pointer.run_id)) as stores:
        yield pointer, stores


@dataclass(frozen=True, slots=True)
class Found:
    """An agent in one run."""

    run_id: str
    agent_id: str
    stores: wiring.Stores
    status: Status
    """Of what it holds in this run."""
    why: TradeStories
    """Of its trades in this run."""


@contextmanager
def stores_of(agent_id: str | None, run_id: str | None) -> Iterator[Found]:
    """An agent in the run of this id, or in the one that it is in; the one started last where none is named.

    Raises BadInput where there is no such agent or run.
    """
    folder = RunFolder(home())
    if run_id is None:
        pointer = folder.pointer(agent_id, output.note)
        agent_id, run_id = pointer.agent_id, pointer.run_id
    run = folder.find(run_id)
    with open_run(folder, run) as stores:
        who = _one_of(stores.portfolios.agents(), agent_id, run)
        status = status_in(folder, stores, run, who)
        yield Found(run.id, who, stores, status, why_of(folder, run, stores, status, who))


def _one_of(agents: list[str], agent_id: str | None, run: Run) -> str:
    """The agent that is meant of those that traded in a run. Raises BadInput naming them."""
    if agent_id is not None and agent_id not in agents:
        raise BadInput(f"run {run.id}: agent {agent_id} has not traded in it; there is {', '.join(agents) or 'none'}")
    if agent_id is None and len(agents) != 1:
        raise BadInput(f"run {run.id}: say by --agent which of {', '.join(agents) or 'none that traded yet'}")
    return agent_id or agents[0]
