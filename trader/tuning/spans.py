"""Parts of a market, and the folds of a walk-forward: chosen on everything before, judged on what follows."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from chalicelib.errors import BadInput
from trader.backtest.data import Data
from trader.backtest.engine import Engine, EngineRun, ParameterSet, adds, rule_signals_of, run_one
from trader.backtest.market import MarketColumns, prices_of
from trader.backtest.rule_signals import RuleSignals, mapped
from trader.data.candles import CandleColumns, Gaps, gaps

FEWEST_MINUTES = 2
"""Of a span: an order decided in one minute fills in the next."""


class Span(NamedTuple):
    """Minutes of a time line, from `start` up to but not including `end`."""

    start: int
    end: int


class Fold(NamedTuple):
    """Sets are compared in sample only; the one that is chosen then runs out of sample."""

    number: int
    """From 1 on."""
    in_sample: Span
    out_of_sample: Span


def anchored(minutes: int, folds: int) -> list[Fold]:
    """The time line in folds + 1 parts of equal length: fold k chooses on the first k and is judged on the one after.

    Anchored at the beginning and not rolling, so that every choice rests on as many trades as there are.
    Raises BadInput where there are too few minutes.

    >>> anchored(9, 2)[1]
    Fold(number=2, in_sample=Span(start=0, end=6), out_of_sample=Span(start=6, end=9))
    """
    if minutes < FEWEST_MINUTES * (folds + 1):
        raise BadInput(f"{minutes} bars cannot be cut into {folds + 1} parts for a walk-forward of {folds} folds")
    edges = [minutes * part // (folds + 1) for part in range(folds + 2)]
    return [Fold(k, Span(0, edges[k]), Span(edges[k], edges[k + 1])) for k in range(1, folds + 1)]


def part_of(data: Data, span: Span) -> Data:
    """The market in these minutes alone. A single symbol's arrays are views."""
    tape = data.tape
    times = tape.times[span.start : span.end]
    rows = (np.ascontiguousarray(values[..., span.start : span.end]) for values in tape[1:-1])
    cut = MarketColumns._make([times, *rows, tape.step_ms])
    signals = None if data.signals is None else rule_signals_in(data.signals, span)
    return Data(data.symbols, cut, gaps_of(data.symbols, cut), data.steps, signals, data.sentiment, data.candles)


def rule_signals_in(rule_signals: RuleSignals, span: Span) -> RuleSignals:
    """What is wanted in these minutes."""
    return mapped(rule_signals, lambda rows: np.ascontiguousarray(rows[:, span.start : span.end]))


def gaps_of(symbols: tuple[str, ...], tape: MarketColumns) -> tuple[Gaps, ...]:
    """The minutes that each symbol leaves out between its first and its last."""
    found = []
    for symbol, *prices in zip(symbols, *prices_of(tape), strict=True):
        there = ~np.isnan(prices[0])
        columns = CandleColumns(symbol, tape.times[there], *(values[there] for values in prices))
        found.append(gaps(columns, tape.step_ms))
    return tuple(found)


def wanted_in(data: Data, span: Span, tried: ParameterSet, engine: Engine) -> RuleSignals:
    """What the strategy, its state warmed up by all minutes before, or what the signals want in these minutes."""
    if data.signals is not None:
        return rule_signals_in(data.signals, span)
    known = part_of(data, Span(0, span.end))
    return rule_signals_in(rule_signals_of(known.tape, [tried.rule], engine, adding=adds([tried]))[0], span)


def run_part(data: Data, span: Span, tried: ParameterSet, cash: float, engine: Engine) -> EngineRun:
    """One parameter set over these minutes from a fresh start, its indicators warmed up by all minutes before.

    No position, order, cooldown or halt comes from the minutes before: only what the rule looks at.
    """
    return run_one(part_of(data, span).tape, tried, cash, wanted_in(data, span, tried, engine), engine)
