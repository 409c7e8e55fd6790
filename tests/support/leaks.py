"""Indicators, rules and fills that look ahead, each in its own way, and honest ones that look alike.

All are functions over a whole market, as anybody's vectorised code is.
"""

from __future__ import annotations

import multiprocessing
import os
from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from chalicelib.domain import DAY_MS
from chalicelib.kernel import codes
from trader.backtest.engine import PLAIN, rule_signals_of
from trader.backtest.market import bars_of
from trader.backtest.sentiment_columns import closes_of, rolling_at
from trader.checks.columns import Column, Columns, Known
from trader.checks.market import CheckedMarket
from trader.checks.subjects import kernel_run, walked

Floats = NDArray[np.float64]
FIVE_MS = 5 * 60_000


def indicator(values: Floats) -> Columns:
    return {"indicator": Column(values)}


def closes(market: CheckedMarket) -> Floats:
    return np.asarray(market.tape.close[0])


# Leaks ---------------------------------------------------------------------------------------------------------------


def next_close(market: CheckedMarket) -> Columns:
    """The return of the next bar, 0 where there is none yet."""
    close = closes(market)
    return indicator(np.append(np.diff(close) / close[:-1], 0.0))


def centered_window(market: CheckedMarket) -> Columns:
    """An average that lies in the middle of its window."""
    return indicator(np.convolve(closes(market), np.ones(5) / 5.0, mode="same"))


def scaled_by_the_maximum(market: CheckedMarket) -> Columns:
    """Normalised by the highest close of the whole column."""
    return indicator(closes(market) / closes(market).max())


def standardised(market: CheckedMarket) -> Columns:
    """A z-score with mean and deviation of the whole column, as a scaler fitted on all of it gives."""
    close = closes(market)
    return indicator((close - close.mean()) / close.std())


def rolled_back(market: CheckedMarket) -> Columns:
    """np.roll by -1: the next close, and at the end the first one."""
    return indicator(np.roll(closes(market), -1))


def percentile(market: CheckedMarket) -> Columns:
    """The rank among all closes, later ones too."""
    close = closes(market)
    return indicator(np.argsort(np.argsort(close)) / len(close))


def resampled_unfinished(market: CheckedMarket) -> Columns:
    """The close of the five-minute bar that each minute lies in, known only at its end."""
    bucket = market.tape.times // FIVE_MS
    last = np.searchsorted(bucket, bucket, side="right") - 1
    return indicator(closes(market)[last])


def low_of_the_day(market: CheckedMarket) -> Columns:
    """The lowest low of the day, from its first minute on."""
    day = market.tape.times // DAY_MS
    return indicator(np.array([market.tape.low[0][day == each].min() for each in day]))


def filled_backwards(market: CheckedMarket) -> Columns:
    """Minutes without a bar get the close of the next one that has one."""
    values = closes(market).copy()
    for minute in range(len(values) - 2, -1, -1):
        if values[minute] != values[minute]:
            values[minute] = values[minute + 1]
    return indicator(values)


def interpolated(market: CheckedMarket) -> Columns:
    """Minutes without a bar lie on the line between their neighbours."""
    close, minutes = closes(market), np.arange(len(market))
    there = close == close
    return indicator(np.interp(minutes, minutes[there], close[there]))


def length_of_the_data(market: CheckedMarket) -> Columns:
    """Knows how much of the data is left."""
    return indicator(np.arange(len(market)) / len(market))


def backwards_ema(market: CheckedMarket) -> Columns:
    """An average smoothed in both directions, as zero-phase filters do."""
    values = closes(market).copy()
    for order in (range(1, len(values)), range(len(values) - 2, -1, -1)):
        step = 1 if order.step < 0 else -1
        for minute in order:
            values[minute] += 0.5 * (values[minute + step] - values[minute])
    return indicator(values)


