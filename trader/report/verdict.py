"""What the figures allow to say, in sentences; a result that does not beat its baselines is called so."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from chalicelib.domain import DAY_MS, MINUTE_MS
from trader.backtest.baselines import RandomEntries, held_by
from trader.backtest.metrics import LEAST_DAYS
from trader.backtest.steps import candles_word, step_line
from trader.report.content import BY_HAND, Report, Trials
from trader.report.costs import Paid
from trader.report.markup import Markup, element
from trader.report.wording import amount, count, known, number, percent

SURE = 0.95
"""The share of random runs to beat before entries are called better than chance."""
FEW_TRADES = 30
FLATTERED = "All of this is over the whole range, the minutes included by which this set was chosen: it flatters."
LUCKY = "A set chosen by its result on these very minutes flatters: the best of many is lucky."


@dataclass(frozen=True, slots=True)
class BaselineStanding:
    """The result against its baselines."""

    total_return: float
    buy_and_hold: float
    random: RandomEntries | None
    """None without trades."""

    @property
    def beats_holding(self) -> bool:
        """Whether it earned more than buy-and-hold."""
        return self.total_return > self.buy_and_hold

    @property
    def beaten(self) -> float:
        """The share of random runs that earned less; 0.0 without trades."""
        return self.random.beaten_by(self.total_return) if self.random else 0.0

    @property
    def beats_chance(self) -> bool:
        """Whether it earned more than nearly all random runs."""
        return self.beaten >= SURE


def standing_of(report: Report, random: RandomEntries | None) -> BaselineStanding:
    """From the figures of the report."""
    total, hold = (known(report.metrics, name) or 0.0 for name in ("total_return", "buy_and_hold_return"))
    return BaselineStanding(total, hold, random)


def title_of(standing: BaselineStanding) -> str:
    """One line."""
    if standing.random is None:
        return "No trade was made"
    loses = "Loses money" if standing.total_return < 0.0 else ""
    match standing.beats_holding, standing.beats_chance:
        case True, True:
            return f"{loses}, but less than both baselines" if loses else "Beats buy-and-hold and random entries"
        case True, False:
            words = "its entries are no better than random ones"
            return f"{loses}, if less than buy-and-hold; {words}" if loses else f"Beats buy-and-hold; {words}"
        case False, True:
            words = "its entries are better than random ones, yet buy-and-hold earned more"
            return f"{loses}: {words}" if loses else words.capitalize()
        case _:
            return f"{loses} and does not beat its baselines" if loses else "Does not beat its baselines"


def sentences(report: Report, standing: BaselineStanding, spent: Paid) -> Iterator[str]:
    """What stands under the title."""
    metrics, trials = report.metrics, report.trials
    if line := step_line(report.data.tape.step_ms):
        yield f"{line[0].upper()}{line[1:]}."
    yield _against_holding(standing)
    if standing.random:
        yield _how_invested(report, known(metrics, "exposure") or 0.0)
        yield _against_chance(standing, len(standing.random.marks))
        yield _before_costs(report.config.fees.slippage, spent)
    yield trials_words(trials)
    if trials:
        yield from trials.remarks
        if trials.tried > 1:
            yield FLATTERED if trials.in_sample else LUCKY
    trades = int(known(metrics, "trades") or 0)
    if 0 < trades < FEW_TRADES:
        yield f"{count(trades, 'trade')} {'is' if trades == 1 else 'are'} too few to tell skill from luck."
    step_ms = report.data.tape.step_ms
    if len(report.result.times) * step_ms < LEAST_DAYS * DAY_MS:
        few = f"Less than {LEAST_DAYS} days of {candles_word(step_ms)}"
        yield f"{few}: one kind of market at most, and too few for a yearly rate."


def trials_words(trials: Trials | None) -> str:
    """How many sets were looked at, and how this one was chosen."""
    if trials is None:
        return f"{BY_HAND}."
    apart = "" if trials.in_sample or trials.out_of_sample else "; in-sample and out-of-sample are not told apart"
    return f"{count(trials.tried, 'parameter set')} tried; the one shown was chosen {trials.chosen}{apart}."


def _against_holding(standing: BaselineStanding) -> str:
    apart = (standing.total_return - standing.buy_and_hold) * 100.0
    return (
        f"It returned {percent(standing.total_return, signed=True)} after costs, buy-and-hold "
        f"{percent(standing.buy_and_hold, signed=True)}: {number(abs(apart))} points {'more' if apart > 0 else 'less'}."
    )


def _how_invested(report: Report, exposure: float) -> str:
    held = [held_by(report.data.tape, report.result, symbol).shares for symbol in range(len(report.data.symbols))]
    mean, step_ms = percent(float(np.concatenate(held).mean()), 1), report.data.tape.step_ms
    return (
        f"Something was held in {percent(exposure, 1)} of the {candles_word(step_ms)}, a position for {mean} of equity"
        f" on average; buy-and-hold is wholly invested in every {'minute' if step_ms == MINUTE_MS else 'candle'}."
    )


def _against_chance(standing: BaselineStanding, runs: int) -> str:
    ahead = round(standing.beaten * runs)
    if standing.beats_chance:
        meaning = "chance alone seldom does that"
    elif standing.beaten <= 1.0 - SURE:
        meaning = "the moments of entry and exit were worse than chance"
    else:
        meaning = "that is not to be told from chance"
    return f"It did better than {ahead} of {runs} runs with random entries: {meaning}."


def _before_costs(slippage_rate: float, spent: Paid) -> str:
    slipped = (
        f"and slippage of {amount(spent.slippage, spent.start_cash)} are paid in all figures"
        if slippage_rate
        else "are paid in all figures, no slippage is assumed"
    )
    return (
        f"Fees of {amount(spent.fees, spent.start_cash)} {slipped}; at no cost the same fills would have returned "
        f"{percent(spent.return_without, signed=True)}."
    )


def verdict_section(report: Report, standing: BaselineStanding, spent: Paid) -> Markup:
    """Title and sentences. What was searched for on the minutes that are shown is never called good."""
    is_good = standing.beats_holding and standing.beats_chance and standing.total_return > 0.0
    searched = report.trials is not None and report.trials.tried > 1
    ours = f"{title_of(standing)}{', the minutes it was chosen by included' if searched else ''}"
    title, first = (report.trials.verdict, [f"{ours}."]) if report.trials and report.trials.verdict else (ours, [])
    warnings = report.trials.warnings if report.trials else ()
    lines = (element("li", sentence) for sentence in (*warnings, *first, *sentences(report, standing, spent)))
    return element(
        "section",
        element("h2", title, id="verdict"),
        element("ul", *lines),
        class_=f"verdict {'good' if is_good and not searched else 'poor'}",
        aria_labelledby="verdict",
    )
