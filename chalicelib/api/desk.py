"""What the routes work on."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass

from chalicelib.api.messages import Refused
from chalicelib.ports import Clock, HaltStore, Journal, PortfolioStore
from chalicelib.services.halt import Halt, Resume
from chalicelib.services.status import Status


@dataclass(frozen=True, slots=True)
class Member:
    """One agent that the routes know."""

    agent_id: str
    status: Status
    flatten: bool
    """Whether its configuration says that a halt closes positions (risk.halt_action)."""


@dataclass(frozen=True, slots=True)
class Desk:
    """The agents and the stores that they share."""

    members: Sequence[Member]
    portfolios: PortfolioStore
    halts: HaltStore
    journal: Journal
    halt: Halt
    resume: Resume
    clock: Clock

    def ids(self) -> list[str]:
        """The agents' ids, in the order in which they are configured."""
        return [member.agent_id for member in self.members]

    def chosen(self, agent_id: str | None) -> list[Member]:
        """The agent of this id, all of them for None. Refused with 404 if there is none of this id."""
        if agent_id is None:
            return list(self.members)
        found = [member for member in self.members if member.agent_id == agent_id]
        if not found:
            raise Refused(404, f"no such agent; there is {', '.join(self.ids()) or 'none yet'}")
        return found

    def one(self, agent_id: str | None) -> Member:
        """The agent of this id, or the only one there is. Refused where that is not clear."""
        found = self.chosen(agent_id)
        if not found:
            raise Refused(404, "there is no agent yet")
        if len(found) > 1:
            raise Refused(400, f"there are several agents: say which with ?agent=, one of {', '.join(self.ids())}")
        return found[0]


OpenDesk = Callable[[], AbstractContextManager[Desk]]
"""Opens the desk for one request, once that has shown that it may."""
