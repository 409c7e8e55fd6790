"""A backtest in one object: its figures, and what they rest on."""

from __future__ import annotations

from chalicelib.config import Config
from chalicelib.strategy.chosen import config_hash
from chalicelib.strategy.rule import StrategyRule
from trader.backtest.data import Data
from trader.backtest.metrics import Metrics


def metrics_json(config: Config, rule: StrategyRule, data: Data, engine: str, metrics: Metrics) -> dict[str, object]:
    """What metrics.json holds: first the figures of `metrics.DEFINITIONS`, then market, settings and engine."""
    return {
        **metrics,
        "agent": config.agent.id,
        "symbols": list(data.symbols),
        "interval": config.agent.interval,
        "candles": data.candles or None,
        "strategy_interval": config.strategy.interval,
        "first_ms": int(data.tape.times[0]),
        "last_ms": int(data.tape.times[-1]),
        "start_cash": config.agent.cash,
        "fee_rate": config.fees.rate,
        "slippage": config.fees.slippage,
        "lot_steps": [each.lot for each in data.steps],
        "ticks": [each.tick for each in data.steps],
        "min_notionals": [each.min_notional for each in data.steps],
        "config_hash": config_hash(config, rule),
        "strategy": rule.strategy.name,
        "rule_hash": rule.strategy.hash,
        "decided_by": "signals" if data.signals is not None else "rule",
        "sentiment": data.sentiment or None,
        "sentiment_terms": "used" if data.sentiment else "left out",
        "engine": engine,
        "parameter_sets_tried": 1,
    }
