"""A choice may rest on nothing that came after it; that is judged from a fresh start with warm indicators."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from itertools import pairwise

import numpy as np
import pytest

from chalicelib.errors import BadInput
from chalicelib.kernel.choice import enter, leave
from chalicelib.kernel.run import Columns, run
from chalicelib.kernel.step import fresh_state
from tests.support.markets import wave
from tests.support.tuning import AXES, Given, axes_of, market, nothing, settings, study, with_prices_after
from trader.backtest.data import Data
from trader.backtest.engine import fastest, rule_signals_of
from trader.backtest.rule_signals import mapped, pack, without_levels
from trader.data.arrays import Floats
from trader.tuning.axes import Values
from trader.tuning.search import search_of
from trader.tuning.sets import keys_of
from trader.tuning.spans import Fold, Span, anchored, part_of, run_part
from trader.tuning.sweep import Study
from trader.tuning.walk_forward import ChosenSet, Leg, joined, out_of_sample, walk_forward

DATA = market(wave("BTCUSDT", 6_000, 1))
CHOICE = ChosenSet("total_return", 1)
FOLDS = anchored(6_000, 3)
ENTER, LEAVE = enter(), leave()


def legs_over(data: Data, folds: Sequence[Fold] = FOLDS, choice: ChosenSet = CHOICE) -> list[Leg]:
    made = study(data=data)
    return walk_forward(made, search_of(made, AXES, None, choice.objective, 1), folds, choice, 1, nothing)


def test_folds_choose_on_everything_before_and_cover_the_rest_once() -> None:
    folds = anchored(1_003, 4)
    assert [fold.in_sample.start for fold in folds] == [0, 0, 0, 0]
    assert all(fold.in_sample.end == fold.out_of_sample.start for fold in folds)
    assert all(before.out_of_sample.end == after.out_of_sample.start for before, after in pairwise(folds))
    assert folds[-1].out_of_sample.end == 1_003
    assert {span.end - span.start for fold in folds for span in fold[2:]} <= {200, 201}
    assert anchored(10, 0) == []


def test_too_few_minutes_are_refused() -> None:
    anchored(10, 4)
    with pytest.raises(BadInput, match="9 bars cannot be cut into 5 parts"):
        anchored(9, 4)


def leaks(folds: Sequence[Fold]) -> bool:
    """Whether anything that a choice rests on changes when only prices after it do."""
    before = legs_over(DATA, folds)
    for at, fold in enumerate(FOLDS):
        for factor in (1.0, -3.0):
            changed = legs_over(with_prices_after(DATA, fold.out_of_sample.start, factor), folds[: at + 1])
            for leg, other in zip(before, changed, strict=False):
                if leg.values != other.values or not same(leg.tried.figures, other.tried.figures):
                    return True
    return False


def same(one: Floats, other: Floats) -> bool:
    return np.array_equal(one, other, equal_nan=True)


def test_prices_after_a_choice_cannot_change_it() -> None:
    assert not leaks(FOLDS)


@pytest.mark.parametrize("minutes", [1, 60, 1_500])
def test_a_planted_leak_of_a_minute_or_more_is_caught(minutes: int) -> None:
    planted = [fold._replace(in_sample=Span(0, fold.in_sample.end + minutes)) for fold in FOLDS]
    assert leaks(planted)


def test_indicators_are_warm_and_nothing_else_is_carried_over() -> None:
    """A run out of sample is the kernel's own over the same minutes, given what the rule wants of the whole market."""
    data, span = DATA, Span(2_000, 3_500)
    config = settings("strategy.settings.rsi_period=7", "strategy.settings.rsi_buy=40", "strategy.settings.rsi_sell=60")
    tried = data.set_of(config)
    found = run_part(data, span, tried, 5_000.0, fastest())
    whole = rule_signals_of(data.tape, [tried.rule], fastest())[0]
    signals = mapped(whole, lambda rows: rows[:, 2_000:3_500].copy())
    again = run_part(replace(part_of(data, span), signals=signals), Span(0, 1_500), tried, 5_000.0, fastest())
    assert np.array_equal(found.equity, again.equity)
    assert np.array_equal(found.walked.words, again.walked.words)
    assert found.walked.words[0, 2] >= data.tape.times[2_000]
    assert found.equity[0] == 5_000.0


