"""Sentiment as known at the close of every minute: what the use cases find minute by minute, for all minutes at once.

T minutes by their closes (ms), N headlines or rows of a file. tests/property/test_backtest_sentiment.py holds each of
these to the SentimentHistory that it stands for, bit for bit.
"""

from __future__ import annotations

from collections.abc import Sequence
from operator import attrgetter
from typing import NamedTuple

import numpy as np

from chalicelib.domain import MINUTE_MS, ScoredNews
from chalicelib.services.rolling_sentiment import dated_ms
from trader.data.arrays import Floats, Integers


class HeadlineSeries(NamedTuple):
    """The headlines of one symbol, in the order in which they count, oldest first: each (N,)."""

    known_ms: Integers
    scores: Floats
    dated_ms: Integers
    """What their age goes by, never later than `known_ms`."""


def series_of(known: Sequence[ScoredNews]) -> HeadlineSeries:
    """What `NewsStore.known` gave, newest first, as columns."""
    oldest_first = known[::-1]
    times, dates = ([of(news) for news in oldest_first] for of in (attrgetter("known_ms"), dated_ms))
    scores = [news.score.value for news in oldest_first]
    return HeadlineSeries(np.array(times, np.int64), np.array(scores, np.float64), np.array(dates, np.int64))


def closes_of(times: Integers, step_ms: int = MINUTE_MS) -> Integers:
    """When the bars of this length that opened at these times close."""
    return times + step_ms


def steps_at(
    closes: Integers,
    times: Sequence[int],
    scores: Sequence[float],
    max_age_ms: int | None = None,
    unknown: float = 0.0,
) -> Floats:
    """`SentimentFile.at` every close: the score of the last row by then, `unknown` before the first and once too old.

    That of `SeriesOfFile` as well, where NaN is unknown.
    """
    rows = np.searchsorted(np.array(times, dtype=np.int64), closes, side="right")
    values = np.array([unknown, *scores], dtype=np.float64)[rows]
    if max_age_ms is None:
        return values
    return np.where(np.array([0, *times], dtype=np.int64)[rows] < closes - max_age_ms, unknown, values)


def rolling_at(closes: Integers, series: HeadlineSeries, window: int, max_age_ms: int | None = None) -> Floats:
    """`RollingSentiment.at` every close: the mean of the newest `window` by then, 0.0 where there is none; (T,)."""
    if max_age_ms is not None:
        return young_at(closes, series, window, max_age_ms)
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


def young_at(closes: Integers, series: HeadlineSeries, window: int, max_age_ms: int) -> Floats:
    """As `rolling_at`, of those alone that are at most this old at the close.

    Worked out once between two moments at which a headline becomes known or too old, for all such spans side by side.
    """
    known_ms, scores, dated_ms = series
    changes = np.sort(np.concatenate((known_ms, dated_ms + (max_age_ms + 1))))
    _, firsts, minutes = np.unique(
        np.searchsorted(changes, closes, side="right"), return_index=True, return_inverse=True
    )
    oldest_ms = closes[firsts] - max_age_ms
    places = np.searchsorted(known_ms, closes[firsts], side="right")
    totals, counts = np.zeros(len(firsts)), np.zeros(len(firsts), dtype=np.int64)
    spans = np.flatnonzero(places)
    while len(spans):
        places[spans] -= 1
        spans = spans[known_ms[places[spans]] >= oldest_ms[spans]]  # what was known before that is older still
        young = spans[dated_ms[places[spans]] >= oldest_ms[spans]]
        totals[young] += scores[places[young]]
        counts[young] += 1
        spans = spans[(counts[spans] < window) & (places[spans] > 0)]
    return np.asarray(totals / np.maximum(counts, 1))[minutes]
