"""Sizing that a strategy cannot serve is said on one line."""

from __future__ import annotations

from chalicelib.config import load_config
from chalicelib.strategy.chosen import odd_lines, rule_of


def lines(*overrides: str) -> list[str]:
    config = load_config(None, list(overrides))
    return list(odd_lines(config, rule_of(config)))


def test_risk_without_any_stop_is_told() -> None:
    assert lines("risk.sizing=risk") == []
    assert lines("risk.sizing=risk", "risk.stop_loss=0", "strategy.name=ema_cross") == []
    [line] = lines("risk.sizing=risk", "risk.stop_loss=0")
    assert "nothing is entered: neither risk.stop_loss nor the strategy gives a stop" in line


def test_sizes_that_count_for_nothing_are_told() -> None:
    assert lines("strategy.name=buy_and_hold") == []
    [line] = lines("strategy.name=buy_and_hold", "risk.sizing=amount", "risk.entry_amount=100")
    assert line == 'risk.sizing = "amount": the sizes that the strategy gives count for nothing'
