"""One rule for odd candles: what the arrays keep is what the words find no fault with, whatever the pieces."""

from __future__ import annotations

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from chalicelib.candle_rule import CandleRow, fault_of
from chalicelib.config.intervals import INTERVALS_MS
from chalicelib.domain import MINUTE_MS
from trader.data.candle_faults import Sieve

START_MS = 1_700_000_040_000
prices = st.sampled_from([1.0, 1.5, 2.0, 0.0, -1.0, 1e-19, 1e19, float("nan"), float("inf"), float("-inf")])
sound_prices = st.tuples(st.just(1.5), st.just(2.0), st.just(1.0), st.just(1.5), st.sampled_from([0.0, 3.0]))
times = st.integers(0, 12).map(lambda minute: float(START_MS + minute * MINUTE_MS))
odd_times = st.sampled_from([-60_000.0, START_MS + 14_000.0, START_MS / 1000, START_MS * 1e3, float("nan")])
rows = st.tuples(times | odd_times, sound_prices | st.tuples(prices, prices, prices, prices, prices))


def sifted(table: np.ndarray[tuple[int, int], np.dtype[np.float64]], cuts: list[int]) -> tuple[list[bool], Sieve]:
    sieve = Sieve()
    kept = [sieve.sound(piece[0], list(piece[1:])) for piece in np.split(table, cuts, axis=1)]
    return np.concatenate(kept).tolist(), sieve


@given(st.lists(rows, min_size=1, max_size=14), st.sampled_from(sorted(INTERVALS_MS.values())), st.booleans())
def test_arrays_and_words_agree_on_which_row_is_a_candle(
    drawn: list[tuple[float, tuple[float, ...]]], step_ms: int, is_on_grid: bool
) -> None:
    for moment, values in drawn:
        time = moment // step_ms * step_ms if is_on_grid else moment
        row, columns = CandleRow(time, *values), [np.array([value]) for value in values]
        assert Sieve(step_ms).sound(np.array([time]), columns)[0] == (fault_of(row, step_ms) is None)


@given(st.lists(rows, min_size=1, max_size=14))
def test_what_passes_ascends_and_every_other_row_is_counted(drawn: list[tuple[float, tuple[float, ...]]]) -> None:
    table = np.array([[time, *values] for time, values in drawn]).T
    kept, sieve = sifted(table, [])
    passed = table[0, kept]
    assert (np.diff(passed) > 0).all()
    assert len(passed) + sieve.odd.number + sieve.odd.repeated == len(drawn)
    assert bool(sieve.odd.line()) == (len(passed) < len(drawn))


@given(st.lists(rows, min_size=2, max_size=14), st.data())
def test_rows_in_order_pass_alike_in_whatever_pieces_they_come(
    drawn: list[tuple[float, tuple[float, ...]]], data: st.DataObject
) -> None:
    in_order = sorted((row for row in drawn if row[0] == row[0]), key=lambda row: row[0])
    if in_order:
        table = np.array([[time, *values] for time, values in in_order]).T
        cuts = sorted(data.draw(st.lists(st.integers(0, len(in_order)), max_size=3)))
        whole, at_once = sifted(table, [])
        parts, in_pieces = sifted(table, cuts)
        assert (whole, at_once.odd) == (parts, in_pieces.odd)
