"""Baselines: what random entries keep of the strategy, and that only their moments are drawn."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from chalicelib.kernel.account import Costs
from tests.support.reports import candles, report, without
from trader.backtest.baselines import (
    Held,
    buy_and_hold,
    deepest_fall,
    draw,
    held_by,
    last_of_days,
    marked,
    places,
    random_entries,
)
from trader.backtest.ledger import RETURN
from trader.backtest.metrics import buy_and_hold_return
from trader.backtest.statistics import curve_of
from trader.report import Report
from trader.tuning.spans import Span, part_of

COSTS = Costs(0.001, 0.0005)
ONE = report(overrides=["risk.position_fraction=0.4", "fees.slippage=0.0005"])
TWO = report(without(candles("BTCUSDT", 3_000), 500, 900), without(candles("ETHUSDT", 3_000, 2), 0, 700))
lengths = st.lists(st.integers(1, 20), min_size=1, max_size=30)
seeds = st.integers(0, 2**32 - 1)


def test_the_backtests_trade_enough_to_prove_anything() -> None:
    assert len(ONE.result.trades) > 30
    assert {trade.symbol for trade in TWO.result.trades} == {"BTCUSDT", "ETHUSDT"}


@given(lengths, st.integers(0, 200), seeds)
def test_places_do_not_overlap_and_stay_within_the_bars(spans: list[int], free: int, seed: int) -> None:
    bars = np.array(spans)
    first = places(bars, sum(spans) + free, np.random.default_rng(seed))
    assert first[0] >= 0
    assert (first[1:] >= (first + bars)[:-1]).all()
    assert first[-1] + bars[-1] <= sum(spans) + free


def test_every_place_is_as_likely() -> None:
    generator = np.random.default_rng(7)
    drawn = Counter(tuple(places(np.array([2, 1]), 6, generator).tolist()) for _ in range(10_000))
    assert len(drawn) == 10  # three free bars before, between and after: 5 over 2
    expected = 1_000
    assert sum((count - expected) ** 2 / expected for count in drawn.values()) < 27.9  # chi square, 9, p = 0.001


@given(lengths, seeds)
def test_random_trades_keep_lengths_and_sizes_together(spans: list[int], seed: int) -> None:
    bars = np.array(spans)
    shares = np.arange(1.0, len(spans) + 1.0)
    prices = np.full(bars.sum() + 50, 100.0)
    held = Held(np.arange(len(prices)) * 60_000, prices, prices, bars, shares)
    drawn = draw(held, COSTS, np.random.default_rng(seed))
    lasted = (drawn.last - drawn.first + 1).tolist()
    assert sorted(zip(lasted, drawn.shares.tolist(), strict=True)) == sorted(zip(spans, shares.tolist(), strict=True))


def test_in_a_market_that_stands_still_only_costs_are_left() -> None:
    prices = np.full(1_000, 100.0)
    held = Held(np.arange(1_000) * 60_000, prices, prices, np.array([5, 1, 9]), np.array([0.5, 0.2, 1.0]))
    drawn = draw(held, COSTS, np.random.default_rng(1))
    paid, got = 100.0 * 1.0005, 100.0 * 0.9995
    lost = (got * 0.999 - paid * 1.001) / paid
    end = marked([held], [drawn], COSTS, 10_000.0, held.times)[-1]
    assert end == pytest.approx(10_000.0 * (1 + 0.5 * lost) * (1 + 0.2 * lost) * (1 + 1.0 * lost))


def test_a_random_trade_is_marked_at_its_close_while_it_is_open() -> None:
    opens, closes = np.array([10.0, 11.0, 12.0, 13.0]), np.array([11.0, 12.0, 13.0, 14.0])
    held = Held(np.arange(4) * 60_000, opens, closes, np.array([4]), np.array([0.5]))
    drawn = draw(held, Costs(0.01, 0.0), np.random.default_rng(1))
    equity = marked([held], [drawn], Costs(0.01, 0.0), 100.0, held.times)
    open_marks = [100.0 * (1 + 0.5 * (close / 10.0 - 1 - 0.01)) for close in closes[:3]]
    assert equity[:3].tolist() == pytest.approx(open_marks)
    assert equity[3] == pytest.approx(100.0 * (1 + 0.5 * (14.0 * 0.99 - 10.0 * 1.01) / 10.0))


def test_trades_left_where_they_were_come_to_the_strategy_s_own_equity() -> None:
    """Sizes are shares of the equity before an entry: then profits compound to the account's last cash."""
    held = held_by(ONE.data.tape, ONE.result, 0)
    growth = np.prod(1.0 + held.shares * ONE.result.trade_amounts[:, RETURN])
    assert ONE.result.start_cash * growth == pytest.approx(float(ONE.result.equity[-1]), rel=1e-12)


