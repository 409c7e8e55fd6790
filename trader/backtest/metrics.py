"""The figures of a backtest and what each means."""

from __future__ import annotations

from collections.abc import Mapping
from math import nan, sqrt

import numpy as np

from chalicelib.addition import added
from chalicelib.domain import DAY_MS
from trader.backtest.data import Data
from trader.backtest.engine import fastest
from trader.backtest.folding import bars_on_time_line
from trader.backtest.ledger import ENTRY_MS, EXIT_MS, PNL
from trader.backtest.result import BacktestResult
from trader.data.arrays import Floats, Integers

DAYS_A_YEAR = 365
LEAST_DAYS = 30
"""Of a shorter span a yearly rate is no figure but a power of chance: a day of +1 % would be +3,678 % a year."""
YEARLY = ("cagr", "calmar")
MONEY = frozenset({"final_equity", "expectancy", "fees"})
"""Amounts in quote currency."""
Metrics = Mapping[str, float | int | str | None]

DEFINITIONS: Mapping[str, str] = {
    "final_equity": "cash at the end, after everything still open was sold at the last close",
    "total_return": "final equity over starting cash, less 1",
    "buy_and_hold_return": "last close over first close, less 1; the mean over the symbols",
    "max_drawdown": "largest fall of equity below its highest mark before, as a fraction of that mark",
    "sharpe": "mean over standard deviation of daily returns (from last mark to last mark of each UTC day, 0 for a day"
    " without a bar), times the root of 365",
    "sortino": "as sharpe, over the root of the mean square of the negative daily returns",
    "cagr": f"total return as a yearly rate, compounded; none below {LEAST_DAYS} days, which are too few",
    "volatility": "standard deviation of daily returns, times the root of 365",
    "calmar": "cagr over max_drawdown",
    "trades": "positions that were left",
    "win_rate": "share of trades that earned something after fees",
    "profit_factor": "what winning trades earned over what losing trades lost",
    "expectancy": "mean profit of a trade after fees, in quote currency",
    "exposure": "share of bars at whose close something was held",
    "fees": "everything paid in fees, in quote currency",
    "bars": "minutes on the time line, or candles of agent.interval where these are longer",
    "strategy_bars": "bars of strategy.interval on the time line, at whose closes the strategy decides",
    "gaps": "runs of bars that are missing, over all symbols",
    "missing_minutes": "minutes in those runs",
    "seconds": "what running the bars took, reading and writing files apart",
}
FRACTIONS = frozenset(
    {"total_return", "buy_and_hold_return", "max_drawdown", "cagr", "volatility", "win_rate", "exposure"}
)
"""Shown as percentages."""


def metrics_of(data: Data, result: BacktestResult, seconds: float) -> Metrics:
    """Every figure of `DEFINITIONS`; None where the data allow none (a ratio without days or without losses)."""
    deepest, days = fastest().curve_of(result.start_cash, result.times, result.equity)
    step_ms = data.tape.step_ms
    curve = curve_figures(result.start_cash, result.times, float(deepest), days, step_ms)
    return {
        **without_short_rates(curve, result.times, step_ms),
        **trade_figures(result.trade_amounts),
        "buy_and_hold_return": buy_and_hold_return(data),
        "exposure": exposure(result.times, result.trade_words),
        "fees": result.fees,
        "bars": len(result.times),
        "strategy_bars": bars_on_time_line(data.tape, result.rule, fastest().fold_candles),
        "gaps": sum(gaps.runs for gaps in data.gaps),
        "missing_minutes": sum(gaps.minutes for gaps in data.gaps),
        "seconds": seconds,
    }


def curve_figures(cash: float, times: Integers, deepest: float, days: Floats, step_ms: int) -> dict[str, float | None]:
    """What follows from the marks of the days (D,), the largest drawdown and the span of these bars."""
    final = float(days[-1]) if len(days) else cash
    returns = daily_returns(cash, times, days)
    years = (int(times[-1]) - int(times[0]) + step_ms) / (DAYS_A_YEAR * DAY_MS) if len(times) else 0.0
    cagr = yearly_rate(final / cash, years)
    return {
        "final_equity": final,
        "total_return": final / cash - 1.0,
        "max_drawdown": deepest,
        "sharpe": _or_none(sharpe(returns)),
        "sortino": _or_none(sortino(returns)),
        "cagr": _or_none(cagr),
        "volatility": _or_none(float(np.std(returns, ddof=1)) * sqrt(DAYS_A_YEAR) if len(returns) > 1 else nan),
        "calmar": _or_none(cagr / deepest if deepest > 0.0 else nan),
    }


