"""A strategy over one market: as its settings come, and with settings chosen on the past and run over what followed."""

from __future__ import annotations

from dataclasses import dataclass

from chalicelib.errors import BadInput
from trader.backtest.engine import Engine
from trader.backtest.inputs import BacktestInputs
from trader.tuning.judge import Judged, judged
from trader.tuning.sets import keys_of
from trader.tuning.spans import Span
from trader.tuning.sweep import Study
from trader.tuning.tune import SearchProgress, TuningPlan, tune


@dataclass(frozen=True, slots=True)
class Came:
    """What a run came to. All but `trades` are fractions, returns and fees of the cash that it began with."""

    returned: float
    held: float
    """What buying at its first close and holding returned over the same minutes."""
    trades: int
    fees: float
    deepest_fall: float


@dataclass(frozen=True, slots=True)
class Chosen:
    """What the walk-forward came to."""

    in_sample: float
    """Return of the set chosen last, over the minutes that it was chosen on."""
    outside: Came
    """All minutes that followed a choice, joined."""
    random_beaten: float
    """Share of the runs with as many random entries that returned less."""


@dataclass(frozen=True, slots=True)
class MarketEvidence:
    """One market."""

    symbol: str
    first_ms: int
    last_ms: int
    candles: int
    given: Came
    """With the settings as they were given."""
    chosen: Chosen | None
    """None without a grid, and where `why_none` says why nothing could be chosen."""
    why_none: str = ""


def measured(
    market: BacktestInputs, plan: TuningPlan | None, engine: Engine, progress: SearchProgress
) -> MarketEvidence:
    """The strategy over one market. Without a plan nothing is chosen."""
    study = Study(market, keys_of(market.config, ()), engine)
    minutes = len(market.tape.times)
    given = came(judged(study, (), Span(0, minutes), study.cash))
    chosen, why_none = None, ""
    if plan is not None:
        try:
            chosen = _chosen(market, plan, engine, progress)
        except BadInput as error:  # as where no set traded at all: told beside the market, and the others go on
            why_none = str(error)
    first_ms, last_ms = int(market.tape.times[0]), int(market.tape.times[-1])
    return MarketEvidence(market.symbols[0], first_ms, last_ms, minutes, given, chosen, why_none)


def _chosen(market: BacktestInputs, plan: TuningPlan, engine: Engine, progress: SearchProgress) -> Chosen:
    tuned = tune(market, market.config, plan, engine, progress)
    outside = tuned.out_of_sample or tuned.best_in_sample
    return Chosen(
        float(tuned.best_in_sample.metrics["total_return"] or 0.0), came(outside), tuned.standing.random_beaten
    )


def came(of: Judged) -> Came:
    """The figures of a run that the page shows."""
    found = {name: float(of.metrics[name] or 0.0) for name in FIGURES}
    cash = of.result.start_cash
    return Came(
        returned=found["total_return"],
        held=found["buy_and_hold_return"],
        trades=len(of.result.trade_words),
        fees=of.result.fees / cash,
        deepest_fall=found["max_drawdown"],
    )


FIGURES = ("total_return", "buy_and_hold_return", "max_drawdown")