@pytest.mark.parametrize("given_report", [ONE, TWO], ids=["one", "two with gaps"])
def test_a_seed_gives_the_same_runs_and_another_gives_others(given_report: Report) -> None:
    def runs(seed: int) -> list[float]:
        found = random_entries(given_report.data.tape, given_report.result, COSTS, seed, 10)
        assert found
        return list(map(float, found.total_returns))

    assert runs(1) == runs(1)
    assert len(set(runs(1) + runs(2))) == 20


def test_random_runs_of_two_symbols_make_every_trade() -> None:
    tape, result = TWO.data.tape, TWO.result
    held = [held_by(tape, result, symbol) for symbol in (0, 1)]
    assert sum(len(each.bars) for each in held) == len(result.trades)
    assert all(each.bars.sum() <= len(each.times) for each in held)
    found = random_entries(tape, result, COSTS, 1)
    assert found
    assert found.marks.shape == (100, len(found.times))
    assert found.times[-1] == tape.times[-1]
    assert not np.isnan(found.marks).any()


def test_figures_of_random_runs_are_percentiles_in_order() -> None:
    found = random_entries(ONE.data.tape, ONE.result, COSTS, 1)
    assert found
    figures = found.figures()
    assert {"total_return", "max_drawdown", "sharpe", "win_rate", "final_equity"} <= set(figures)
    assert all(low <= middle <= high for low, middle, high in figures.values())
    low, middle, high = np.percentile(found.total_returns, (5, 50, 95))
    assert figures["total_return"] == pytest.approx((low, middle, high))
    assert found.band()[:, -1] == pytest.approx(np.percentile(found.marks[:, -1], (5, 50, 95)))


def test_how_many_runs_a_result_is_ahead_of() -> None:
    found = random_entries(ONE.data.tape, ONE.result, COSTS, 1, 40)
    assert found
    ranked = np.sort(found.total_returns)
    assert found.beaten_by(float(ranked[0])) == 0.0
    assert found.beaten_by(float(ranked[10])) == 0.25
    assert found.beaten_by(9.0) == 1.0


def test_without_trades_nothing_is_drawn() -> None:
    none = report(overrides=["strategy.settings.rsi_buy=0.001"])
    assert random_entries(none.data.tape, none.result, COSTS, 1) is None


def test_a_peeking_strategy_beats_every_random_run() -> None:
    """A result that only knowledge of the future explains must not look like chance."""
    best = max(ONE.result.trade_amounts[:, RETURN])
    amounts = ONE.result.trade_amounts.copy()
    amounts[:, RETURN] = best
    peeking = replace(ONE.result, exit_amounts=amounts)
    found = random_entries(ONE.data.tape, peeking, COSTS, 1)
    held = held_by(ONE.data.tape, peeking, 0)
    assert found
    assert found.beaten_by(float(np.prod(1.0 + held.shares * best)) - 1.0) == 1.0


@pytest.mark.parametrize("given_report", [ONE, TWO], ids=["one", "two with gaps"])
def test_buy_and_hold_ends_where_the_metrics_say(given_report: Report) -> None:
    curve = buy_and_hold(given_report.data.tape, 5_000.0)
    expected = given_report.metrics["buy_and_hold_return"]
    assert isinstance(expected, float)
    assert curve[0] == pytest.approx(5_000.0)
    assert curve[-1] == pytest.approx(5_000.0 * (1.0 + expected), rel=1e-12)


def test_a_symbol_without_bars_is_cash() -> None:
    """Parts of a market are told apart by time; a symbol may begin in a later one."""
    whole = report(candles("BTCUSDT", 300), without(candles("ETHUSDT", 600, 2), 0, 300))
    first = part_of(whole.data, Span(0, 300))
    curve = buy_and_hold(first.tape, 100.0)
    assert curve[-1] == pytest.approx(100.0 * (1.0 + buy_and_hold_return(first)))
    alone = buy_and_hold(part_of(report(candles("BTCUSDT", 300)).data, Span(0, 300)).tape, 100.0)
    assert curve[-1] - 100.0 == pytest.approx((alone[-1] - 100.0) / 2.0)


@given(st.lists(st.tuples(st.integers(1, 900), st.floats(50.0, 150.0)), min_size=1, max_size=60))
def test_falls_and_days_are_those_of_the_metrics(steps: list[tuple[int, float]]) -> None:
    times = np.cumsum([minutes for minutes, _ in steps]) * 60_000
    equity = np.array([value for _, value in steps])
    deepest, days = curve_of(100.0, times, equity)
    assert deepest_fall(100.0, equity) == deepest
    assert equity[last_of_days(times)].tolist() == days.tolist()
