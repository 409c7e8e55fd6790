"""What a strategy has to beat: holding every symbol from the first bar to the last, and entering at random.

Random entries answer whether the moments of entry were worth anything. A random run makes as many trades as the
strategy, of the same symbols, each held for as many bars and with the same share of equity as one of the strategy's, at
the same fee rate and slippage; only when they begin is drawn: uniformly among all ways to lay them side by side over
the symbol's bars. What a rule earns beyond such runs it earns by its timing, what it earns with them by being in the
market.

A random trade buys at the open of its first bar and sells at the close of its last, both with slippage: it has no stop
and no take-profit, whose part in the strategy's result is thereby counted as timing too. Profits compound in the order
of the exits.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np

from chalicelib.domain import DAY_MS
from chalicelib.kernel.account import Costs
from trader.backtest.ledger import ENTRY_MS, ENTRY_PRICE, EXIT_MS
from trader.backtest.market import MarketColumns
from trader.backtest.metrics import curve_figures, without_short_rates
from trader.backtest.result import BacktestResult
from trader.backtest.statistics import falls
from trader.backtest.walk import QUANTITY, SYMBOL
from trader.data.arrays import Floats, Integers

RUNS = 100
MARKS = 4096
"""Moments, evenly spaced, at which a random run is marked, besides the end of every UTC day."""
LOW, MIDDLE, HIGH = 5.0, 50.0, 95.0
"""Percentiles of random runs that are shown."""


class Held(NamedTuple):
    """The trades of one symbol, N of them, and its bars, B of them: what random entries keep and draw from."""

    times: Integers
    """open_ms, (B,)."""
    open: Floats
    close: Floats
    bars: Integers
    """How many bars each trade takes up, at least 1, (N,)."""
    shares: Floats
    """What each bought for, as a fraction of equity before it, (N,)."""


class Drawn(NamedTuple):
    """N trades of one symbol at drawn moments, in the order of time."""

    first: Integers
    """The bar at whose open it buys."""
    last: Integers
    """The bar at whose close it sells."""
    shares: Floats
    paid: Floats
    """Price, slippage included."""
    returns: Floats
    """Profit after fees over what was bought for."""


@dataclass(frozen=True, slots=True)
class RandomEntries:
    """R random runs of one strategy, marked at G moments."""

    start_cash: float
    step_ms: int
    """How long a bar is."""
    times: Integers
    """open_ms of the bars at whose close it is marked, the last bar included, (G,)."""
    marks: Floats
    """Equity, (R, G)."""
    win_rates: Floats
    """(R,)."""

    @property
    def total_returns(self) -> Floats:
        """(R,)."""
        return np.asarray(self.marks[:, -1] / self.start_cash - 1.0)

    def beaten_by(self, total_return: float) -> float:
        """The share of the random runs that earned less."""
        return float(np.mean(self.total_returns < total_return))

    def band(self) -> Floats:
        """LOW, MIDDLE and HIGH percentile of equity at every moment, (3, G)."""
        return np.asarray(np.percentile(self.marks, (LOW, MIDDLE, HIGH), axis=0))

    def figures(self) -> Mapping[str, tuple[float, float, float]]:
        """LOW, MIDDLE and HIGH percentile over the runs of figures named as in `metrics.DEFINITIONS`.

        A figure that no run has is left out. Drawdowns between two marks are not seen.
        """
        ends = last_of_days(self.times)
        curves = [
            curve_figures(self.start_cash, self.times, deepest_fall(self.start_cash, m), m[ends], self.step_ms)
            for m in self.marks
        ]
        runs = [without_short_rates(curve, self.times, self.step_ms) for curve in curves]
        found = {}
        for name in ("final_equity", "total_return", "max_drawdown", "sharpe", "sortino", "cagr", "volatility"):
            values = [value for run in runs if isinstance(value := run[name], float)]
            if values:
                found[name] = percentiles(values)
        return {**found, "win_rate": percentiles(self.win_rates)}


def percentiles(values: Sequence[float] | Floats) -> tuple[float, float, float]:
    """LOW, MIDDLE and HIGH."""
    low, middle, high = np.percentile(np.asarray(values), (LOW, MIDDLE, HIGH)).tolist()
    return low, middle, high


def buy_and_hold(tape: MarketColumns, cash: float) -> Floats:
    """Equity of cash put in equal parts into every symbol at its first close, without costs, (T,).

    Its last value over `cash`, less 1, is `metrics.buy_and_hold_return`.
    """
    grown = np.zeros(len(tape.times))
    for marks in tape.marks:
        seen = marks[~np.isnan(marks)]
        grown += np.nan_to_num(marks / seen[0], nan=1.0) if len(seen) else 1.0
    return np.asarray(cash * grown / len(tape.marks))


def random_entries(
    tape: MarketColumns, result: BacktestResult, costs: Costs, seed: int, runs: int = RUNS
) -> RandomEntries | None:
    """Random runs of a backtest over its market, the same for the same seed; None if it made no trade."""
    if not len(result.trade_words):
        return None
    generator = np.random.default_rng(seed)
    held = [held_by(tape, result, symbol) for symbol in range(len(result.symbols))]
    moments = moments_of(tape.times)
    times = tape.times[moments]
    marks, win_rates = np.empty((runs, len(moments))), np.empty(runs)
    for run in range(runs):
        drawn = [draw(each, costs, generator) for each in held]
        marks[run] = marked(held, drawn, costs, result.start_cash, times)
        win_rates[run] = np.mean(np.concatenate([each.returns for each in drawn]) > 0.0)
    return RandomEntries(result.start_cash, tape.step_ms, times, marks, win_rates)


def held_by(tape: MarketColumns, result: BacktestResult, symbol: int) -> Held:
    """The symbol's trades and bars."""
    there = np.flatnonzero(~np.isnan(tape.open[symbol]))
    times = tape.times[there]
    rows = result.trade_words[:, SYMBOL] == symbol
    words, amounts = result.trade_words[rows], result.trade_amounts[rows]
    before = np.concatenate(([result.start_cash], result.equity))[np.searchsorted(tape.times, words[:, ENTRY_MS])]
    first, last = np.searchsorted(times, words[:, ENTRY_MS]), np.searchsorted(times, words[:, EXIT_MS])
    shares = amounts[:, QUANTITY] * amounts[:, ENTRY_PRICE] / before
    return Held(times, tape.open[symbol][there], tape.close[symbol][there], np.maximum(last - first, 1), shares)


