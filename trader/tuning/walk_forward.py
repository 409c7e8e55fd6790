"""Walk-forward: chosen on the past, run over what follows, fold after fold, and those runs joined to one curve."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np

from chalicelib.addition import added
from trader.backtest.ledger import POSITION
from trader.backtest.metrics import metrics_of
from trader.backtest.result import BacktestResult
from trader.data.arrays import Integers
from trader.tuning.axes import Values
from trader.tuning.figures import best_of
from trader.tuning.judge import Judged, judged
from trader.tuning.search import Search, Tried
from trader.tuning.spans import Fold, Span, part_of
from trader.tuning.sweep import Advance, Study


@dataclass(frozen=True)
class Leg:
    """One fold: what was tried and chosen in sample, and what the chosen set then came to."""

    fold: Fold
    tried: Tried
    chosen: int | None
    """Its number among those tried; None where none could be chosen, and the fold was spent in cash."""
    outcome: Judged
    """Out of sample, from a fresh start with the cash that the fold before left."""

    @property
    def values(self) -> Values | None:
        """The chosen set."""
        return None if self.chosen is None else self.tried.sets[self.chosen]


@dataclass(frozen=True, slots=True)
class ChosenSet:
    """How a set is chosen among those tried: the highest objective with at least so many trades."""

    objective: str
    min_trades: int

    def among(self, tried: Tried) -> int | None:
        """The number of the set, None where every objective is undefined or every set has fewer trades."""
        return best_of(tried.figures, self.objective, self.min_trades)


def walk_forward(
    study: Study, search: Search, folds: Sequence[Fold], choice: ChosenSet, seed: int, advance: Advance
) -> list[Leg]:
    """Every fold in turn. A choice depends on the minutes in sample only; cash is carried on, positions are not."""
    legs: list[Leg] = []
    cash = study.cash
    for fold in folds:
        tried = search.over(study, fold.in_sample, seed + fold.number, advance)
        chosen = choice.among(tried)
        outcome = judged(study, None if chosen is None else tried.sets[chosen], fold.out_of_sample, cash)
        cash = float(outcome.result.equity[-1])
        legs.append(Leg(fold, tried, chosen, outcome))
    return legs


def out_of_sample(study: Study, legs: Sequence[Leg]) -> Judged:
    """What all folds came to out of sample, as one result over the minutes that they cover."""
    span = Span(legs[0].fold.out_of_sample.start, legs[-1].fold.out_of_sample.end)
    data = part_of(study.market.data(study.keys.base), span)
    result = joined([leg.outcome.result for leg in legs])
    seconds = added(float(leg.outcome.metrics["seconds"] or 0.0) for leg in legs)
    return Judged(data, result, metrics_of(data, result, seconds))


def _numbered_on(results: Sequence[BacktestResult]) -> Iterator[Integers]:
    """The words of each result's exits, its positions numbered on from those before."""
    before = 0
    for each in results:
        words = each.exit_words.copy()
        words[:, POSITION] += before
        before = max([before, *words[:, POSITION].tolist()])
        yield words


def joined(results: Sequence[BacktestResult]) -> BacktestResult:
    """Results that follow upon one another, each beginning with the cash that the one before ended with, as one."""
    first = results[0]
    return BacktestResult(
        rule=results[-1].rule,
        symbols=first.symbols,
        start_cash=first.start_cash,
        times=np.concatenate([each.times for each in results]),
        equity=np.concatenate([each.equity for each in results]),
        fill_words=np.concatenate([each.fill_words for each in results]),
        fill_amounts=np.concatenate([each.fill_amounts for each in results]),
        exit_words=np.concatenate(list(_numbered_on(results))),
        exit_amounts=np.concatenate([each.exit_amounts for each in results]),
    )
