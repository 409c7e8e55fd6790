"""What the HTTP routes of a stage work on: its tables, and its settings where these can be had."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from functools import cache, partial
from typing import TYPE_CHECKING

from chalicelib import wiring
from chalicelib.api.desk import AgentRecords, Desk, Health, Member
from chalicelib.api.messages import HttpRefusal
from chalicelib.config import Config, HaltAction
from chalicelib.config.keys import AGENT_ID
from chalicelib.config.values import ValueRefused
from chalicelib.domain import Decision
from chalicelib.errors import BadInput, TraderError
from chalicelib.services.halt import Halt, OpenBooks, Resume
from chalicelib.services.status import Status
from chalicelib.wiring import aws

if TYPE_CHECKING:
    from chalicelib.services.trade_story import RuleOf, TradeStories
    from chalicelib.strategy.rule import StrategyRule


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
    pulse = wiring.pulse_of_functions(store, wiring.system_clock(), config.strategy.interval_ms)
    status = wiring.status(config, store, pulse)
    stories = partial(_stories, store, config, status)
    records = AgentRecords(status, store.portfolios, store.journal, stories)
    return Member(config.agent.id, config.risk.halt_action == HaltAction.FLATTEN, lambda: records, health)


def _stories(store: wiring.Stores, config: Config, status: Status) -> TradeStories:
    from chalicelib.services.trade_story import TradeStories

    return TradeStories(status, store.journal, store.news, _rule_of(config))


def _rule_of(config: Config) -> RuleOf:
    """Finds the strategy of a decision by these settings; what others decided is shown without conditions."""

    @cache
    def configured() -> tuple[str, StrategyRule] | None:
        from chalicelib.strategy.chosen import config_hash, rule_of

        try:
            rule = rule_of(config)
        except BadInput:  # told by the stage that trades
            return None
        return None if rule.strategy.missing else (config_hash(config, rule), rule)

    def found(decision: Decision) -> StrategyRule | None:
        known = configured()
        return known[1] if known is not None and known[0] == decision.config_hash else None

    return found


def _books(configs: Mapping[str, Config], store: wiring.Stores) -> Mapping[str, OpenBooks]:
    """The books of all agents that are configured, and of those that once traded in this stage."""
    gone = [name for name in store.portfolios.agents() if name not in configs]
    known = [*configs.values(), *map(wiring.unknown_config, gone)]
    return {config.agent.id: partial(wiring.books, store, config.agent.mode) for config in known}
