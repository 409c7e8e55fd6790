"""Values and levels on their way to the charts: which pane, how fine, how many, and that they read back."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as drawn

from tests.support.reports import candles, embedded, report, unpacked_halves, without
from trader.backtest.held_levels import HeldLevels
from trader.backtest.seen import Seen, SeenBars
from trader.data.arrays import Floats
from trader.report.packing import nibbles
from trader.report.page import page_of
from trader.report.value_data import closes_together, level_data, own_step, packed_values
from trader.report.value_panes import FLAG, PRICE, panes_of

GIVEN = report(
    without(candles("BTCUSDT", 3_000), 500, 900),
    candles("ETHUSDT", 3_000, 2),
    overrides=["strategy.name=ema_cross"],
    eager=(),
)
wholes = st.integers(-(2**50), 2**50)


@given(st.lists(wholes, max_size=200))
def test_numbers_in_half_bytes_read_back(numbers: list[int]) -> None:
    assert unpacked_halves(nibbles(np.array(numbers, dtype=np.int64))).tolist() == numbers


def read_back(line: dict[str, object], size: int) -> tuple[Floats, Floats]:
    """Lowest and highest of every close of a line, NaN in its gaps."""
    low = unpacked_halves(line["low"]).cumsum().astype(float)  # type: ignore[arg-type]
    high = low + unpacked_halves(line["over"]) if "over" in line else low  # type: ignore[arg-type]
    found = np.full((2, size), np.nan)
    runs = unpacked_halves(line["runs"]).reshape(-1, 2)  # type: ignore[arg-type]
    together = 4 if "over" in line else 1
    starts, at = np.cumsum(runs[:, 0]), 0
    for start, length in zip(starts.tolist(), runs[:, 1].tolist(), strict=True):
        for close in range(start, start + length):
            found[:, close] = low[at + (close - start) // together], high[at + (close - start) // together]
        at += -(-length // together)
    assert at == len(low)
    scaled: Floats = found * 10.0 ** int(line["step"])  # type: ignore[call-overload]
    return scaled[0], scaled[1]


columns = drawn.arrays(
    np.float64,
    st.integers(1, 80),
    elements=st.one_of(st.just(np.nan), st.floats(-1e12, 1e12), st.sampled_from([0.0, 1.0])),
)


@given(columns)
def test_values_read_back_to_half_a_step_and_gaps_stay_gaps(column: Floats) -> None:
    step = own_step(column, column)
    low, high = read_back(packed_values(column, step, 1), len(column))
    assert np.array_equal(np.isnan(low), np.isnan(column))
    assert np.array_equal(low, high, equal_nan=True)
    assert np.nanmax(np.abs(low - column), initial=0.0) <= 0.5 * 10.0**step * (1.0 + 1e-6) + 1e-9 * 10.0**step


@given(columns)
def test_closes_drawn_together_lie_between_their_lowest_and_highest(column: Floats) -> None:
    step = own_step(column, column)
    low, high = read_back(packed_values(column, step, 4), len(column))
    assert np.array_equal(np.isnan(low), np.isnan(column))
    known = ~np.isnan(column)
    slack = 10.0**step
    assert (low[known] <= column[known] + slack).all()
    assert (column[known] <= high[known] + slack).all()


def test_infinite_and_huge_values_do_no_harm() -> None:
    column = np.array([np.inf, 1e300, -1e300, -np.inf, np.nan])
    low, _ = read_back(packed_values(column, own_step(column, column), 1), 5)
    assert low[1:3].tolist() == pytest.approx([1e300, -1e300])
    assert np.isnan(low[[0, 3, 4]]).all()


def test_a_step_is_fine_beside_what_moves_in_the_pane() -> None:
    rsi = 50.1 + 3.0 * np.array([0, 1, 0, 1, 0, 1])
    assert 10.0 ** own_step(rsi, rsi) <= 3.0 / 4
    assert own_step(np.array([0.0, 1.0, 0.0]), np.array([0.001, 0.002, 0.001])) == 0
    smooth = np.array([60_000.0 + each * 0.37 for each in range(6)])
    price = np.array([60_000.0, 60_025.0] * 3)
    assert 10.0 ** own_step(smooth, price) <= 25.0 / 4


def seen_with(closes: int, fields: int, symbols: int) -> Seen:
    bars = SeenBars(np.arange(closes) * 60_000, np.empty((fields, closes)))
    return Seen(tuple(map(str, range(fields))), 60_000, (bars,) * symbols, ())


@pytest.mark.parametrize(
    ("closes", "fields", "symbols", "together"),
    [(525_600, 6, 1, 1), (500_000, 8, 1, 1), (500_001, 8, 1, 2), (525_600, 6, 4, 8), (35_040, 25, 4, 1)],
)
def test_a_page_holds_a_number_of_values_and_no_more(closes: int, fields: int, symbols: int, together: int) -> None:
    assert closes_together(seen_with(closes, fields, symbols)) == max(together, 1) if together != 2 else 4


def wander(seed: int, size: int = 4_000) -> Floats:
    return np.asarray(np.exp(np.random.default_rng(seed).normal(0.0, 0.003, size).cumsum()))


def averaged(column: Floats, over: int) -> Floats:
    return np.concatenate((np.full(over - 1, np.nan), np.convolve(column, np.full(over, 1.0 / over), "valid")))


def noise(seed: int, low: float, high: float) -> Floats:
    walked = np.random.default_rng(seed).uniform(low, high, 4_000)
    return averaged(walked, 3)


PRICES = 55.0 * wander(1)
SLOW = averaged(PRICES, 200)


@pytest.mark.parametrize(
    ("rows", "panes"),
    [
        ([SLOW, PRICES * 1.02, PRICES * 0.98], [PRICE, PRICE, PRICE]),
        ([noise(2, 10.0, 90.0)], [0]),
        ([noise(3, 45.0, 65.0)], [0]),
        ([PRICES - SLOW, averaged(PRICES - SLOW, 9), noise(2, 20.0, 80.0)], [0, 0, 1]),
        ([(PRICES > SLOW) * 1.0, np.where(PRICES > SLOW, 1.0, -1.0)], [FLAG, FLAG]),
        ([np.full(4_000, np.nan), np.full(4_000, 30.0)], [FLAG, 0]),
        ([PRICES * 1_000.0], [0]),
    ],
    ids=[
        "average and bands",
        "rsi",
        "an oscillator at the price's height",
        "macd and signal",
        "flags",
        "none",
        "volume",
    ],
)
def test_the_numbers_say_which_pane(rows: list[Floats], panes: list[int]) -> None:
    assert panes_of([np.array(rows)], [PRICES]) == panes


def test_a_value_that_lags_far_behind_in_a_short_run_is_still_a_price() -> None:
    falling = np.array([100.0 - each * 0.05 for each in range(400)])
    assert panes_of([np.array([averaged(falling, 200)])], [falling]) == [PRICE]


def test_most_symbols_decide() -> None:
    odd = noise(2, 10.0, 90.0)
    assert panes_of([np.array([SLOW]), np.array([odd]), np.array([SLOW])], [PRICES] * 3) == [PRICE]


@pytest.mark.parametrize("minutes", [1, 60])
def test_levels_read_back_with_the_minutes_at_which_they_changed(minutes: int) -> None:
    step_ms = minutes * 60_000
    times = np.arange(10) * step_ms + 600_000
    levels = HeldLevels(np.array([2, 5, 10]), np.array([98.765432, 99.5, np.nan]), np.array([np.nan, 104.0, np.nan]))
    (found,) = level_data(Seen((), 60_000, (), (levels,)), times, 600_000, step_ms)
    assert np.cumsum(unpacked_halves(found["minutes"])).tolist() == [2 * minutes, 5 * minutes, 10 * minutes]
    unit = 10.0 ** found["step"]
    assert (np.cumsum(unpacked_halves(found["stops"])) * unit).tolist() == pytest.approx(
        [98.765432, 99.5, 0.0], rel=1e-5
    )
    assert (np.cumsum(unpacked_halves(found["targets"])) * unit).tolist() == pytest.approx([0.0, 104.0, 0.0], rel=1e-5)


def test_a_page_without_what_was_seen_has_none() -> None:
    charts = embedded(page_of(replace(GIVEN, seen=None)), "charts")
    assert (charts["values"], charts["levels"]) == (None, [])


def test_a_series_that_the_strategy_reads_is_shown_where_it_is_known() -> None:
    made = candles("BTCUSDT", 3_000)
    known = report(made, series={"sentiment": np.linspace(-1.0, 1.0, 3_000).reshape(1, -1)})
    names = ["rsi", "ema_50", "ema_200", "bb_upper", "bb_middle", "bb_lower"]
    assert [each["name"] for each in embedded(page_of(known), "charts")["values"]["fields"]] == [*names, "sentiment"]
    assert [each["name"] for each in embedded(page_of(report(made)), "charts")["values"]["fields"]] == names