SWINGING = ("strategy.settings.rsi_period=7", "strategy.settings.rsi_buy=40", "strategy.settings.rsi_sell=60")
ADDING = ("strategy.name=dca", "strategy.settings.every=15", "risk.max_entries=100", "risk.position_fraction=0.01")


@pytest.mark.parametrize("given", [SWINGING, ADDING])
def test_a_span_from_the_beginning_is_the_kernels_run(given: Sequence[str]) -> None:
    data = market(wave("BTCUSDT", 500, 1))
    tried = data.set_of(settings(*given))
    tape = data.tape
    columns = Columns(tape.times.tolist(), *(rows.tolist() for rows in tape[1:7]))
    expected = run(fresh_state(5_000.0, 1, tried.rule), columns, tried.params, tried.rule)
    found = run_part(data, Span(0, 500), tried, 5_000.0, fastest())
    assert found.equity.tolist() == [mark.equity for mark in expected.marks]
    assert len(expected.fills) > 20


def test_cash_compounds_and_the_joined_curve_is_one_result() -> None:
    legs = legs_over(DATA)
    made = study(data=DATA)
    whole = out_of_sample(made, legs)
    results = [leg.outcome.result for leg in legs]
    assert [each.start_cash for each in results[1:]] == [each.equity[-1] for each in results[:-1]]
    assert whole.result.start_cash == 10_000.0
    assert np.array_equal(whole.result.times, DATA.tape.times[1_500:])
    assert whole.result.cash[-1] == whole.result.equity[-1] == results[-1].equity[-1]
    assert whole.metrics["trades"] == sum(len(each.trades) for each in results) > 10
    assert whole.metrics["bars"] == 4_500
    growth = np.prod([1.0 + float(leg.outcome.metrics["total_return"] or 0.0) for leg in legs])
    assert whole.metrics["total_return"] == pytest.approx(growth - 1.0)
    assert np.array_equal(joined(results[:1]).equity, results[0].equity)


def test_a_fold_without_a_choice_keeps_the_cash() -> None:
    most = max(len(leg.tried.figures) for leg in legs_over(DATA))
    assert most == 12
    first = legs_over(DATA, choice=ChosenSet("total_return", 10**6))
    assert [leg.values for leg in first] == [None, None, None]
    assert all((leg.outcome.result.equity == 10_000.0).all() for leg in first)
    assert out_of_sample(study(data=DATA), first).metrics["trades"] == 0


def test_signals_are_cut_to_the_span() -> None:
    draw = np.random.default_rng(4)
    entries, exits = (pack(kernel) * draw.integers(0, 2, DATA.tape.close.shape) for kernel in (ENTER, LEAVE))
    wanted = without_levels(entries.astype(np.int8), exits.astype(np.int8))
    data = replace(DATA, signals=wanted)
    axes = axes_of(("risk.stop_loss=0.01,0.02",))
    made = Study(Given(data), keys_of(settings(), axes), fastest())
    legs = walk_forward(made, search_of(made, axes, None, "total_return", 1), FOLDS, CHOICE, 1, nothing)
    assert all(len(leg.outcome.result.trades) > 10 for leg in legs)


def chosen(legs: Sequence[Leg]) -> list[Values | None]:
    return [leg.values for leg in legs]


def test_sampled_folds_are_the_same_for_the_same_seed() -> None:
    pytest.importorskip("optuna")
    axes = axes_of(("strategy.settings.rsi_buy=20..45", "strategy.settings.rsi_period=3..12"))
    made = study(axes, data=DATA)
    search = search_of(made, axes, 16, "total_return", 1)
    runs = [walk_forward(made, search, FOLDS, CHOICE, seed, nothing) for seed in (1, 1, 2)]
    assert chosen(runs[0]) == chosen(runs[1]) != chosen(runs[2])
