"""Which sets are tried over a span: every one of a grid, or those that Optuna asks for."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from importlib.util import find_spec
from typing import TYPE_CHECKING, Protocol, cast

import numpy as np

from chalicelib.errors import BadInput
from trader.data.arrays import Floats
from trader.tuning.axes import Axis, Choices, Value, Values, size_of
from trader.tuning.figures import FIGURES, eligible
from trader.tuning.sets import full_grid
from trader.tuning.spans import Span
from trader.tuning.sweep import Advance, Study

if TYPE_CHECKING:
    import optuna

ASKED_AT_ONCE = 8
"""Trials that are run side by side: the same number on every machine, or the same seed would find other sets."""


@dataclass(frozen=True)
class Tried:
    """Every set that was run over one span, none twice, and what each came to."""

    sets: Sequence[Values]
    figures: Floats
    """(N, len(FIGURES))."""
    contradictory: int
    """Sets that were left out, since their values contradict one another."""


class Search(Protocol):
    """A way to look for good sets."""

    @property
    def name(self) -> str:
        """What it is called."""
        ...

    @property
    def trials(self) -> int:
        """Steps of progress that one span takes."""
        ...

    @property
    def is_same_everywhere(self) -> bool:
        """Whether every span is tried with the same sets in the same order."""
        ...

    def over(self, study: Study, span: Span, seed: int, advance: Advance) -> Tried:
        """Try sets over the span; the same seed tries the same sets."""
        ...


@dataclass(frozen=True)
class Grid:
    """All sets of the product of the axes."""

    sets: Sequence[Values]
    contradictory: int
    name: str = "grid"
    is_same_everywhere: bool = True

    @property
    def trials(self) -> int:
        """One a set."""
        return len(self.sets)

    def over(self, study: Study, span: Span, seed: int, advance: Advance) -> Tried:
        """Every set, whatever the seed."""
        return Tried(self.sets, study.sweep(self.sets, span, advance), self.contradictory)


@dataclass(frozen=True)
class Sampled:
    """Sets drawn one after the other by Optuna's tree-structured Parzen estimator, near those that did well."""

    axes: Sequence[Axis]
    trials: int
    objective: str
    min_trades: int
    name: str = "optuna"
    is_same_everywhere: bool = False

    def over(self, study: Study, span: Span, seed: int, advance: Advance) -> Tried:
        """As many trials as asked for; a set that is asked for again is not run again."""
        import optuna

        optuna.logging.set_verbosity(optuna.logging.WARNING)
        sampler = optuna.samplers.TPESampler(seed=seed)
        asked = optuna.create_study(direction="maximize", sampler=sampler)
        known: dict[Values, tuple[float, ...]] = {}
        contradictory: set[Values] = set()
        for start in range(0, self.trials, ASKED_AT_ONCE):
            trials = [asked.ask() for _ in range(min(ASKED_AT_ONCE, self.trials - start))]
            wanted = [tuple(_suggested(trial, axis) for axis in self.axes) for trial in trials]
            contradictory.update(values for values in wanted if not study.keys.fit(values))
            fresh = [values for values in dict.fromkeys(wanted) if values not in known and values not in contradictory]
            rows = study.sweep(fresh, span, lambda sets: None)
            known.update(zip(fresh, map(tuple, rows.tolist()), strict=True))
            for trial, values in zip(trials, wanted, strict=True):
                _tell(asked, trial, self._score(known.get(values)))
            advance(len(trials))
        figures = np.array(list(known.values())).reshape(-1, len(FIGURES))
        return Tried(list(known), figures, len(contradictory))

    def _score(self, row: Sequence[float] | None) -> float | None:
        if row is None:
            return None
        score = float(eligible(np.array([row]), self.objective, self.min_trades)[0])
        return None if np.isnan(score) else score


def _suggested(trial: optuna.Trial, axis: Axis) -> Value:
    if isinstance(axis, Choices):
        return cast(Value, trial.suggest_categorical(axis.key, axis.values))
    if isinstance(axis.low, int) and isinstance(axis.high, int):
        return trial.suggest_int(axis.key, axis.low, axis.high)
    return trial.suggest_float(axis.key, axis.low, axis.high)


def _tell(asked: optuna.Study, trial: optuna.Trial, score: float | None) -> None:
    """A set without a score is told as pruned: unlike a failed one it counts as bad, so its like is asked for less."""
    import optuna

    if score is None:
        asked.tell(trial, state=optuna.trial.TrialState.PRUNED)
    else:
        asked.tell(trial, score)


def search_of(study: Study, axes: Sequence[Axis], trials: int | None, objective: str, min_trades: int) -> Search:
    """The grid, or a sample of `trials` sets; the grid too where it has no more sets than that.

    Raises BadInput for a grid that cannot be tried and where Optuna is needed and absent.
    """
    size = size_of(axes)
    if trials is None or (size is not None and size <= trials):
        return Grid(*full_grid(study.keys, axes))
    if find_spec("optuna") is None:
        raise BadInput("--trials needs Optuna, which is not installed: pip install 'ai-trader[backtest]'")
    return Sampled(tuple(axes), trials, objective, min_trades)
