"""What the routes work on."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING

from chalicelib.api.messages import HttpRefusal
from chalicelib.ports import Clock, Journal, PortfolioStore
from chalicelib.services.halt import Halt, Resume
from chalicelib.services.status import Status

if TYPE_CHECKING:
    from chalicelib.services.trade_story import TradeStories


@dataclass(frozen=True, slots=True)
class AgentRecords:
    """What is stored of one agent."""

    status: Status
    portfolios: PortfolioStore
    journal: Journal
    stories: Callable[[], TradeStories]
    """Made when they are asked for: what halts and shows needs nothing of strategies."""


class Health(StrEnum):
    """Whether an agent can do its work, in the words of GET /agents."""

    OK = "ok"
    NOT_TRADED = "not traded yet"
    NOT_RUNNING = "not running"
    NO_DATA = "no data"
    BEHIND = "behind"
    SETTINGS_REFUSED = "settings refused"
    SETTINGS_UNREADABLE = "settings unreadable"
    RECORDS_UNREADABLE = "records unreadable"


@dataclass(frozen=True, slots=True)
class Member:
    """One agent that the routes know."""

    agent_id: str
    flatten: bool
    """Whether its configuration says that a halt closes positions (risk.halt_action)."""
    records: Callable[[], AgentRecords]
    """Opens what is stored of it. Raises Refused where there is nothing any more, BadInput, Unavailable."""
    settings: Health = Health.OK
    """What became of its settings."""


@dataclass(frozen=True, slots=True)
class Desk:
    """The agents that one process serves, wherever each keeps what it owns."""

    members: Sequence[Member]
    usual: Sequence[str]
    """Ids of those that a read means where it names nobody. A halt that names nobody is for every member."""
    halt: Halt
    resume: Resume
    clock: Clock
    stranger: Callable[[str], Member] | None = None
    """Makes a member of an id, where the list may lack some; None where it lacks nobody. Raises Refused for no id."""

    def ids(self) -> list[str]:
        """The agents' ids, in the order in which they are configured."""
        return [member.agent_id for member in self.members]

    def chosen(self, agent_id: str | None) -> list[Member]:
        """The agent of this id, all of them for None. Refused with 404 if there is none of this id."""
        if agent_id is None:
            return list(self.members)
        found = [member for member in self.members if member.agent_id == agent_id]
        if not found and self.stranger is not None:
            return [self.stranger(agent_id)]
        if not found:
            raise HttpRefusal(404, f"no such agent; there is {', '.join(self.ids()) or 'none yet'}")
        return found

    def read(self, agent_id: str | None) -> list[Member]:
        """The agents that a read is for: the one of this id, the usual ones for None. Refused as by `chosen`."""
        chosen = self.chosen(agent_id)
        return chosen if agent_id is not None else [member for member in chosen if member.agent_id in self.usual]

    def one(self, agent_id: str | None) -> Member:
        """The agent that a read of one is for. Refused where that is not clear."""
        found = self.read(agent_id)
        if not found:
            raise HttpRefusal(404, "there is no agent yet")
        if len(found) > 1:
            ids = ", ".join(member.agent_id for member in found)
            raise HttpRefusal(400, f"there are several agents: say which with ?agent=, one of {ids}")
        return found[0]


OpenDesk = Callable[[], AbstractContextManager[Desk]]
"""Opens the desk for one request, once that has shown that it may."""
