"""A row of a sweep is what a single backtest of the set says, to the last bit, on any market."""

from __future__ import annotations

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from chalicelib.kernel.lots import ANY
from chalicelib.kernel.run import Columns
from chalicelib.strategy.loader import built_in
from tests.kernel_cases import CASH
from tests.kernel_strategies import markets, sets_for
from tests.property.test_backtest_walk import tape_over
from tests.support.effort import examples
from tests.support.markets import wave
from tests.support.tuning import GRID, Given, market, nothing, study
from tests.support.tuning import settings as agent_settings
from trader.backtest.data import Data
from trader.backtest.engine import PLAIN, fastest, run_many, run_one
from trader.backtest.metrics import metrics_of, without_short_rates
from trader.backtest.result import result_of
from trader.data.candles import Gaps, between
from trader.tuning.axes import read_axes
from trader.tuning.figures import FIGURES, figures_of, named
from trader.tuning.sets import full_grid, keys_of
from trader.tuning.spans import Span
from trader.tuning.sweep import Study

RSI = built_in("rsi_sentiment")


@given(columns=markets(max_minutes=200), data=st.data())
@settings(max_examples=examples(60))
def test_every_figure_is_that_of_a_single_backtest(columns: Columns, data: st.DataObject) -> None:
    sets = data.draw(st.lists(sets_for(len(columns.open)), min_size=1, max_size=12))
    tape, engine = tape_over(columns), fastest()
    symbols = tuple(f"S{number}" for number in range(len(columns.open)))
    whole = Data(symbols, tape, (Gaps(0, 0),) * len(symbols), (ANY,) * len(symbols))
    rows = run_many(tape, sets, CASH, lambda run: figures_of(tape, run, CASH, engine))
    for tried, row in zip(sets, rows, strict=True):
        single = metrics_of(whole, result_of(whole, run_one(tape, tried, CASH), CASH, engine), 0.0)
        assert without_short_rates(named(row), tape.times, tape.step_ms) == {name: single[name] for name in FIGURES}


def test_a_sweep_over_a_span_is_single_backtests_of_its_candles() -> None:
    """Several symbols, several sentiments, with and without numba."""
    axes = read_axes((*GRID, "inputs.sentiment_window=5,10", "strategy.settings.sentiment_buy=-0.2,0.2"), RSI)
    candles = [wave("BTCUSDT", 2_500, 1), wave("ETHUSDT", 2_500, 2, missing=frozenset(range(700, 760)))]
    whole = market(*candles)
    draw = np.random.default_rng(1)
    moods = {window: draw.uniform(-1.0, 1.0, whole.tape.close.shape).round(1) for window in (5, 10)}
    keys = keys_of(agent_settings(), axes)
    sets, _ = full_grid(keys, axes)
    given_ = Given(whole, moods)
    rows = Study(given_, keys, fastest()).sweep(sets, Span(0, 1_500), nothing)
    assert np.array_equal(rows[:6], Study(given_, keys, PLAIN).sweep(sets[:6], Span(0, 1_500), nothing), equal_nan=True)
    first = market(*(between(each, None, int(whole.tape.times[1_499])) for each in candles))
    for values, row in list(zip(sets, rows, strict=True))[::5]:
        config = keys.settings(values)
        part = Given(first, {window: mood[:, :1_500] for window, mood in moods.items()}).data(config)
        run = run_one(part.tape, part.set_of(config), 10_000.0)
        single = metrics_of(part, result_of(part, run, 10_000.0, fastest()), 0.0)
        assert without_short_rates(named(row), part.tape.times, part.tape.step_ms) == {
            name: single[name] for name in FIGURES
        }
    assert len({tuple(row) for row in rows.tolist()}) > len(sets) // 2


def test_sets_are_swept_in_portions_and_come_back_in_order() -> None:
    from trader.tuning import sweep

    small = study(data=market(wave("BTCUSDT", 400, 1)))
    axes = read_axes(
        (f"risk.stop_loss={','.join(f'{number / 10_000}' for number in range(1, sweep.AT_A_TIME + 60))}",), RSI
    )
    keys = keys_of(agent_settings(), axes)
    sets, _ = full_grid(keys, axes)
    steps: list[int] = []
    rows = Study(small.market, keys, fastest()).sweep(sets, Span(0, 400), steps.append)
    again = Study(small.market, keys, fastest()).sweep(sets[-3:], Span(0, 400), nothing)
    assert np.array_equal(rows[-3:], again, equal_nan=True)
    assert sum(steps) == len(sets)
