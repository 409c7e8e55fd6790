"""Results with their figures, and beside what they have to beat."""

from __future__ import annotations

import time
from dataclasses import dataclass

import numpy as np

from chalicelib.strategy.chosen import unchecked_rule_of
from chalicelib.strategy.rule import StrategyRule
from trader.backtest.baselines import RUNS, random_entries
from trader.backtest.data import Data
from trader.backtest.metrics import Metrics, daily_returns, metrics_of
from trader.backtest.result import BacktestResult, result_of
from trader.tuning.axes import Values
from trader.tuning.deflated import Moments, moments_of
from trader.tuning.spans import Span, part_of, run_part
from trader.tuning.sweep import Study
from trader.tuning.verdict import Standing


@dataclass(frozen=True)
class Judged:
    """A result, the minutes it was had on, and its figures."""

    data: Data
    result: BacktestResult
    metrics: Metrics


def judged(study: Study, values: Values | None, span: Span, cash: float) -> Judged:
    """What a set comes to over the span from a fresh start, with warm indicators, everything sold at its end.

    Without a set the cash is kept.
    """
    if values is None:
        data = part_of(study.market.data(study.keys.base), span)
        result = in_cash(data, unchecked_rule_of(study.keys.base), cash)
        return Judged(data, result, metrics_of(data, result, 0.0))
    whole = study.data(values)
    data = part_of(whole, span)
    started = time.perf_counter()
    run = run_part(whole, span, whole.set_of(study.keys.settings(values)), cash, study.engine)
    result = result_of(data, run, cash, study.engine)
    return Judged(data, result, metrics_of(data, result, time.perf_counter() - started))


def in_cash(data: Data, rule: StrategyRule, cash: float) -> BacktestResult:
    """Nothing bought, nothing sold."""
    times = data.tape.times
    words, amounts = np.empty((0, 5), dtype=np.int64), np.empty((0, 7))
    return BacktestResult(
        rule, data.symbols, cash, times, np.full(len(times), cash), words[:, :4], amounts[:, :3], words, amounts
    )


def moments_in(study: Study, of: Judged) -> Moments:
    """The moments of its daily returns."""
    cash = of.result.start_cash
    _, days = study.engine.curve_of(cash, of.result.times, of.result.equity)
    return moments_of(daily_returns(cash, of.result.times, days))


def standing_of(study: Study, values: Values, of: Judged) -> Standing:
    """The result beside holding the market and beside entering it at random, as often and for as long.

    Random entries pay the fees and slippage of this set.
    """
    costs = of.data.set_of(study.keys.settings(values)).params.costs
    random = random_entries(of.data.tape, of.result, costs, study.keys.base.agent.seed)
    total = float(of.result.equity[-1]) / of.result.start_cash - 1.0
    held = of.metrics["buy_and_hold_return"]
    return Standing(
        total_return=total,
        trades=len(of.result.trade_words),
        buy_and_hold_return=float(held or 0.0),
        random_runs=RUNS if random else 0,
        random_median_return=float(np.median(random.total_returns)) if random else 0.0,
        random_beaten=random.beaten_by(total) if random else 0.0,
        moments=moments_in(study, of),
    )