def sentiment_before_it_was_known(market: CheckedMarket) -> Columns:
    """Headlines count from the day that they are of, not from the moment that they are known."""
    series = market.series[0]
    early = series._replace(known_ms=series.known_ms // DAY_MS * DAY_MS)
    return indicator(rolling_at(closes_of(market.tape.times), early, market.window))


def sentiment_of_the_next_minute(market: CheckedMarket) -> Columns:
    """What is known a minute after the close."""
    return indicator(rolling_at(closes_of(market.tape.times) + 60_000, market.series[0], market.window))


def moods_that_know(market: CheckedMarket) -> Columns:
    """The kernel, fed with a sentiment that knows whether the next bar closes higher."""
    moods = np.sign(np.diff(market.tape.close, append=market.tape.close[:, -1:]))
    knowing = CheckedMarket(market.tape._replace(inputs=moods[np.newaxis]), market.tried, market.cash, market.window)
    return kernel_run(knowing)


def walk_over_touched_up_lows(market: CheckedMarket) -> Columns:
    """The walk, over a market whose lows were smoothed with the next one."""
    lows = np.minimum(market.tape.low, np.append(market.tape.low[:, 1:], market.tape.low[:, -1:], axis=1))
    tape = market.tape._replace(low=lows, lowest=lows)
    return walked(CheckedMarket(tape, market.tried, market.cash, market.window))


def walk_that_skips_losers(market: CheckedMarket) -> Columns:
    """The walk, without the entries after which the price falls at once."""
    rises = np.diff(market.tape.close, append=market.tape.close[:, -1:]) >= 0.0
    rule_signals = rule_signals_of(market.tape, [market.tried.rule], PLAIN)[0]
    knowing = replace(market, signals=rule_signals._replace(flat=rule_signals.flat * rises))
    return walked(knowing)


def rule_with_a_peek(market: CheckedMarket) -> Columns:
    """The kernel's rule, but it enters only where the position will have been worth it ten bars later."""
    close, rule = closes(market), market.tried.rule
    state, actions = rule.start(), np.zeros(len(close))
    for minute, bar in zip(np.flatnonzero(~np.isnan(close)).tolist(), bars_of(market.tape, 0), strict=True):
        state, values = rule.observe(state, bar)
        choice = rule.decide(values, bar.close, (1.0,), False)
        later = close[min(minute + 10, len(close) - 1)]
        actions[minute] = codes.HOLD if choice.action == codes.ENTER and later < close[minute] else choice.action
    return {"action": Column(actions)}


# Leaks within a bar: what is known at its close decides what happened at its open ---------------------------------


def fill_at_the_open_of_the_same_bar(market: CheckedMarket) -> Columns:
    """Buys of every rise, filled at the open of the very bar that rose."""
    tape = market.tape
    return {"order fill price": Column(np.where(tape.close[0] > tape.open[0], tape.open[0], 0.0), Known.OPEN, 0)}


def fill_at_the_close_of_the_same_bar(market: CheckedMarket) -> Columns:
    """The same, filled at its close."""
    tape = market.tape
    return {"order fill price": Column(np.where(tape.close[0] > tape.open[0], tape.close[0], 0.0), Known.OPEN, 0)}


def fill_at_the_best_price_of_the_next_bar(market: CheckedMarket) -> Columns:
    """Decided at a close, honestly, but filled at the low of the next bar."""
    tape = market.tape
    rose = np.append(False, (tape.close[0] > tape.open[0])[:-1])
    return {"order fill price": Column(np.where(rose, tape.low[0], 0.0), Known.OPEN, 0)}


def stop_that_waits_for_the_close(market: CheckedMarket) -> Columns:
    """Out at a stop only where the bar also closes below it, filled at the stop as if it had been known."""
    tape = market.tape
    stop = np.append(tape.open[0][0], tape.close[0][:-1]) * 0.999
    hit = (tape.low[0] <= stop) & (tape.close[0] <= stop)
    return {"protective fill price": Column(np.where(hit, stop, 0.0), Known.RANGE, 0)}


# State that survives ------------------------------------------------------------------------------------------------

_seen: dict[int, float] = {}
_highest = 0.0
_remembered: list[float] = []


def remembered_by_time(market: CheckedMarket) -> Columns:
    """A cache by time: what was worked out first, with the next close in it, is given again ever after."""
    values = next_close(market)["indicator"].values
    for time_ms, value in zip(market.tape.times.tolist(), values.tolist(), strict=True):
        _seen.setdefault(time_ms, value)
    return indicator(np.array([_seen[time_ms] for time_ms in market.tape.times.tolist()]))


def highest_ever_seen(market: CheckedMarket) -> Columns:
    """Scaled by the highest close that any run has seen."""
    global _highest
    _highest = max(_highest, float(closes(market).max()))
    return indicator(np.maximum.accumulate(closes(market)) / _highest)


def warmed_by_the_last_run(market: CheckedMarket) -> Columns:
    """An average that goes on from where the last run ended."""
    values = []
    for close in closes(market).tolist():
        _remembered.append(close)
        values.append(sum(_remembered[-20:]) / len(_remembered[-20:]))
    return indicator(np.array(values))


# Honest ones --------------------------------------------------------------------------------------------------------


def last_close(market: CheckedMarket) -> Columns:
    close = closes(market)
    return indicator(np.append(0.0, np.diff(close) / close[:-1]))


def trailing_window(market: CheckedMarket) -> Columns:
    close = closes(market)
    return indicator(np.array([close[max(minute - 4, 0) : minute + 1].sum() for minute in range(len(close))]))


def scaled_by_the_maximum_so_far(market: CheckedMarket) -> Columns:
    return indicator(closes(market) / np.maximum.accumulate(closes(market)))


def resampled_finished(market: CheckedMarket) -> Columns:
    """The close of the last five-minute bar that was over."""
    bucket = closes_of(market.tape.times) // FIVE_MS
    last = np.searchsorted(closes_of(market.tape.times), bucket * FIVE_MS, side="right") - 1
    return indicator(np.where(last >= 0, closes(market)[np.maximum(last, 0)], np.nan))


def filled_forwards(market: CheckedMarket) -> Columns:
    return indicator(market.tape.marks[0].copy())


def fill_at_the_next_open(market: CheckedMarket) -> Columns:
    tape = market.tape
    rose = np.append(False, (tape.close[0] > tape.open[0])[:-1])
    return {"order fill price": Column(np.where(rose, tape.open[0], 0.0), Known.OPEN, 0)}


def stop_within_the_bar(market: CheckedMarket) -> Columns:
    tape = market.tape
    stop = np.append(tape.open[0][0], tape.close[0][:-1]) * 0.999
    return {"protective fill price": Column(np.where(tape.low[0] <= stop, stop, 0.0), Known.RANGE, 0)}


def run_twice(market: CheckedMarket) -> Columns:
    """A run after another one: nothing of that may survive."""
    kernel_run(market)
    return kernel_run(market)


# What no check survives ---------------------------------------------------------------------------------------------


def dies_elsewhere(market: CheckedMarket) -> Columns:
    """Ends the process that runs it over cut history."""
    if multiprocessing.parent_process() is not None:
        os._exit(1)
    return last_close(market)
