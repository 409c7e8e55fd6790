"""Parts of the report, worked out by hand: packed numbers, months, costs and the verdict."""

from __future__ import annotations

from dataclasses import replace
from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from chalicelib.kernel import codes
from chalicelib.kernel.account import Costs
from tests.support.reports import report, unpacked, unpacked_line, unpacked_times
from trader.backtest.baselines import RandomEntries
from trader.report.costs import paid
from trader.report.markup import element, json_script
from trader.report.months import monthly_returns, months_section, yearly_returns
from trader.report.packing import Decimals, decimals_of, packed, packed_line, runs_of
from trader.report.verdict import BaselineStanding, title_of

DAY_MS = 86_400_000
wholes = st.integers(-(2**53), 2**53)


@given(st.lists(wholes, max_size=200))
def test_whole_numbers_read_back(numbers: list[int]) -> None:
    assert unpacked(packed(np.array(numbers, dtype=np.int64))).tolist() == numbers


@given(st.lists(st.integers(1, 10**9), min_size=1, max_size=100), st.integers(0, 6))
def test_short_decimals_read_back_to_the_same_floats(numbers: list[int], digits: int) -> None:
    values = np.array(numbers) / 10**digits
    found = decimals_of([values])
    assert found.exact
    assert found.digits <= digits
    assert unpacked_line(packed_line(values, found.digits)).tolist() == values.tolist()


@given(st.lists(st.floats(1e-6, 1e9), min_size=1, max_size=50))
def test_any_price_reads_back_to_a_ten_millionth_where_float64_counts_that_far(numbers: list[float]) -> None:
    values = np.array(numbers)
    found = decimals_of([values])
    step = 0.5 * 10.0**-found.digits
    assert np.abs(unpacked_line(packed_line(values, found.digits)) - values).max() <= step + values.max() * 1e-15
    assert found.exact or step <= values.min() * 1e-7 or values.max() * 10 ** (found.digits + 1) > 2**52


def test_no_numbers_at_all() -> None:
    assert decimals_of([]) == Decimals(0, True)
    assert packed(np.array([], dtype=np.int64)) == {"count": 0, "data": ""}


@given(st.sets(st.integers(0, 300), min_size=1), st.sampled_from([1, 15, 60, 1440]))
def test_bars_read_back_from_their_runs(places: set[int], bar: int) -> None:
    times = np.array(sorted(places)) * bar * 60_000 + 7 * DAY_MS
    runs = runs_of(times, 7 * DAY_MS, bar * 60_000)
    assert unpacked_times(runs, 7 * DAY_MS, bar).tolist() == times.tolist()
    assert all(before[0] + before[1] * bar < after[0] for before, after in pairwise(runs))


def test_months_are_from_mark_to_mark_and_years_compound_them() -> None:
    starts = np.array(["2023-12-30", "2024-01-10", "2024-01-31T23:59", "2024-03-01"], dtype="datetime64[ms]")
    months = monthly_returns(100.0, starts.astype(np.int64), np.array([110.0, 55.0, 121.0, 108.9]))
    assert months == {
        (2023, 12): pytest.approx(0.1),
        (2024, 1): pytest.approx(0.1),
        (2024, 3): pytest.approx(-0.1),
    }
    assert yearly_returns(months) == {2023: pytest.approx(0.1), 2024: pytest.approx(-0.01)}


def test_a_month_without_minutes_is_an_empty_cell() -> None:
    table = str(months_section({(2024, 1): 0.1, (2024, 3): -0.1}, {(2024, 1): 0.0, (2024, 3): 0.0}))
    assert table.count('<td class=""></td>') == 20
    assert '<td class="gain" style="--heat:0.450">10.0%</td>' in table


