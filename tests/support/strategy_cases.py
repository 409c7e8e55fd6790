"""Strategies of ours and of others, with settings by which a week of three symbols goes through every path."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import NamedTuple

from chalicelib.strategy.loader import built_in, built_in_names, from_file
from chalicelib.strategy.rule import Strategy, StrategyRule
from chalicelib.strategy.settings import rule_with

SYMBOLS = ("BTCUSDT", "ETHUSDT", "SOLUSDT")
FOLDER = Path(__file__).resolve().parents[1] / "strategies"
FILES = tuple(sorted(path.stem for path in FOLDER.glob("*.py") if path.stem != "__init__"))
RISK: Mapping[str, float | str] = {
    "position_fraction": 0.3,
    "max_exposure": 0.4,
    "stop_loss": 0.006,
    "take_profit": 0.012,
    "trailing_stop": 0.004,
    "daily_loss_limit": 0.03,
    "cooldown_bars": 2,
}
SLIPPAGE = 0.0001
ALWAYS = frozenset({"ordered", "cooldown", "max exposure", "halted", "stop_loss", "take_profit"})
TRAILING = "trailing_stop"


class Case(NamedTuple):
    """What is changed in its settings and in those of risk, and which paths a week meets beside `always`."""

    settings: Mapping[str, float]
    risk: Mapping[str, float | str]
    met: frozenset[str]
    always: frozenset[str] = ALWAYS


CASES: Mapping[str, Case] = {
    "ema_cross": Case(
        {"fast": 5, "slow": 14, "atr": 9, "stop_atr": 2.5},
        {"daily_loss_limit": 0.008, "trailing_stop": 0.003},
        frozenset({"cross", "trend over", "stop raised", TRAILING}),
    ),
    "macd_trend": Case(
        {"fast": 3, "slow": 8, "smooth": 4, "trend": 3, "atr": 9, "stop_atr": 2.5},
        {"daily_loss_limit": 0.04, "trailing_stop": 0.002, "take_profit": 0.006},
        frozenset({"macd cross", "speed lost", "stop raised", TRAILING}),
    ),
    "buy_and_hold": Case(
        {"size": 0.3},
        {"daily_loss_limit": 0.002, "trailing_stop": 0.006},
        frozenset({"bought to hold", TRAILING}),
        ALWAYS - {"stop_loss", "take_profit"},
    ),
    "donchian_breakout": Case(
        {"entry": 8, "exit": 5, "atr": 9, "stop_atr": 2.5},
        {"trailing_stop": 0.002, "take_profit": 0.006},
        frozenset({"breakout", "breakdown", TRAILING}),
    ),
    "bollinger_reversion": Case(
        {"period": 8, "width": 1.0, "atr": 9, "stop_atr": 2.0},
        {"trailing_stop": 0.003, "take_profit": 0.004},
        frozenset({"below the band", "back at the middle", TRAILING}),
    ),
    "dca": Case(
        {"every": 5},
        {
            "position_fraction": 0.05,
            "max_entries": 4,
            "max_exposure": 0.3,
            "daily_loss_limit": 0.002,
            "trailing_stop": 0.004,
            "cooldown_bars": 12,
        },
        frozenset({"bought in turn", "already held", "stop raised", "target moved", TRAILING}),
        ALWAYS - {"stop_loss", "take_profit"},
    ),
    "atr_stop": Case(
        {},
        {"trailing_stop": 0.0025, "daily_loss_limit": 0.035, "max_exposure": 0.25},
        frozenset(
            {
                *("breakout", "quiet breakout", "below the average", "waited for a reason", "stop raised", TRAILING),
                *("at once: stop_loss", "at once: take_profit"),
            }
        ),
    ),
    "optional_sentiment": Case(
        {"dip": 1.0, "rise": 1.9, "good": 0.6, "bad": 0.4, "worst": 0.3},
        {"daily_loss_limit": 0.02, "max_exposure": 0.3},
        frozenset({"dip", "dip in good news", "made up for", "bad news", "target moved", TRAILING}),
    ),
    "channel": Case(
        {"entry": 8, "exit": 5, "back": 12, "stop": 0.3},
        {"daily_loss_limit": 0.006, "trailing_stop": 0.0019},
        frozenset({"broken out", "fallen out", "stop raised", TRAILING}),
    ),
    "two_intervals": Case(
        {"bar": 1, "higher": 15, "slow": 6, "stop": 0.002},
        {"daily_loss_limit": 0.03, "max_exposure": 0.3, "take_profit": 0.004, "trailing_stop": 0.00235},
        frozenset({"up with the trend", "fast below slow", "trend is over", "stop raised", TRAILING}),
    ),
    "three_targets": Case(
        {},
        {
            "take_profit": 0.0,
            "take_profits": "0.002:0.4 0.004:0.3 0.006:0.2",
            "max_entries": 2,
            "max_bars_held": 40,
            "break_even_at": 0.003,
            "trailing_stop": 0.0,
            "trailing_distance": 200.0,
            "stop_loss": 0.003,
            "daily_loss_limit": 0.03,
        },
        frozenset({"fallen", "fallen far", "half way", "all the way", "time", "break_even", TRAILING}),
    ),
    "own_terms": Case(
        {},
        {
            "max_entries": 2,
            "max_bars_held": 12,
            "break_even_at": 0.001,
            "trailing_stop": 0.0012,
            "stop_loss": 0.004,
            "take_profit": 0.003,
            "daily_loss_limit": 0.03,
        },
        frozenset({"fallen slightly", "fallen", "fallen far", "risen", "time", "break_even", TRAILING}),
        ALWAYS - {"max exposure"},
    ),
    "uncompiled": Case(
        {"below": 0.001},
        {"trailing_stop": 0.0018},
        frozenset({"above", "below", "stop raised", TRAILING}),
    ),
}


def strategy(name: str) -> Strategy:
    """The built-in strategy or the test file of this name."""
    return built_in(name) if name in built_in_names() else from_file(FOLDER / f"{name}.py")


def quick(name: str, **settings: float) -> StrategyRule:
    """The strategy with settings that find something in few bars."""
    return rule_with(strategy(name), {**(CASES[name].settings if name in CASES else {}), **settings})


def overrides(name: str) -> tuple[str, ...]:
    """The settings of a case as they are given on the command line."""
    case = CASES[name]
    named = f"strategy.name={name}" if name in built_in_names() else f"strategy.file={FOLDER / name}.py"
    own = (f"strategy.settings.{key}={value}" for key, value in case.settings.items())
    return (named, f"fees.slippage={SLIPPAGE}", *own, *(f"risk.{k}={v}" for k, v in {**RISK, **case.risk}.items()))


def toml(name: str, agent_id: str) -> str:
    """The settings of a case as the agent.toml of such an agent has them."""
    case = CASES[name]
    named = f'name = "{name}"' if name in built_in_names() else f'file = "{FOLDER / name}.py"'
    tables = {"strategy.settings": case.settings, "risk": {**RISK, **case.risk}, "fees": {"slippage": SLIPPAGE}}
    written = [
        f"[{table}]\n" + "\n".join(f"{k} = {json.dumps(v)}" for k, v in rows.items()) for table, rows in tables.items()
    ]
    return "\n".join([f"[agent]\nid = '{agent_id}'\nsymbols = {list(SYMBOLS)}\n[strategy]\n{named}", *written])
