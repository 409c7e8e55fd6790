"""Files of one symbol are one series, whatever their order and however they overlap."""

from __future__ import annotations

from itertools import pairwise
from random import Random

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from chalicelib.errors import BadInput
from tests.support.effort import examples
from trader.data.candles import CandleColumns
from trader.data.joining import joined

LENGTH = 40


def series(first: int = 0, end: int = LENGTH, raised: float = 0.0) -> CandleColumns:
    """Minutes from first to end, each with numbers of its own."""
    minutes = np.arange(first, end, dtype=np.int64)
    open_, high, low, close, volume = ((minutes + 100.0 * column + raised).astype(np.float64) for column in range(1, 6))
    return CandleColumns("BTCUSDT", minutes * 60_000, open_, high, low, close, volume)


def same(left: CandleColumns, right: CandleColumns) -> bool:
    return all(np.array_equal(one, other) for one, other in zip(left[1:], right[1:], strict=True))


@settings(max_examples=examples(50))
@given(cuts=st.sets(st.integers(1, LENGTH - 1), max_size=5), order=st.randoms(use_true_random=False))
def test_months_in_any_order_are_the_whole_and_nothing_is_said(cuts: set[int], order: Random) -> None:
    edges = [0, *sorted(cuts), LENGTH]
    parts = [series(*pair) for pair in pairwise(edges)]
    order.shuffle(parts)
    said: list[str] = []
    assert same(joined(parts, said.append), series())
    assert said == []


@settings(max_examples=examples(50))
@given(start=st.integers(0, LENGTH - 1), end=st.integers(1, LENGTH))
def test_what_stands_in_two_files_is_read_once_and_counted(start: int, end: int) -> None:
    twice = max(min(end, LENGTH) - start, 0)
    if end <= start:
        return
    said: list[str] = []
    assert same(joined([series(), series(start, end)], said.append), series())
    assert said == [f"BTCUSDT: {twice} candles stand in more than one file"]


def test_of_candles_that_differ_those_of_the_file_named_first_count_and_it_is_told() -> None:
    raised = series(20, 24, raised=0.5)
    other = joined([series(5, 20), raised], print)
    said: list[str] = []
    assert same(joined([series(0, 30), other], said.append), series(0, 30))
    differ = "4 of them otherwise: those of the file named first count"
    assert said == [f"BTCUSDT: 19 candles stand in more than one file, {differ}"]
    assert joined([other, series(0, 30)], said.append).close[20] == raised.close[0]


def test_files_most_of_whose_common_candles_differ_are_of_two_markets() -> None:
    with pytest.raises(BadInput, match=r"^BTCUSDT: 10 of the 10 candles that stand in more than one file differ"):
        joined([series(0, 30), series(20, 40, raised=0.5)], print)
