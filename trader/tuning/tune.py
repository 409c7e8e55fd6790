"""The use case: search, walk forward, and say what the result is worth."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass
from functools import cached_property
from typing import Protocol

from chalicelib.config import Config
from chalicelib.errors import BadInput
from chalicelib.strategy.chosen import strategy_of
from trader.backtest.engine import Engine
from trader.tuning.axes import GRID, Axis, Values
from trader.tuning.deflated import DAILY, variance_of
from trader.tuning.edges import Edge, edges_of
from trader.tuning.figures import FIGURES
from trader.tuning.idle import refuse_idle, refuse_idle_staleness, refuse_idle_window
from trader.tuning.judge import Judged, judged, moments_in, standing_of
from trader.tuning.search import Search, Tried, search_of
from trader.tuning.sets import keys_of
from trader.tuning.spans import Fold, Span, anchored
from trader.tuning.sweep import Advance, DataSource, Study
from trader.tuning.verdict import Finding, Luck, Standing, findings
from trader.tuning.walk_forward import ChosenSet, Leg, out_of_sample, walk_forward


class SearchProgress(Protocol):
    """Shows how far a work of some length has come."""

    def __call__(self, length: int | None, label: str, /) -> AbstractContextManager[Advance]:
        """Within it, the function that is given advances by steps."""
        ...


@dataclass(frozen=True)
class TuningPlan:
    """What is asked for."""

    axes: tuple[Axis, ...]
    trials: int | None
    """None: the whole grid."""
    folds: int
    """0: no walk-forward."""
    choice: ChosenSet


@dataclass(frozen=True)
class Tuned:
    """What came of it. The best set is the one that was chosen last, on the most minutes."""

    plan: TuningPlan
    study: Study
    search: Search
    in_sample: Span
    """The minutes that the best set was chosen on."""
    tried: Tried
    """Every set over those."""
    best: int
    """Its number among those."""
    best_in_sample: Judged
    best_throughout: Judged
    """The best set over all minutes, those it was chosen on included."""
    legs: Sequence[Leg]
    """Empty without a walk-forward."""
    out_of_sample: Judged | None
    """The minutes out of sample of all folds, joined."""
    luck: Luck
    standing: Standing
    findings: Sequence[Finding]

    @cached_property
    def edges(self) -> Sequence[Edge]:
        """Where the best set or a fold's choice lies at an end of what was tried."""
        chosen = [(leg.fold.number, leg.values) for leg in self.legs]
        base = self.study.keys.base
        return edges_of(self.plan.axes, self.values, chosen, strategy_of(base), base)

    @property
    def values(self) -> Values:
        """The best set."""
        return self.tried.sets[self.best]

    @property
    def config(self) -> Config:
        """The settings with the best set in their places."""
        return self.study.keys.settings(self.values)


def tune(
    market: DataSource,
    base: Config,
    plan: TuningPlan,
    engine: Engine,
    progress: SearchProgress,
    search: Search | None = None,
) -> Tuned:
    """`search` stands in for the plan's own, as where the sets were run elsewhere.

    Raises BadInput for a search that cannot be made over this market, and where no set can be chosen.
    """
    study = Study(market, keys_of(base, plan.axes), engine)
    whole = market.data(base)
    refuse_idle(plan.axes, base, whole)
    refuse_idle_staleness(study, plan.axes, whole)
    search = search or search_of(study, plan.axes, plan.trials, plan.choice.objective, plan.choice.min_trades)
    refuse_idle_window(study, plan.axes)
    minutes = len(whole.tape.times)
    folds = anchored(minutes, plan.folds)
    with progress(search.trials * max(len(folds), 1), "Tuning") as advance:
        legs, tried = _searched(study, search, folds, minutes, plan.choice, advance)
    best = plan.choice.among(tried)
    if best is None:
        raise BadInput(why_none(tried, plan.choice))
    span = folds[-1].in_sample if folds else Span(0, minutes)
    chosen = judged(study, tried.sets[best], span, study.cash)
    outside = out_of_sample(study, legs) if legs else None
    seen = {values for leg in legs for values in leg.tried.sets} | set(tried.sets)
    variance = variance_of(tried.figures[:, FIGURES.index("sharpe")] / DAILY)
    luck = Luck(len(seen), variance, moments_in(study, chosen))
    standing = standing_of(study, tried.sets[best], outside or chosen)
    return Tuned(
        plan=plan,
        study=study,
        search=search,
        in_sample=span,
        tried=tried,
        best=best,
        best_in_sample=chosen,
        best_throughout=judged(study, tried.sets[best], Span(0, minutes), study.cash),
        legs=legs,
        out_of_sample=outside,
        luck=luck,
        standing=standing,
        findings=findings(standing, luck, is_out_of_sample=bool(legs)),
    )


def _searched(
    study: Study, search: Search, folds: Sequence[Fold], minutes: int, choice: ChosenSet, advance: Advance
) -> tuple[list[Leg], Tried]:
    """The folds, and what was tried over the most minutes in sample."""
    seed = study.keys.base.agent.seed
    if not folds:
        return [], search.over(study, Span(0, minutes), seed, advance)
    legs = walk_forward(study, search, folds, choice, seed, advance)
    return legs, legs[-1].tried


def why_none(tried: Tried, choice: ChosenSet) -> str:
    """Why no set can be chosen among those tried."""
    if not len(tried.figures):
        return f"{GRID}: every set that was drawn contradicts itself: let the ranges overlap less"
    most = int(tried.figures[:, FIGURES.index("trades")].max())
    return (
        f"no set can be chosen: in sample none of {len(tried.figures)} has a {choice.objective} and at least"
        f" {choice.min_trades} trades (the most is {most}): give more minutes, another --objective or --min-trades"
    )
