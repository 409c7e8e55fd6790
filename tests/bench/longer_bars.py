"""What a year of minutes costs a strategy that decides on bars of 15 of them, against the same one on every minute.

Timed from minutes in memory to the equity of every one of them: bars are folded, signals found and orders walked anew.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from functools import partial

from chalicelib.domain import MINUTE_MS
from chalicelib.strategy.loader import built_in
from chalicelib.strategy.rule import StrategyRule
from chalicelib.strategy.settings import rule_with
from tests.bench.markets import YEAR_BARS, generated
from tests.bench.outcome import Figures, Limit, Outcome, shown
from tests.bench.rules import CASH, DEFAULTS
from tests.bench.timing import in_turn, ratios
from trader.backtest.engine import fastest, run_one
from trader.backtest.market import MarketColumns, tape_of

STRATEGIES = ("rsi_sentiment", "ema_cross", "donchian_breakout")
INTERVAL_MS = 15 * MINUTE_MS
AGAINST_MINUTES = 1.0


def measure(quick: bool) -> list[Outcome]:
    """Both lengths of bars in turn, strategy by strategy, over one generated year."""
    tape = tape_of([generated(YEAR_BARS)])
    figures: Figures = {}
    rows, limits = [], []
    for name in STRATEGIES:
        rule = rule_with(built_in(name), {})
        longer = replace(rule, interval_ms=INTERVAL_MS)
        ours, minutes = in_turn(5 if quick else 20, _run(tape, longer), _run(tape, rule))
        found = ratios(ours, minutes)
        ratio = found["ratio_of_minima"]
        figures[name] = {"longer": ours.figures(), "minutes": minutes.figures(), **found}
        taken = f"{shown(min(ours.wall_s))}, minutes {shown(min(minutes.wall_s))}"
        rows.append((f"a year of minutes, {name} on bars of 15m", f"{ratio:.2f} x on minutes ({taken})"))
        limits.append(Limit(f"{name} on bars of 15m, against minutes", ratio, AGAINST_MINUTES, "x"))
    return [Outcome("longer-bars", figures, rows, limits)]


def _run(tape: MarketColumns, rule: StrategyRule) -> Callable[[], object]:
    return partial(run_one, tape, DEFAULTS._replace(rule=rule), CASH, engine=fastest())
