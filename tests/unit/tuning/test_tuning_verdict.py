"""What does not hold up is said in plain words."""

from __future__ import annotations

from dataclasses import replace
from math import nan

import pytest

from trader.tuning.deflated import Moments
from trader.tuning.verdict import Luck, Standing, findings, headline

GOOD_DAYS = Moments(days=300, sharpe=0.25, skewness=0.0, kurtosis=3.0)
GOOD = Standing(
    total_return=0.3,
    trades=120,
    buy_and_hold_return=0.1,
    random_runs=100,
    random_median_return=0.02,
    random_beaten=0.99,
    moments=GOOD_DAYS,
)
LUCK = Luck(sets_tried=50, variance=0.001, best=GOOD_DAYS)


def test_a_result_that_passes_everything_is_said_to_hold() -> None:
    found = findings(GOOD, LUCK, is_out_of_sample=True)
    assert [finding.holds for finding in found] == [True] * 4
    assert headline(found) == "Holds up: all 4 checks speak for it"
    assert "50 sets tried" in found[2].text


@pytest.mark.parametrize(
    ("standing", "luck", "words"),
    [
        (replace(GOOD, buy_and_hold_return=0.3), LUCK, "it did not beat buy-and-hold"),
        (replace(GOOD, random_beaten=0.94), LUCK, "not better than chance"),
        (replace(GOOD, moments=Moments(300, 0.01, 0.0, 3.0)), LUCK, "out of sample its Sharpe ratio is above 0"),
        (replace(GOOD, moments=Moments(1, nan, nan, nan)), LUCK, "too few days with trades"),
        (replace(GOOD, total_return=-0.1, buy_and_hold_return=-0.2), LUCK, "out of sample it earned nothing"),
        (replace(GOOD, trades=0, total_return=0.0, buy_and_hold_return=-0.2), LUCK, "it did not trade at all"),
        (GOOD, replace(LUCK, sets_tried=100_000, variance=0.01), "100000 sets tried: the best Sharpe ratio"),
        (GOOD, replace(LUCK, variance=nan), "too few days or sets with trades for a deflated Sharpe ratio"),
    ],
)
def test_what_speaks_against_it_is_called_so(standing: Standing, luck: Luck, words: str) -> None:
    found = findings(standing, luck, is_out_of_sample=True)
    against = [finding.text for finding in found if not finding.holds]
    assert len(against) == 1
    assert words in against[0]
    assert headline(found) == f"NOT SHOWN TO WORK: 1 of {len(found)} checks speaks against it"


def test_in_sample_nothing_is_shown_however_good_it_looks() -> None:
    found = findings(GOOD, replace(LUCK, sets_tried=1), is_out_of_sample=False)
    assert not found[0].holds
    assert found[0].text.startswith("in sample only")
    assert all("out of sample" not in finding.text for finding in found)
    assert "1 set tried" in found[3].text


def test_the_best_of_more_sets_has_to_be_better() -> None:
    few, many = replace(LUCK, sets_tried=2), replace(LUCK, sets_tried=50_000)
    assert few.expected_best_sharpe < LUCK.expected_best_sharpe < many.expected_best_sharpe
    assert few.probability > LUCK.probability > many.probability
    assert LUCK.best_sharpe == pytest.approx(0.25 * 365**0.5)
