"""What the HTTP routes of a stage work on: its tables, and its settings where these can be had."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from functools import partial

from chalicelib import wiring
from chalicelib.api.desk import AgentRecords, Desk, Health, Member
from chalicelib.api.messages import HttpRefusal
from chalicelib.config import Config, HaltAction
from chalicelib.config.keys import AGENT_ID
from chalicelib.config.values import ValueRefused
from chalicelib.errors import TraderError
from chalicelib.services.halt import Halt, OpenBooks, Resume
from chalicelib.wiring import aws


@contextmanager
def desk() -> Iterator[Desk]:
    """Every agent that is configured, well or not, so that each can be halted; it asks no exchange.

    Where the settings cannot be had: every agent that ever traded, and whatever else is named by an id.
    """
    store = aws.stores()
    configs, health, stranger = _settings(store)
    books = partial(_books, configs, store)
    yield Desk(
        members=[_member(store, config, health[name]) for name, config in configs.items()],
        usual=tuple(configs),
        halt=Halt(store.halts, books, aws.notifier("api")),
        resume=Resume(store.halts, books),
        clock=wiring.system_clock(),
        stranger=stranger,
    )


def _settings(
    store: wiring.Stores,
) -> tuple[dict[str, Config], dict[str, Health], Callable[[str], Member] | None]:
    """The settings and what became of them by agent, and what makes a member of an id that is not among them."""
    try:
        fleet = aws.fleet()
        found = fleet.settings()
        refused = fleet.left_out
        return found, {name: Health.SETTINGS_REFUSED if name in refused else Health.OK for name in found}, None
    except TraderError as error:
        aws.log("api").warn(f"settings cannot be read, agents are those that traded: {error}")
    unknown = {name: wiring.unknown_config(name) for name in store.portfolios.agents()}
    return unknown, dict.fromkeys(unknown, Health.SETTINGS_UNREADABLE), partial(_stranger, store)


def _stranger(store: wiring.Stores, agent_id: str) -> Member:
    try:
        return _member(store, wiring.unknown_config(AGENT_ID.read(agent_id)), Health.SETTINGS_UNREADABLE)
    except ValueRefused:
        raise HttpRefusal(404, f"no such agent: an id is {AGENT_ID.words}") from None


def _member(store: wiring.Stores, config: Config, health: Health) -> Member:
    pulse = wiring.pulse_of_functions(store, wiring.system_clock())
    records = AgentRecords(wiring.status(config, store, pulse), store.portfolios, store.journal)
    return Member(config.agent.id, config.risk.halt_action == HaltAction.FLATTEN, lambda: records, health)


def _books(configs: Mapping[str, Config], store: wiring.Stores) -> Mapping[str, OpenBooks]:
    """The books of all agents that are configured, and of those that once traded in this stage."""
    gone = [name for name in store.portfolios.agents() if name not in configs]
    known = [*configs.values(), *map(wiring.unknown_config, gone)]
    return {config.agent.id: partial(wiring.books, store, config.agent.mode) for config in known}