def daily_returns(cash: float, times: Integers, days: Floats) -> Floats:
    """The return of every UTC day from the first of the times to the last: of those that have a mark (D,), in order,
    and after them a 0.0 for each that has none, as weekends of a stock have.

    >>> daily_returns(100.0, np.array([0, 86_400_000, 4 * 86_400_000]), np.array([100.0, 110.0, 99.0])).tolist()
    [0.0, 0.1, -0.1, 0.0, 0.0]
    """
    returns = np.diff(days, prepend=cash) / np.concatenate(([cash], days[:-1]))
    without = int(times[-1] // DAY_MS - times[0] // DAY_MS) + 1 - len(days) if len(times) else 0
    return np.concatenate((returns, np.zeros(without))) if without else returns


def without_short_rates(figures: Metrics, times: Integers, step_ms: int) -> Metrics:
    """The figures of these bars as they are shown: yearly rates None where the span is too short for them.

    >>> without_short_rates({"cagr": 7.0, "sharpe": 1.0}, np.array([0, 86_400_000]), 60_000)
    {'cagr': None, 'sharpe': 1.0}
    """
    if len(times) and int(times[-1]) - int(times[0]) + step_ms >= LEAST_DAYS * DAY_MS:
        return figures
    return {name: None if name in YEARLY else value for name, value in figures.items()}


def yearly_rate(growth: float, years: float) -> float:
    """What growth over these years is in one, compounded; NaN without time, without growth, or beyond float64.

    >>> yearly_rate(1.21, 2.0), yearly_rate(1.5, 1.0 / 525_600)
    (0.10000000000000009, nan)
    """
    if years <= 0.0 or growth <= 0.0:
        return nan
    try:
        return float(growth ** (1.0 / years)) - 1.0
    except OverflowError:  # a few percent in a few minutes
        return nan


def sharpe(returns: Floats) -> float:
    """Sharpe (1994) of daily returns against no risk-free rate, yearly; NaN for fewer than two or without variance."""
    if len(returns) < 2:
        return nan
    spread = float(np.std(returns, ddof=1))
    return float(np.mean(returns)) / spread * sqrt(DAYS_A_YEAR) if spread > 0.0 else nan


def sortino(returns: Floats) -> float:
    """Sortino and Price (1994) with a target of 0, yearly; NaN for fewer than two or without a negative one."""
    if len(returns) < 2:
        return nan
    downside = sqrt(float(np.mean(np.minimum(returns, 0.0) ** 2)))
    return float(np.mean(returns)) / downside * sqrt(DAYS_A_YEAR) if downside > 0.0 else nan


def trade_figures(trade_amounts: Floats) -> dict[str, float | int | None]:
    """What follows from the trades alone, (M, 7) of `ledger`."""
    profits = trade_amounts[:, PNL]
    won, lost = added(profits[profits > 0.0].tolist()), -added(profits[profits < 0.0].tolist())
    return {
        "trades": len(profits),
        "win_rate": float(np.mean(profits > 0.0)) if len(profits) else 0.0,
        "profit_factor": _or_none(won / lost if lost > 0.0 else nan),
        "expectancy": _or_none(added(profits.tolist()) / len(profits) if len(profits) else nan),
    }


def exposure(times: Integers, trade_words: Integers) -> float:
    """Share of the bars at whose close any position was open."""
    if not len(times):
        return 0.0
    first, last = (_bars_at(times, trade_words[:, column]) for column in (ENTRY_MS, EXIT_MS))
    order = np.argsort(first, kind="stable")
    first, last = first[order], np.maximum.accumulate(last[order])  # several symbols: trades overlap
    seen = np.concatenate(([0], last[:-1]))[: len(last)]
    return float(np.maximum(last - np.maximum(first, seen), 0).sum()) / len(times)


def _bars_at(times: Integers, moments_ms: Integers) -> Integers:
    """Where these moments stand in the times."""
    step_ms = times[1] - times[0] if len(times) > 1 else DAY_MS
    if times[-1] - times[0] == (len(times) - 1) * step_ms == np.max(np.diff(times), initial=step_ms) * (len(times) - 1):
        return np.asarray((moments_ms - times[0]) // step_ms)
    return np.searchsorted(times, moments_ms)


def buy_and_hold_return(data: Data) -> float:
    """The mean over the symbols of last close over first close, less 1."""
    found = []
    for closes in data.tape.close:
        seen = np.asarray(closes)[~np.isnan(np.asarray(closes))]
        found.append(float(seen[-1] / seen[0]) - 1.0 if len(seen) else 0.0)  # none in this part of the market
    return added(found) / len(found)


def _or_none(value: float) -> float | None:
    return None if value != value else value
