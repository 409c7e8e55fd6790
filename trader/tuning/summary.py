"""A tuning in one object, and its best set as settings."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from chalicelib.config.keys import DEFAULT_STRATEGY, SETTINGS
from chalicelib.strategy.chosen import config_hash, rule_of
from trader.backtest.metrics import Metrics
from trader.tuning.axes import Axis, Choices, Values
from trader.tuning.edges import Edge
from trader.tuning.figures import named
from trader.tuning.spans import Span
from trader.tuning.tune import Tuned
from trader.tuning.verdict import headline
from trader.tuning.walk_forward import Leg

DURATION = "seconds"
"""Of the figures of a backtest the one that is another every time."""


def summary_of(tuned: Tuned) -> dict[str, Any]:
    """What tune.json holds. Times are ms; figures are those of `metrics.DEFINITIONS`, None where undefined."""
    data, plan = tuned.best_throughout.data, tuned.plan
    outside = tuned.out_of_sample
    return {
        "verdict": headline(tuned.findings),
        "holds_up": all(finding.holds for finding in tuned.findings),
        "findings": [{"holds": finding.holds, "text": finding.text} for finding in tuned.findings],
        "edges": [_edge(edge) for edge in tuned.edges],
        "symbols": list(data.symbols),
        "first_ms": int(data.tape.times[0]),
        "last_ms": int(data.tape.times[-1]),
        "bars": len(data.tape.times),
        "search": tuned.search.name,
        "seed": tuned.study.keys.base.agent.seed,
        "keys": {axis.key: _extent(axis) for axis in plan.axes},
        "objective": plan.choice.objective,
        "min_trades": plan.choice.min_trades,
        "parameter_sets_tried": tuned.luck.sets_tried,
        "contradictory_sets": tuned.tried.contradictory,
        "best": {
            "set": tuned.best,
            "values": values_of(tuned, tuned.values),
            "config_hash": config_hash(tuned.config, rule_of(tuned.config)),
            **parts_of(tuned),
        },
        "walk_forward": {
            "folds": [_fold(tuned, leg) for leg in tuned.legs],
            "out_of_sample": None if outside is None else lasting(outside.metrics),
        },
        "baselines": _baselines(tuned),
        "luck": _luck(tuned),
    }


def parts_of(tuned: Tuned) -> dict[str, Any]:
    """The best set where it was chosen and, None without a walk-forward, on the minutes after."""
    last = tuned.legs[-1] if tuned.legs else None
    return {
        "in_sample": {**_when(tuned, tuned.in_sample), **named(tuned.tried.figures[tuned.best])},
        "out_of_sample": None
        if last is None
        else {**_when(tuned, last.fold.out_of_sample), **lasting(last.outcome.metrics)},
    }


def values_of(tuned: Tuned, values: Values | None) -> dict[str, Any] | None:
    """A set by the names of its keys."""
    return None if values is None else dict(zip(tuned.study.keys.names, values, strict=True))


def lasting(metrics: Metrics) -> dict[str, Any]:
    """The figures that are the same whenever they are worked out."""
    return {name: value for name, value in metrics.items() if name != DURATION}


def _extent(axis: Axis) -> object:
    return list(axis.values) if isinstance(axis, Choices) else {"low": axis.low, "high": axis.high}


def _when(tuned: Tuned, span: Span) -> dict[str, int]:
    times = tuned.best_throughout.data.tape.times
    return {"first_ms": int(times[span.start]), "last_ms": int(times[span.end - 1]), "bars": span.end - span.start}


def _fold(tuned: Tuned, leg: Leg) -> dict[str, Any]:
    chosen = None if leg.chosen is None else named(leg.tried.figures[leg.chosen])
    return {
        "fold": leg.fold.number,
        "values": values_of(tuned, leg.values),
        "in_sample": {**_when(tuned, leg.fold.in_sample), **(chosen or {})},
        "out_of_sample": {**_when(tuned, leg.fold.out_of_sample), **lasting(leg.outcome.metrics)},
    }


def _edge(edge: Edge) -> dict[str, Any]:
    return {
        "key": edge.key,
        "value": edge.value,
        "end": "highest" if edge.is_highest else "lowest",
        "best_set": edge.is_best,
        "folds": list(edge.folds),
        "try": edge.next,
        "text": edge.text,
    }


def _baselines(tuned: Tuned) -> dict[str, Any]:
    standing = tuned.standing
    return {
        "over": "out_of_sample" if tuned.legs else "in_sample",
        "total_return": standing.total_return,
        "buy_and_hold_return": standing.buy_and_hold_return,
        "random_runs": standing.random_runs,
        "random_median_return": standing.random_median_return,
        "random_beaten": standing.random_beaten,
        "sharpe_above_0_probability": defined(standing.probability),
    }


def _luck(tuned: Tuned) -> dict[str, Any]:
    luck = tuned.luck
    return {
        "best_sharpe": defined(luck.best_sharpe),
        "expected_best_sharpe": defined(luck.expected_best_sharpe),
        "deflated_sharpe_probability": defined(luck.probability),
        "days": luck.best.days,
        "skewness": defined(luck.best.skewness),
        "kurtosis": defined(luck.best.kurtosis),
        "daily_sharpe_variance": defined(luck.variance),
    }


def defined(value: float) -> float | None:
    """The value, None for NaN."""
    return None if value != value else value


def agent_toml(tuned: Tuned) -> str:
    """The best set as a part of an agent.toml, under what it is worth."""
    lines = [f"# {headline(tuned.findings)}", *(f"# - {finding.text}" for finding in tuned.findings)]
    lines += [f"# ! {edge.text}" for edge in tuned.edges]
    lines += [f"# Found by trader tune: {tuned.luck.sets_tried} sets tried, the highest {tuned.plan.choice.objective}."]
    values: Mapping[str, Any] = {**_strategy_named(tuned), **(values_of(tuned, tuned.values) or {})}
    for section in dict.fromkeys(name.partition(".")[0] for name in values):
        lines += ["", f"[{section}]"]
        own = {name.partition(".")[2]: value for name, value in values.items() if name.startswith(f"{section}.")}
        lines += [f"{name} = {json.dumps(value)}" for name, value in own.items()]
    return "\n".join(lines) + "\n"


def _strategy_named(tuned: Tuned) -> Mapping[str, str]:
    """The strategy, where settings of its own were tuned: beside no or another name they would be another's."""
    strategy = tuned.config.strategy
    if not any(name.startswith(SETTINGS) for name in tuned.study.keys.names):
        return {}
    if strategy.file:
        return {"strategy.file": str(Path(strategy.file).absolute())}
    return {} if strategy.name == DEFAULT_STRATEGY else {"strategy.name": strategy.name}
