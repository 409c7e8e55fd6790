"""What a sweep keeps of every backtest: its figures as one row of numbers, worked out without copying the curve."""

from __future__ import annotations

from collections.abc import Sequence
from math import nan

import numpy as np

from chalicelib.addition import added
from trader.backtest.engine import Engine, EngineRun
from trader.backtest.ledger import by_position, cash_at_the_end, closed_at_the_end
from trader.backtest.market import MarketColumns
from trader.backtest.metrics import Metrics, curve_figures, exposure, trade_figures
from trader.backtest.walk import FEE
from trader.data.arrays import Floats

FIGURES = (
    "final_equity",
    "total_return",
    "max_drawdown",
    "sharpe",
    "sortino",
    "cagr",
    "volatility",
    "calmar",
    "trades",
    "win_rate",
    "profit_factor",
    "expectancy",
    "exposure",
    "fees",
)
"""Columns of a row: those of `metrics.DEFINITIONS` that differ from set to set."""
WHOLE = frozenset({"trades"})


def figures_of(tape: MarketColumns, run: EngineRun, cash: float, engine: Engine) -> tuple[float, ...]:
    """The row of FIGURES of a run over the tape, NaN where one is undefined. The last mark of `run.equity` is replaced.

    Equal to what `metrics_of` says of `result_of`, without the passes over the minutes that those take; of short spans
    it has the yearly rates, too, by which sets can be ranked.
    """
    words, amounts = closed_at_the_end(run.walked, tape, run.set.params.costs)
    if len(words) > len(run.walked.words):
        run.equity[-1] = cash_at_the_end(run.walked, words, amounts)
    trade_words, trade_amounts = by_position(*engine.trades_of(len(tape.open), words, amounts))
    deepest, days = engine.curve_of(cash, tape.times, run.equity)
    found: Metrics = {
        **curve_figures(cash, tape.times, float(deepest), days, tape.step_ms),
        **trade_figures(trade_amounts),
        "exposure": exposure(tape.times, trade_words),
        "fees": added(amounts[:, FEE].tolist()),
    }
    return tuple(nan if (value := found[name]) is None else float(value) for name in FIGURES)


def named(row: Sequence[float] | Floats) -> dict[str, float | int | None]:
    """A row by the names of its figures, None where one is undefined."""
    return {name: _figure(name, float(value)) for name, value in zip(FIGURES, row, strict=True)}


def _figure(name: str, value: float) -> float | int | None:
    if value != value:
        return None
    return int(value) if name in WHOLE else value


def best_of(rows: Floats, objective: str, min_trades: int) -> int | None:
    """The row with the highest objective among those with enough trades, the first of equals; None where none has it.

    A set whose objective is undefined (a ratio without days, without losses) is never chosen.
    """
    scores = eligible(rows, objective, min_trades)
    return None if np.isnan(scores).all() else int(np.nanargmax(scores))


def eligible(rows: Floats, objective: str, min_trades: int) -> Floats:
    """The objective of every row, NaN where it is undefined or rests on fewer trades."""
    scores = rows[:, FIGURES.index(objective)]
    return np.where(rows[:, FIGURES.index("trades")] >= min_trades, scores, np.nan)
