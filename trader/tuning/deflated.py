"""How much of a Sharpe ratio is owed to luck and to the number of sets that were tried.

Bailey and López de Prado, "The Deflated Sharpe Ratio: Correcting for Selection Bias, Backtest Overfitting and
Non-Normality", Journal of Portfolio Management 40 (5), 2014; the probabilistic ratio is theirs of 2012, "The Sharpe
Ratio Efficient Frontier", Journal of Risk 15 (2). Ratios here are per day, not yearly.
"""

from __future__ import annotations

from dataclasses import dataclass
from math import e, nan, sqrt
from statistics import NormalDist

import numpy as np

from trader.backtest.metrics import DAYS_A_YEAR
from trader.data.arrays import Floats

EULER_MASCHERONI = 0.5772156649015329
NORMAL = NormalDist()
DAILY = sqrt(DAYS_A_YEAR)
"""A yearly Sharpe ratio over this is a daily one."""


@dataclass(frozen=True, slots=True)
class Moments:
    """Of daily returns."""

    days: int
    sharpe: float
    """Mean over standard deviation, a day; NaN where there is no spread."""
    skewness: float
    """0 for a normal distribution."""
    kurtosis: float
    """3 for a normal distribution."""


def moments_of(returns: Floats) -> Moments:
    """The moments of daily returns; NaN for fewer than two days or without spread."""
    spread = float(np.std(returns, ddof=1)) if len(returns) > 1 else 0.0
    if spread == 0.0:
        return Moments(len(returns), nan, nan, nan)
    away = returns - np.mean(returns)
    variance = float(np.mean(away**2))
    return Moments(
        days=len(returns),
        sharpe=float(np.mean(returns)) / spread,
        skewness=float(np.mean(away**3)) / variance**1.5,
        kurtosis=float(np.mean(away**4)) / variance**2,
    )


def probability_above(moments: Moments, sharpe: float) -> float:
    """The probability that the true Sharpe ratio lies above `sharpe` (both a day): the probabilistic Sharpe ratio.

    Equation (2) of 2014: Z[(SR - SR0) * sqrt(T - 1) / sqrt(1 - g3 * SR + (g4 - 1) / 4 * SR^2)]. NaN where undefined.
    """
    estimate = moments.sharpe
    spread = 1.0 - moments.skewness * estimate + (moments.kurtosis - 1.0) / 4.0 * estimate**2
    if not spread > 0.0:  # NaN too
        return nan
    return NORMAL.cdf((estimate - sharpe) * sqrt(moments.days - 1) / sqrt(spread))


def expected_best(trials: int, variance: float) -> float:
    """The highest Sharpe ratio that luck alone is expected to give among this many trials whose ratios vary so.

    Equation (1) of 2014 for trials without skill: sqrt(V) * ((1 - g) * Z^-1[1 - 1/N] + g * Z^-1[1 - 1/(N*e)]).
    A single trial selects nothing: 0.

    >>> round(expected_best(100, 0.5 / 250), 4)  # the example of the paper
    0.1132
    """
    if trials < 2:
        return 0.0
    highest = NORMAL.inv_cdf(1.0 - 1.0 / trials)
    beyond = NORMAL.inv_cdf(1.0 - 1.0 / (trials * e))
    return sqrt(variance) * ((1.0 - EULER_MASCHERONI) * highest + EULER_MASCHERONI * beyond)


def deflated_probability(best: Moments, trials: int, variance: float) -> float:
    """The deflated Sharpe ratio: the probability that the best of the trials is better than the luck of the best.

    `variance` is that of the trials' daily Sharpe ratios. NaN where undefined.
    """
    return probability_above(best, expected_best(trials, variance))


def variance_of(sharpes: Floats) -> float:
    """The variance of the ratios that are defined; NaN for fewer than two."""
    defined = sharpes[~np.isnan(sharpes)]
    return float(np.var(defined, ddof=1)) if len(defined) > 1 else nan
