"""By which parameters a minute was decided: its decisions name their hash, the run keeps what stands behind it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from chalicelib.config import Config, params
from chalicelib.domain import Decision
from chalicelib.errors import BadInput
from chalicelib.kernel.lots import ANY, SymbolSteps
from chalicelib.kernel.step import steps_of
from chalicelib.ports import RuleStore
from chalicelib.services.minute import AgentRules
from chalicelib.strategy.chosen import config_hash, rule_of
from chalicelib.wiring import asked_of
from trader.runtime.lockstep import StepClock
from trader.runtime.markets import generated_market
from trader.runtime.runs import AgentPointer, Run
from trader.runtime.stored_rules import revived


@dataclass(frozen=True, slots=True)
class Decider:
    """What an agent decided by from one start on."""

    started_ms: int
    mode: str
    cash: float
    rules: AgentRules
    otherwise: tuple[str, ...] = ()
    """What of the strategy's code this version has otherwise than it was then."""


class RuleBook:
    """All rules that one agent had in one run, oldest first; at least one."""

    def __init__(self, deciders: Sequence[Decider], agent_id: str) -> None:
        """Raises BadInput where none is kept."""
        if not deciders:
            raise BadInput(
                f"agent {agent_id}: the run keeps no rules that it was decided by; name its settings by --config"
            )
        self._deciders = deciders

    @property
    def cash(self) -> float:
        """What the agent began with."""
        return self._deciders[0].cash

    @property
    def hashes(self) -> tuple[str, ...]:
        """Of all settings that are kept."""
        return tuple(dict.fromkeys(each.rules.config_hash for each in self._deciders))

    def of(self, decision: Decision, before: Decider | None) -> Decider:
        """What this was decided by; where that is not kept, what the minute `before` was, else the oldest.

        Rules of one hash differ in the steps of their lots only: those of the last start before the decision count.
        """
        same = [each for each in self._deciders if each.rules.config_hash == decision.config_hash]
        begun = [each for each in same if each.started_ms <= decision.decided_ms]
        if begun or same:
            return begun[-1] if begun else same[0]
        return before or self._deciders[0]


def kept_deciders(kept: Sequence[AgentPointer], sources: RuleStore) -> list[Decider]:
    """What a run keeps of an agent's rules, with the code of their strategies. Raises BadInput as `revived`."""
    found = []
    for each in kept:
        rules, otherwise = revived(each.rules, sources)
        found.append(Decider(each.started_ms, each.mode, each.cash, rules, otherwise))
    return found


def decider_of(config: Config, run: Run, kept: Sequence[AgentPointer], agent_id: str) -> Decider:
    """Settings of a file as the rules of this agent in this run.

    Steps are those that the run keeps, else those of the generated market; none where neither has any.
    """
    steps = _generated_steps(config) if run.market == "sim" else {}
    for each in kept:
        known = each.rules.params
        steps |= {symbol: steps_of(known, index) for index, symbol in enumerate(each.rules.symbols)}
    symbols = config.agent.symbols
    made, rule = params(config, [steps.get(symbol, ANY) for symbol in symbols]), rule_of(config)
    rules = AgentRules(agent_id, symbols, rule, made, config_hash(config, rule))
    return Decider(0, config.agent.mode, config.agent.cash, rules)


def _generated_steps(config: Config) -> dict[str, SymbolSteps]:
    market, _ = generated_market(config, config.agent.symbols, 0, StepClock(), None)
    return {name: asked_of(symbol) for name, symbol in market.symbols.items()}