def draw(held: Held, costs: Costs, generator: np.random.Generator) -> Drawn:
    """The symbol's trades at random moments."""
    order = generator.permutation(len(held.bars))
    bars = held.bars[order]
    first = places(bars, len(held.times), generator)
    last = first + bars - 1
    paid = held.open[first] * (1.0 + costs.slippage)
    got = held.close[last] * (1.0 - costs.slippage)
    returns = (got * (1.0 - costs.fee_rate) - paid * (1.0 + costs.fee_rate)) / paid
    return Drawn(first, last, held.shares[order], paid, returns)


def places(lengths: Integers, bars: int, generator: np.random.Generator) -> Integers:
    """Where spans of these lengths begin, in this order; every way to lay them over the bars side by side is as likely.

    With every span shrunk to one bar, a way to lay them is a choice of places; lengths sum to `bars` at most.
    """
    free = bars - int(lengths.sum())
    chosen = np.sort(generator.choice(free + len(lengths), len(lengths), replace=False, shuffle=False))
    longer = np.cumsum(lengths - 1)
    return np.asarray(chosen + longer - (lengths - 1))


def marked(held: Sequence[Held], drawn: Sequence[Drawn], costs: Costs, cash: float, times: Integers) -> Floats:
    """Equity of one run at the closes of these minutes: what was earned, and what is held at its last close."""
    ends = np.concatenate([h.times[d.last] for h, d in zip(held, drawn, strict=True)])
    growth = 1.0 + np.concatenate([d.shares * d.returns for d in drawn])
    order = np.argsort(ends, kind="stable")
    earned = np.concatenate(([cash], cash * np.cumprod(growth[order])))
    equity = earned[np.searchsorted(ends[order], times, side="right")]
    afloat = np.ones(len(times))
    for h, d in zip(held, drawn, strict=True):
        if len(d.first):
            afloat += floating(h, d, costs, times)
    return np.asarray(equity * afloat)


def floating(held: Held, drawn: Drawn, costs: Costs, times: Integers) -> Floats:
    """What the trade that is open at each moment stands at, as a fraction of equity; 0.0 where none is."""
    bar = np.searchsorted(held.times, times, side="right") - 1
    trade = np.searchsorted(drawn.first, bar, side="right") - 1
    is_open = (trade >= 0) & (bar < drawn.last[trade])
    stands = held.close[bar] / drawn.paid[trade] - 1.0 - costs.fee_rate
    return np.where(is_open, drawn.shares[trade] * stands, 0.0)


def moments_of(times: Integers) -> Integers:
    """The minutes that are marked: some evenly spaced, the last of every UTC day, and the last."""
    spread = np.linspace(0, len(times) - 1, min(MARKS, len(times))).astype(np.int64)
    return np.union1d(spread, last_of_days(times))


def last_of_days(times: Integers) -> Integers:
    """The index of the last moment of every UTC day that has one, in order."""
    days = times // DAY_MS
    return np.flatnonzero(np.diff(days, append=days[-1] + 1))


def deepest_fall(cash: float, equity: Floats) -> float:
    """The largest fall below the highest mark before, the cash included, as a fraction of it."""
    return float(falls(cash, equity).max())
