"""What a tuning showed, in plain words: also, and first of all, where it showed nothing."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from trader.tuning.deflated import DAILY, Moments, deflated_probability, expected_best, probability_above

PROVEN = 0.95
"""The probability from which on a finding is not called luck."""


@dataclass(frozen=True, slots=True)
class Luck:
    """The best set's Sharpe ratio in sample beside what luck alone gives the best of as many; NaN where undefined."""

    sets_tried: int
    variance: float
    """Of the daily Sharpe ratios of the sets."""
    best: Moments
    """Of the best set's daily returns in sample."""

    @property
    def expected_best_sharpe(self) -> float:
        """What luck alone is expected to give the best of the sets, yearly."""
        return expected_best(self.sets_tried, self.variance) * DAILY

    @property
    def best_sharpe(self) -> float:
        """Of the best set in sample, yearly."""
        return self.best.sharpe * DAILY

    @property
    def probability(self) -> float:
        """The deflated Sharpe ratio."""
        return deflated_probability(self.best, self.sets_tried, self.variance)


@dataclass(frozen=True, slots=True)
class Standing:
    """A result beside its baselines over the same minutes."""

    total_return: float
    trades: int
    buy_and_hold_return: float
    random_runs: int
    random_median_return: float
    random_beaten: float
    """Share of the runs with random entries that returned less."""
    moments: Moments
    """Of its daily returns."""

    @property
    def probability(self) -> float:
        """That its true Sharpe ratio is above 0."""
        return probability_above(self.moments, 0.0)


@dataclass(frozen=True, slots=True)
class Finding:
    """One sentence, and whether it speaks for the result."""

    holds: bool
    text: str


def findings(standing: Standing, luck: Luck, is_out_of_sample: bool) -> list[Finding]:
    """Everything that can be said for or against the result, what was seen out of sample first."""
    found = [] if is_out_of_sample else [Finding(False, IN_SAMPLE_ONLY)]
    where = "out of sample" if is_out_of_sample else "in sample"
    return found + list(_beside_baselines(standing, where)) + list(_beside_luck(standing, luck, where))


IN_SAMPLE_ONLY = (
    "in sample only: every figure is of minutes that the set was chosen on, and none says what it does on others"
)


def _beside_baselines(standing: Standing, where: str) -> Iterator[Finding]:
    if standing.trades == 0:
        yield Finding(False, f"{where} it did not trade at all")
    elif standing.total_return <= 0.0:
        yield Finding(False, f"{where} it earned nothing")
    ours, theirs = standing.total_return, standing.buy_and_hold_return
    held = f"{where} it returned {ours:+.2%}, buy-and-hold {theirs:+.2%}"
    yield Finding(ours > theirs, f"{held}: it {'beat' if ours > theirs else 'did not beat'} buy-and-hold")
    beaten = standing.random_beaten >= PROVEN
    random = (
        f"{where} it returned more than {standing.random_beaten:.0%} of {standing.random_runs} runs with random entries"
        f" (their median {standing.random_median_return:+.2%})"
    )
    yield Finding(beaten, f"{random}: {'better than chance' if beaten else 'not better than chance'}")


def _beside_luck(standing: Standing, luck: Luck, where: str) -> Iterator[Finding]:
    tried = f"{luck.sets_tried} set{'' if luck.sets_tried == 1 else 's'} tried"
    chance = luck.probability
    if chance != chance:
        yield Finding(False, f"{tried}: too few days or sets with trades for a deflated Sharpe ratio")
    else:
        yield Finding(
            chance >= PROVEN,
            f"{tried}: the best Sharpe ratio in sample is {luck.best_sharpe:.2f}, luck alone would give"
            f" {luck.expected_best_sharpe:.2f}; deflated Sharpe ratio {chance:.3f}, {_side(chance)}",
        )
    chance = standing.probability
    if chance != chance:
        yield Finding(False, f"{where} there are too few days with trades to tell its Sharpe ratio from 0")
    else:
        yield Finding(
            chance >= PROVEN,
            f"{where} its Sharpe ratio is above 0 with probability {chance:.3f}, {_side(chance)}",
        )


def _side(probability: float) -> str:
    if probability >= PROVEN:
        return f"at least {PROVEN}: more than luck"
    return f"below {PROVEN}: not to be told from luck"


def headline(found: Sequence[Finding]) -> str:
    """All of it in one line."""
    against = sum(not finding.holds for finding in found)
    if against:
        speak = "speaks" if against == 1 else "speak"
        return f"NOT SHOWN TO WORK: {against} of {len(found)} checks {speak} against it"
    return f"Holds up: all {len(found)} checks speak for it"
