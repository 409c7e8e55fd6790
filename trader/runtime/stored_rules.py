"""What an agent decides by, as files keep it: the strategy by name and hash, never its code."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace

from chalicelib import codec
from chalicelib.config.keys import DEFAULT_STRATEGY
from chalicelib.domain import MINUTE_MS, RuleSources
from chalicelib.errors import BadInput
from chalicelib.kernel.fold import LEAST_STALE_MS
from chalicelib.kernel.step import Params
from chalicelib.ports import RuleStore
from chalicelib.services.minute import AgentRules
from chalicelib.strategy.loader import built_in, built_in_names, recorded
from chalicelib.strategy.rule import Strategy
from chalicelib.strategy.settings import rule_with


@dataclass(frozen=True, slots=True)
class StoredRules:
    """`AgentRules` without the code; `params.lot_steps` follows the order of `symbols`."""

    agent_id: str
    symbols: tuple[str, ...]
    params: Params
    config_hash: str
    strategy: str = DEFAULT_STRATEGY
    rule_hash: str = ""
    """Empty in the files of a version that had one strategy only."""
    settings: Mapping[str, object] = field(default_factory=dict)
    interval_ms: int = field(default=MINUTE_MS, metadata=codec.LEFT_OUT)
    """The length of the bars that it decides by."""
    stale_ms: int = field(default=LEAST_STALE_MS, metadata=codec.LEFT_OUT)
    """How old such a bar may be, 0 for any age."""


@dataclass(frozen=True, slots=True)
class _OldParams:
    rule: Mapping[str, object] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class _OldRules:
    params: _OldParams


@dataclass(frozen=True, slots=True)
class _OldPointer:
    rules: _OldRules


def stored(rules: AgentRules) -> StoredRules:
    """The rules as files keep them."""
    strategy, settings = rules.rule.strategy, rules.rule.settings
    return StoredRules(
        rules.agent_id,
        rules.symbols,
        rules.params,
        rules.config_hash,
        strategy.name,
        strategy.hash,
        settings._asdict(),
        rules.rule.interval_ms,
        rules.rule.stale_ms,
    )


def with_old_settings(rules: StoredRules, text: str) -> StoredRules:
    """The rules with the strategy's settings from where a version with one strategy kept them."""
    old = codec.load(_OldPointer, text).rules.params.rule
    return replace(rules, settings={name: value for name, value in old.items() if name != "use_sentiment"})


def revived(rules: StoredRules, sources: RuleStore) -> tuple[AgentRules, tuple[str, ...]]:
    """The rules with their code, and what of the code this version has otherwise than it was.

    The strategy has the hash that it had: what was observed is kept under it. Raises BadInput where the strategy is not
    kept, or cannot be run by this version.
    """
    strategy, otherwise = _strategy(rules, sources)
    if strategy.hash != rules.rule_hash:
        strategy = replace(strategy, hash=rules.rule_hash or strategy.hash)
    rule = replace(rule_with(strategy, rules.settings), interval_ms=rules.interval_ms, stale_ms=rules.stale_ms)
    return AgentRules(rules.agent_id, rules.symbols, rule, rules.params, rules.config_hash), otherwise


def _strategy(rules: StoredRules, sources: RuleStore) -> tuple[Strategy, tuple[str, ...]]:
    name, is_ours = rules.strategy, rules.strategy in built_in_names()
    if is_ours and rules.rule_hash in ("", built_in(name).hash):
        return built_in(name), ()
    kept: RuleSources | None = sources.find(rules.rule_hash)
    if kept is not None:
        return recorded(kept)
    if is_ours:
        return built_in(name), ("its source, which is not kept",)
    raise BadInput(f"the strategy {name} ({rules.rule_hash}) is not kept: nothing can be decided by it again")