def test_costs_of_fills_by_hand() -> None:
    """Bought 2 at 101 (price 100, 1% worse), sold 1 at 198 by the market (200) and 1 at 220 by the take-profit."""
    words = [[0, codes.BUY, 0, codes.SIGNAL], [0, codes.SELL, 1, codes.SIGNAL], [0, codes.SELL, 2, codes.TAKE_PROFIT]]
    amounts = [[2.0, 101.0, 2.02], [1.0, 198.0, 1.98], [1.0, 220.0, 2.2]]
    whole = report().result
    result = replace(whole, start_cash=1_000.0, fill_words=np.array(words), fill_amounts=np.array(amounts))
    result.equity[-1] = 1_000.0 - 202.0 + 198.0 + 220.0 - 6.2
    spent = paid(result, Costs(0.01, 0.01))
    assert spent.fees == pytest.approx(6.2)
    assert spent.slippage == pytest.approx(2 * 1.0 + 2.0)
    assert spent.turnover == pytest.approx(620.0)
    assert spent.return_without == pytest.approx((200.0 + 220.0 - 200.0) / 1_000.0)


@pytest.mark.parametrize("reason", [codes.STOP_LOSS, codes.TRAILING_STOP, codes.KILL_SWITCH, codes.SENTIMENT])
def test_every_exit_at_the_market_slips(reason: int) -> None:
    words, amounts = np.array([[0, codes.SELL, 0, reason]]), np.array([[1.0, 99.0, 0.0]])
    result = replace(report().result, fill_words=words, fill_amounts=amounts)
    assert paid(result, Costs(0.0, 0.01)).slippage == pytest.approx(1.0)


def test_a_real_run_without_costs_has_none_to_take_away() -> None:
    free = report(overrides=["fees.rate=0", "fees.slippage=0"])
    spent = paid(free.result, Costs(0.0, 0.0))
    assert spent.total == 0.0
    assert spent.return_without == pytest.approx(free.metrics["total_return"])


def test_costs_are_what_separates_fills_from_the_prices_they_met() -> None:
    """Each buy met an open, and each sale of the rule too: the slippage of those is read off the candles."""
    slipped = report(overrides=["fees.slippage=0.002", "risk.stop_loss=0", "risk.take_profit=0"])
    result, tape = slipped.result, slipped.data.tape
    rows = np.flatnonzero(result.fill_words[:, 3] != codes.END)
    opens = tape.open[0][np.searchsorted(tape.times, result.fill_words[rows, 2])]
    worse = np.abs(result.fill_amounts[rows, 1] - opens) * result.fill_amounts[rows, 0]
    assert paid(result, Costs(0.001, 0.002)).slippage == pytest.approx(float(worse.sum()), rel=1e-9)


def standing(total: float, hold: float, beaten: float) -> BaselineStanding:
    """The result ahead of this share of a hundred runs."""
    ends = np.where(np.arange(100) < round(beaten * 100), total - 1e-3, total + 1e-3) + 1.0
    return BaselineStanding(total, hold, RandomEntries(1.0, 60_000, np.array([0]), ends.reshape(100, 1), np.zeros(100)))


@pytest.mark.parametrize(
    ("total", "hold", "beaten", "title"),
    [
        (0.2, 0.1, 0.95, "Beats buy-and-hold and random entries"),
        (0.2, 0.1, 0.94, "Beats buy-and-hold; its entries are no better than random ones"),
        (0.1, 0.2, 0.99, "Its entries are better than random ones, yet buy-and-hold earned more"),
        (0.1, 0.2, 0.5, "Does not beat its baselines"),
        (0.1, 0.1, 0.5, "Does not beat its baselines"),
        (-0.1, -0.2, 0.97, "Loses money, but less than both baselines"),
        (-0.1, -0.2, 0.5, "Loses money, if less than buy-and-hold; its entries are no better than random ones"),
        (-0.2, -0.1, 0.96, "Loses money: its entries are better than random ones, yet buy-and-hold earned more"),
        (-0.2, -0.1, 0.0, "Loses money and does not beat its baselines"),
    ],
)
def test_a_result_that_does_not_beat_its_baselines_is_called_so(
    total: float, hold: float, beaten: float, title: str
) -> None:
    assert title_of(standing(total, hold, beaten)) == title
    assert title_of(BaselineStanding(total, hold, None)) == "No trade was made"


def test_markup_escapes_text_and_attributes() -> None:
    assert element("p", "<b>", element("i", "&"), title='"<') == '<p title="&quot;&lt;">&lt;b&gt;<i>&amp;</i></p>'
    assert "</script><" not in json_script("x", {"a": "</script><b>"})[:-9]
