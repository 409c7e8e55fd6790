"""The strategy that settings name, with its settings."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

from chalicelib.config import Config
from chalicelib.config.keys import Sizing
from chalicelib.strategy.loader import built_in, deployed, from_file
from chalicelib.strategy.rule import Strategy, StrategyRule
from chalicelib.strategy.settings import crossing_lines, refuse_contradictions, rule_with


def strategy_of(config: Config) -> Strategy:
    """The built-in strategy or the file that the settings name. Raises BadInput naming what is wrong with either."""
    chosen = config.strategy
    if not chosen.file:
        return built_in(chosen.name)
    if chosen.hash:
        return deployed(Path(chosen.file).name, chosen.hash)
    return from_file(Path(chosen.file))


def rule_of(config: Config) -> StrategyRule:
    """The strategy with its settings. Raises BadInput naming the key, what was given and what is allowed."""
    strategy = strategy_of(config)
    if strategy.missing:
        return _by_bars_of(config, StrategyRule(strategy, strategy.form.settings()))
    rule = unchecked_rule_of(config)
    refuse_contradictions(rule, config.strategy.where)
    return rule


def unchecked_rule_of(config: Config) -> StrategyRule:
    """As `rule_of`, of settings that may contradict one another."""
    rule = rule_with(strategy_of(config), config.strategy.settings, config.strategy.where)
    return _by_bars_of(config, rule)


def _by_bars_of(config: Config, rule: StrategyRule) -> StrategyRule:
    return replace(
        rule,
        interval_ms=config.strategy.interval_ms,
        step_ms=config.agent.step_ms,
        stale_ms=config.risk.stale_after_s * 1000,
    )


def odd_lines(config: Config, rule: StrategyRule | None) -> Iterator[str]:
    """One line for each setting that is odd and not refused; `rule` None where something else decides."""
    if rule is not None:
        yield from crossing_lines(rule, config.strategy.where)
        yield from sizing_lines(config, rule)
    fraction, most = config.risk.position_fraction, config.risk.max_exposure
    if 0.0 < most < fraction:
        words = f"an entry is cut to risk.max_exposure, which is {most:g} of equity"
        yield f"risk.position_fraction = {fraction:g}: {words}"


def sizing_lines(config: Config, rule: StrategyRule) -> Iterator[str]:
    """What of sizing comes to nothing with this strategy."""
    sizing, said = config.risk.sizing, rule.strategy.levels_said
    if sizing is Sizing.RISK and config.risk.stop_loss == 0.0 and "stop" not in said:
        yield 'risk.sizing = "risk": nothing is entered: neither risk.stop_loss nor the strategy gives a stop'
    if sizing is not Sizing.FRACTION and "size" in said:
        yield f'risk.sizing = "{sizing}": the sizes that the strategy gives count for nothing'


def config_hash(config: Config, rule: StrategyRule) -> str:
    """12 hexadecimal digits over all that can change a decision: agents that decide alike have the same."""
    return config.hash_with(rule.strategy.hash, rule.settings._asdict())
