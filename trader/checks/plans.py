"""What is checked of a market, and at how many bars."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np

from trader.backtest.engine import fastest
from trader.backtest.sentiment_columns import HeadlineSeries
from trader.backtest.sentiment_source import HeadlineSentiment, SentimentSource
from trader.checks.columns import Columns, Known
from trader.checks.cuts import Cuts, affordable, cuts_at
from trader.checks.lookahead import LookaheadPlan
from trader.checks.market import CheckedMarket
from trader.checks.stream import stepped
from trader.checks.subjects import (
    Subject,
    kernel_run,
    sentiment_of_headlines,
    sentiment_of_steps,
    sentiment_used,
    series_used,
    walked,
    wished,
)
from trader.data.sentiment_file import SentimentFile

PLAIN_BARS_PER_SECOND = 30_000.0
"""Of the kernel in plain Python, one symbol."""
STREAM_BARS_PER_SECOND = 12_000.0
"""With every value of every bar kept."""
FAST_BARS_PER_SECOND = 1e7
NO_CUTS = Cuts((), 0)


def with_sentiment_source(
    market: CheckedMarket, sentiment_source: SentimentSource, sentiment: Path | None
) -> CheckedMarket:
    """The market with what stands behind its sentiment: the rows of the file, or the headlines."""
    if isinstance(sentiment_source, HeadlineSentiment):
        return replace(market, series=sentiment_source.series.by_symbol)
    assert sentiment is not None  # noqa: S101 (a mood is of headlines or of a sentiment file)
    times, scores = SentimentFile(sentiment).steps
    known_ms = np.array(times, dtype=np.int64)
    rows = HeadlineSeries(known_ms, np.array(scores, dtype=np.float64), known_ms)
    return replace(market, series=(rows,) * len(market.tape.open), window=1, is_stepwise=True)


def plans_of(market: CheckedMarket, functions: Sequence[Subject], most: int | None) -> list[LookaheadPlan]:
    """Everything that this market goes through, cut at most so many times (None: after every minute).

    The kernel in plain Python is cut less often where that would take long; it is fed bar by bar anyway.
    """
    decided = decided_minutes(walked(market))
    minutes, symbols = len(market), len(market.tape.open)
    plans = []
    for subject, streamed in [*_subjects(market), *((each, False) for each in functions)]:
        count = most
        if most is not None and subject.bars_per_second < FAST_BARS_PER_SECOND:
            count = min(most, affordable(minutes, subject.bars_per_second / (symbols * runs_a_cut(symbols))))
        cuts = NO_CUTS if subject.give in (sentiment_used, series_used) else cuts_at(minutes, count, decided)
        plans.append(LookaheadPlan(subject, cuts, streamed))
    return plans


def plan_of_wishes(market: CheckedMarket, most: int | None, bars_per_second: float) -> LookaheadPlan:
    """What the strategy wants, alone: all that a strategy can spoil. `bars_per_second` is how fast it is found."""
    columns = wished(market)
    told = [np.flatnonzero(column.values) for name, column in columns.items() if name.startswith("wanted")]
    decided = np.unique(np.concatenate(told)).tolist()
    count = most and min(most, affordable(len(market), bars_per_second / len(market.tape.open)))
    subject = Subject("wishes of the strategy", wished, bars_per_second)
    return LookaheadPlan(subject, cuts_at(len(market), count, decided), streamed=True)


def runs_a_cut(symbols: int) -> int:
    """How often something with fills is run after a cut: as it is, and with another end of each symbol's last bar."""
    return 1 + symbols


def decided_minutes(columns: Columns) -> list[int]:
    """The minutes in which anything filled, and those before them, at whose close it was decided."""
    filled: set[int] = set()
    for column in columns.values():
        if column.known is not Known.CLOSE:
            filled |= set(np.flatnonzero(column.values).tolist())
    return sorted({minute for each in filled for minute in (each - 1, each) if minute >= 0})


def _subjects(market: CheckedMarket) -> Iterator[tuple[Subject, bool]]:
    """Each with whether the kernel's stream has its columns; it has none of signals that stand in for the rule."""
    engine = fastest().name
    speed = FAST_BARS_PER_SECOND if engine == "numba" else PLAIN_BARS_PER_SECOND
    by_rule = market.signals is None
    if by_rule:
        yield Subject("kernel.step", stepped, STREAM_BARS_PER_SECOND), True
        yield Subject("kernel.run", kernel_run, PLAIN_BARS_PER_SECOND), True
        yield Subject(f"wishes of the strategy ({engine})", wished, speed), True
    yield Subject(f"walk of the backtest ({engine})", walked, speed), by_rule
    if market.rows:
        yield Subject("series that are used", series_used, FAST_BARS_PER_SECOND), True
    if market.series:
        yield Subject("sentiment that is used", sentiment_used, FAST_BARS_PER_SECOND), True
        give = sentiment_of_steps if market.is_stepwise else sentiment_of_headlines
        yield Subject("sentiment from what was heard", give, FAST_BARS_PER_SECOND), True
