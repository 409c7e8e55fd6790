"""The deflated Sharpe ratio, against the paper's own example and by hand."""

from __future__ import annotations

from math import isnan, sqrt

import numpy as np
import pytest

from trader.tuning.deflated import (
    Moments,
    deflated_probability,
    expected_best,
    moments_of,
    probability_above,
    variance_of,
)

PAPER = Moments(days=1250, sharpe=2.5 / sqrt(250), skewness=-3.0, kurtosis=10.0)
"""Bailey and López de Prado (2014), "A numerical example": a yearly ratio of 2.5 over five years of 250 days."""
VARIANCE = 0.5 / 250
"""Of the trials' ratios, 1/2 a year."""


def test_the_example_of_the_paper() -> None:
    assert expected_best(100, VARIANCE) == pytest.approx(0.1132, abs=5e-5)
    assert deflated_probability(PAPER, 100, VARIANCE) == pytest.approx(0.9004, abs=5e-5)
    assert deflated_probability(PAPER, 46, VARIANCE) == pytest.approx(0.9505, abs=5e-5)


def test_normal_returns_allow_more_trials_as_in_the_paper() -> None:
    normal = Moments(1250, PAPER.sharpe, 0.0, 3.0)
    assert deflated_probability(normal, 88, VARIANCE) == pytest.approx(0.9505, abs=5e-5)


def test_a_single_trial_selects_nothing() -> None:
    assert expected_best(1, float("nan")) == 0.0
    assert deflated_probability(PAPER, 1, float("nan")) == probability_above(PAPER, 0.0)


def test_no_skill_is_a_coin_toss() -> None:
    assert probability_above(Moments(100, 0.0, 0.0, 3.0), 0.0) == 0.5


def test_more_trials_deflate_more() -> None:
    chances = [deflated_probability(PAPER, trials, VARIANCE) for trials in (1, 2, 10, 100, 1_000, 100_000)]
    assert chances == sorted(chances, reverse=True)
    assert len(set(chances)) == len(chances)


def test_moments_of_four_returns_by_hand() -> None:
    found = moments_of(np.array([0.0, 0.0, 0.0, 0.04]))
    assert found.days == 4
    assert found.sharpe == pytest.approx(0.01 / 0.02)
    assert found.skewness == pytest.approx(2 / sqrt(3))
    assert found.kurtosis == pytest.approx(7 / 3)


@pytest.mark.parametrize("returns", [[], [0.1], [0.1, 0.1]])
def test_without_days_or_spread_nothing_is_known(returns: list[float]) -> None:
    found = moments_of(np.array(returns))
    assert isnan(found.sharpe)
    assert isnan(probability_above(found, 0.0))


def test_the_variance_is_of_the_ratios_that_are_defined() -> None:
    assert variance_of(np.array([1.0, np.nan, 3.0])) == pytest.approx(2.0)
    assert isnan(variance_of(np.array([1.0, np.nan])))


def test_luck_alone_passes_as_often_as_it_should() -> None:
    """The best of 50 sets without skill is taken for skilled about as rarely as the threshold says, not always."""
    draw = np.random.default_rng(3)
    passed = plain = 0
    for _ in range(200):
        trials = [moments_of(returns) for returns in draw.normal(0.0, 0.01, (50, 250))]
        sharpes = np.array([each.sharpe for each in trials])
        best = trials[int(sharpes.argmax())]
        passed += deflated_probability(best, 50, variance_of(sharpes)) >= 0.95
        plain += probability_above(best, 0.0) >= 0.95
    assert passed <= 20
    assert plain >= 150
