"""Which sets are tried: all of a grid, or what Optuna draws from a seed."""

from __future__ import annotations

import click
import numpy as np
import pytest

from chalicelib.errors import BadInput
from tests.support.markets import wave
from tests.support.tuning import AXES, axes_of, market, nothing, settings, study
from trader.tuning import search
from trader.tuning.axes import Values
from trader.tuning.figures import FIGURES, best_of, named
from trader.tuning.limits import OBJECTIVES
from trader.tuning.search import ASKED_AT_ONCE, Grid, Sampled, Tried, search_of
from trader.tuning.spans import Span

RANGES = axes_of(
    ("strategy.settings.rsi_period=3..9", "strategy.settings.rsi_buy=15..60", "strategy.settings.rsi_sell=40,60,70")
)
SPAN = Span(0, 3_000)
DATA = market(wave("BTCUSDT", 3_000, 1))


def sampled(trials: int, seed: int, min_trades: int = 1) -> Tried:
    pytest.importorskip("optuna")
    found = search_of(study(RANGES, data=DATA), RANGES, trials, "total_return", min_trades)
    assert isinstance(found, Sampled)
    return found.over(study(RANGES, data=DATA), SPAN, seed, nothing)


def test_a_grid_is_tried_whole_and_in_order() -> None:
    made = study(data=DATA)
    found = search_of(made, AXES, None, "sharpe", 1)
    tried = found.over(made, SPAN, 1, nothing)
    assert (found.name, found.trials, len(tried.sets), tried.contradictory) == ("grid", 12, 12, 0)
    assert tried.sets[:3] == [(3, 20.0, 60.0), (3, 20.0, 70.0), (3, 30.0, 60.0)]
    assert np.array_equal(tried.figures, made.sweep(tried.sets, SPAN, nothing), equal_nan=True)


def test_a_grid_no_larger_than_the_trials_is_tried_whole() -> None:
    assert isinstance(search_of(study(data=DATA), AXES, 12, "sharpe", 1), Grid)
    assert isinstance(search_of(study(data=DATA), AXES, 11, "sharpe", 1), Sampled)


def test_the_same_seed_draws_the_same_sets() -> None:
    first, again, other = sampled(30, seed=7), sampled(30, seed=7), sampled(30, seed=8)
    assert first.sets == again.sets
    assert np.array_equal(first.figures, again.figures, equal_nan=True)
    assert first.sets != other.sets


def test_drawn_sets_lie_in_their_ranges_fit_and_are_run_once() -> None:
    tried = sampled(60, seed=1)
    assert 0 < len(tried.sets) + tried.contradictory <= 60
    assert tried.contradictory > 0
    assert len(set(tried.sets)) == len(tried.sets) == len(tried.figures)
    for period, buy, sell in tried.sets:
        assert isinstance(period, int)
        assert 3 <= period <= 9
        assert 15.0 <= float(buy) <= 60.0
        assert sell in (40.0, 60.0, 70.0)
        assert float(buy) < float(sell)
    made = study(RANGES, data=DATA)
    assert np.array_equal(tried.figures, made.sweep(tried.sets, SPAN, nothing), equal_nan=True)


def test_drawing_learns_where_sets_do_well() -> None:
    tried = sampled(120, seed=2)
    scores = tried.figures[:, FIGURES.index("total_return")]
    assert np.nanmedian(scores[-40:]) > np.nanmedian(scores[:40])


def test_progress_counts_trials_even_repeated_ones() -> None:
    pytest.importorskip("optuna")
    steps: list[int] = []
    axes = axes_of(("risk.stop_loss=0.01,0.02,0.03", "risk.cooldown_bars=0..1"))
    made = study(axes, data=DATA)
    tried = search_of(made, axes, 20, "sharpe", 1).over(made, SPAN, 1, steps.append)
    assert sum(steps) == 20
    assert len(tried.sets) <= 6
    assert max(steps) == ASKED_AT_ONCE


def test_a_range_needs_trials_and_trials_need_optuna(monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(BadInput, match="--trials N"):
        search_of(study(RANGES, data=DATA), RANGES, None, "sharpe", 1)
    monkeypatch.setattr(search, "find_spec", lambda name: None)
    with pytest.raises(BadInput, match="--trials needs Optuna"):
        search_of(study(RANGES, data=DATA), RANGES, 5, "sharpe", 1)


def rows(*given: tuple[float, int]) -> np.ndarray[tuple[int, ...], np.dtype[np.float64]]:
    made = np.zeros((len(given), len(FIGURES)))
    made[:, FIGURES.index("sharpe")] = [score for score, _ in given]
    made[:, FIGURES.index("trades")] = [trades for _, trades in given]
    return made


@pytest.mark.parametrize(
    ("given", "min_trades", "best"),
    [
        ([(1.0, 5), (2.0, 5), (2.0, 5)], 1, 1),
        ([(1.0, 5), (9.0, 4)], 5, 0),
        ([(float("nan"), 5), (-3.0, 5)], 0, 1),
        ([(float("nan"), 5)], 0, None),
        ([(1.0, 2)], 3, None),
        ([], 0, None),
    ],
)
def test_the_highest_objective_with_enough_trades_is_chosen(
    given: list[tuple[float, int]], min_trades: int, best: int | None
) -> None:
    assert best_of(rows(*given), "sharpe", min_trades) == best


def test_a_row_by_name_has_none_for_what_is_undefined() -> None:
    row = np.arange(len(FIGURES), dtype=np.float64)
    row[FIGURES.index("sharpe")] = np.nan
    found = named(row)
    assert (found["sharpe"], found["trades"], found["final_equity"]) == (None, FIGURES.index("trades"), 0.0)
    assert isinstance(found["trades"], int)


def test_settings_carry_a_drawn_set() -> None:
    values: Values = (5, 33.25, 60.0)
    made = study(RANGES, base=settings("risk.stop_loss=0.05"), data=DATA).keys.settings(values)
    assert made.strategy.settings == {"rsi_period": 5, "rsi_buy": 33.25, "rsi_sell": 60.0}
    assert made.risk.stop_loss == 0.05


def test_the_command_offers_every_objective() -> None:
    from trader.cli import backtest_remote, tune

    for command in (tune.command, backtest_remote.command):
        [objective] = [each.type for each in command.params if each.name == "objective"]
        assert isinstance(objective, click.Choice)
        assert sorted(objective.choices) == sorted(OBJECTIVES)
    assert set(OBJECTIVES) <= set(FIGURES)
