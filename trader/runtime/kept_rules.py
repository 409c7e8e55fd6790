"""Strategies, with their settings, that recorded decisions were made by."""

from __future__ import annotations

from contextlib import suppress
from functools import cache

from chalicelib.domain import Decision
from chalicelib.errors import BadInput
from chalicelib.ports import RuleStore
from chalicelib.services.trade_story import RuleOf
from chalicelib.strategy.rule import StrategyRule
from trader.runtime.runs import Run, RunFolder
from trader.runtime.stored_rules import revived


def rules_kept(folder: RunFolder, run: Run, agent_id: str, sources: RuleStore) -> RuleOf:
    """Finds a decision's strategy by the hash of its settings; files are read when the first is asked for."""

    @cache
    def by_hash() -> dict[str, StrategyRule]:
        found = {}
        with suppress(BadInput):  # what this version cannot read or run decided what is shown without conditions
            for pointer in folder.deciders(run, agent_id):
                with suppress(BadInput):
                    rules, _ = revived(pointer.rules, sources)
                    found[rules.config_hash] = rules.rule
        return found

    def rule_of(decision: Decision) -> StrategyRule | None:
        return by_hash().get(decision.config_hash)

    return rule_of
