"""The figures beside those of both baselines, each with what it means."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from trader.backtest.baselines import RandomEntries, deepest_fall, last_of_days
from trader.backtest.metrics import DEFINITIONS, Metrics, curve_figures, without_short_rates
from trader.data.arrays import Floats, Integers
from trader.report.content import SampleSpan, Trials
from trader.report.markup import Markup, element, section, table
from trader.report.wording import figure, until

LEFT_OUT = frozenset({"buy_and_hold_return", "bars", "strategy_bars", "gaps", "missing_minutes", "seconds"})
"""Shown elsewhere: as a column, or with the data."""
Spread = tuple[float, float, float]


def holding_figures(cash: float, times: Integers, equity: Floats, step_ms: int) -> Metrics:
    """Those figures of buy-and-hold that follow from its curve, and that it is always invested and pays nothing."""
    days = equity[last_of_days(times)]
    curve = curve_figures(cash, times, deepest_fall(cash, equity), days, step_ms)
    return {**without_short_rates(curve, times, step_ms), "exposure": 1.0, "fees": 0.0}


def figures_section(metrics: Metrics, hold: Metrics, random: RandomEntries | None, cash: float) -> Markup:
    """One row a figure: strategy, buy-and-hold, random entries, and the definition."""
    spreads = {} if random is None else random.figures()
    names = [name for name in DEFINITIONS if name not in LEFT_OUT]
    rows = [
        (
            _title(name),
            element("td", figure(name, metrics.get(name), cash), class_="main"),
            figure(name, hold.get(name), cash) if name in hold else "",
            _spread(name, spreads, cash),
            element("td", DEFINITIONS[name], class_="words"),
        )
        for name in names
    ]
    head = ("", "Strategy", "Buy-and-hold", "Random entries", "What it is")
    note = element("p", _random_words(random), class_="note")
    return section("Figures", "figures", table("Figures and what they mean", head, rows, class_="figures"), note)


def _title(name: str) -> str:
    return name.replace("_", " ").capitalize() if name != "cagr" else "CAGR"


def _spread(name: str, spreads: Mapping[str, Spread], cash: float) -> str | Markup:
    if name not in spreads:
        return ""
    low, middle, high = (figure(name, value, cash) for value in spreads[name])
    return element("td", middle, element("small", f" {low} to {high}"))


def _random_words(random: RandomEntries | None) -> str:
    holding = "Buy-and-hold puts equal parts of the cash into every symbol at its first close, without costs."
    if random is None:
        return holding
    return (
        f"Random entries: the median of {len(random.marks)} runs, and the range of the middle nine in ten. Each run "
        "makes the strategy's trades, held as long, of the same size, at the same costs, but begun at random moments. "
        f"They are marked at {len(random.times):,} moments; falls between two of those are not seen. {holding}"
    )


def samples_section(trials: Trials, cash: float, step_ms: int) -> Markup:
    """The shown parameters where they were chosen beside where they were judged."""
    parts = [*_named("In-sample", trials.in_sample), *_named("Out-of-sample", trials.out_of_sample)]
    parts.sort(key=lambda part: (part[1].first_ms, part[1].last_ms))
    shown = [name for name in DEFINITIONS if any(name in sample.metrics for _, sample in parts) and name != "seconds"]
    rows = [(_title(name), *(_of_sample(name, sample, cash, step_ms) for _, sample in parts)) for name in shown]
    head = ("", *(f"{name}, {until(sample.first_ms, sample.last_ms)}" for name, sample in parts))
    words = "Figures of minutes that the choice rested on flatter; only the others say what may come."
    return section(
        "In-sample and out-of-sample",
        "samples",
        element("p", words, class_="note"),
        table("Figures by sample", head, rows, class_="samples"),
    )


def _of_sample(name: str, sample: SampleSpan, cash: float, step_ms: int) -> str:
    shown = without_short_rates(sample.metrics, np.array([sample.first_ms, sample.last_ms]), step_ms)
    return figure(name, shown.get(name), cash)


def _named(kind: str, samples: tuple[SampleSpan, ...]) -> list[tuple[str, SampleSpan]]:
    numbered = len(samples) > 1
    return [(f"{kind} {number}" if numbered else kind, sample) for number, sample in enumerate(samples, 1)]
