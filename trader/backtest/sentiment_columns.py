"""Sentiment as known at the close of every minute: what the use cases find minute by minute, for all minutes at once.

T minutes by their closes (ms), N headlines or rows of a file. tests/property/test_backtest_sentiment.py holds each of
these to the SentimentHistory that it stands for, bit for bit.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np

from chalicelib.domain import MINUTE_MS, ScoredNews
from trader.data.arrays import Floats, Integers


class HeadlineSeries(NamedTuple):
    """The headlines that count for one symbol, in the order in which they count, oldest first: both (N,)."""

    known_ms: Integers
    scores: Floats


def series_of(known: Sequence[ScoredNews]) -> HeadlineSeries:
    """What `NewsStore.known` gave, newest first, as columns."""
    oldest_first = known[::-1]
    times = np.array([news.known_ms for news in oldest_first], dtype=np.int64)
    return HeadlineSeries(times, np.array([news.score.value for news in oldest_first], dtype=np.float64))


def closes_of(times: Integers) -> Integers:
    """When the minutes that opened at these times close."""
    return times + MINUTE_MS


def steps_at(closes: Integers, times: Sequence[int], scores: Sequence[float]) -> Floats:
    """`SentimentFile.at` every close: the score of the last row by then, 0.0 before the first; (T,)."""
    rows = np.searchsorted(np.array(times, dtype=np.int64), closes, side="right")
    return np.array([0.0, *scores], dtype=np.float64)[rows]


def rolling_at(closes: Integers, series: HeadlineSeries, window: int) -> Floats:
    """`RollingSentiment.at` every close: the mean of the newest `window` by then, 0.0 where there is none; (T,)."""
    counts = np.searchsorted(series.known_ms, closes, side="right")
    ends, minutes = np.unique(counts, return_inverse=True)
    return means_at(ends, series.scores, window)[minutes]


def means_at(ends: Integers, scores: Floats, window: int) -> Floats:
    """The mean of the newest `window` among the first n scores, for every n of the ascending `ends`.

    Added up newest first, one after the other as RollingSentiment does: a cumulative sum would give other floats.
    """
    totals = np.zeros(len(ends))
    for back in range(1, min(window, len(scores)) + 1):
        first = int(np.searchsorted(ends, back))
        totals[first:] += scores[ends[first:] - back]
    return np.asarray(totals / np.clip(ends, 1, window))
