"""The worked example of the docs: a strategy that folds a higher interval in its own state, in both engines."""

from __future__ import annotations

import re
from dataclasses import replace
from pathlib import Path

from chalicelib.strategy.loader import from_source
from chalicelib.strategy.rule import StrategyRule
from tests.kernel_cases import CASH, COSTS, MINUTE_MS, parameters, random_columns
from tests.property.test_backtest_walk import assert_same, tape_over
from trader.backtest.engine import PLAIN, fastest, run_one

DOCS = Path(__file__).resolve().parents[3] / "docs" / "strategies.md"


def example() -> StrategyRule:
    section = DOCS.read_text("utf-8").partition("## Bars longer than a minute")[2]
    source = re.findall(r"```python\n(.*?)```", section, flags=re.DOTALL)[0]
    strategy = from_source(source, "higher.py", "higher.py")
    quick = strategy.form.settings(short=3, long=2)
    return replace(StrategyRule(strategy, quick), interval_ms=15 * MINUTE_MS)


def test_the_example_trades_by_a_higher_interval_alike_in_both_engines_and_in_the_kernel() -> None:
    rule, market = example(), random_columns(3, 6_000, 1, missing=0.02)
    tried = parameters(1, rule=rule, costs=COSTS)
    for engine in (PLAIN, fastest()):
        assert assert_same(run_one(tape_over(market), tried, CASH, engine=engine), market, tried) > 10
