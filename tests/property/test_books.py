"""The books of a backtest tell one story: equity, cash, trades and exposure, however ragged the data begin and end."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from chalicelib.kernel import codes
from chalicelib.kernel.account import Costs
from chalicelib.kernel.lots import ANY
from chalicelib.kernel.run import Columns
from tests.kernel_cases import CASH, NO_LIMITS, parameters, ragged, random_columns, rsi_rule
from tests.kernel_strategies import ragged_markets, sets_for
from tests.property.test_backtest_walk import ENGINES, assert_same, tape_over
from tests.support.effort import examples
from trader.backtest import result as results
from trader.backtest.data import Data
from trader.backtest.engine import PLAIN, Engine, ParameterSet, run_one
from trader.backtest.ledger import closed_at_the_end
from trader.backtest.market import MarketColumns
from trader.backtest.metrics import exposure
from trader.backtest.result import BacktestResult, result_of
from trader.backtest.walk import QUANTITY, SIDE, SYMBOL, TIME_MS, Walked
from trader.data.arrays import Flags, Floats, Integers
from trader.data.candles import Gaps
from trader.tuning.spans import Span, run_part

EAGER = rsi_rule(rsi_period=2, rsi_buy=70.0, rsi_sell=85.0)


def data_over(columns: Columns) -> Data:
    symbols = tuple(f"S{number}" for number in range(len(columns.open)))
    return Data(symbols, tape_over(columns), (Gaps(0, 0),) * len(symbols), (ANY,) * len(symbols))


def held_after(made: BacktestResult, tape: MarketColumns) -> Floats:
    """What the fills leave of each symbol after every minute, (S, T), each added or taken off in its turn."""
    held = np.zeros(tape.close.shape)
    for (symbol, side, time_ms, _), (quantity, *_) in zip(made.fill_words, made.fill_amounts, strict=True):
        change = quantity if side == codes.BUY else -quantity
        held[symbol, tape.times >= time_ms] = max(held[symbol, -1] + change, 0.0)
    return held


def told_by_trades(made: BacktestResult, tape: MarketColumns) -> Flags:
    """Where trades.csv says that something is held, (S, T): from the entry of each row until its exit."""
    told = np.zeros(tape.close.shape, dtype=np.bool_)
    for trade in made.trades:
        told[made.symbols.index(trade.symbol)] |= (tape.times >= trade.entry_ms) & (tape.times < trade.exit_ms)
    return told


def wrong_rows(made: BacktestResult, tape: MarketColumns) -> list[int]:
    """The minutes in which equity is not cash and holdings at their last close, to the last bit."""
    worth = made.cash.copy()
    for quantities, marks in zip(held_after(made, tape), tape.marks, strict=True):
        worth += np.where(quantities > 0.0, quantities * np.nan_to_num(marks), 0.0)
    return np.flatnonzero(worth != made.equity).tolist()


def assert_one_story(made: BacktestResult, tape: MarketColumns) -> None:
    assert wrong_rows(made, tape) == []
    exits = [trade.exit_ms for trade in made.trades]
    assert exits == sorted(exits)
    assert np.all(np.diff(made.fill_words[:, TIME_MS]) >= 0)
    held = held_after(made, tape) > 0.0
    assert np.array_equal(told_by_trades(made, tape), held)
    assert exposure(made.times, made.trade_words) == np.mean(held.any(axis=0))
    bought = made.fill_amounts[made.fill_words[:, SIDE] == codes.BUY, QUANTITY].sum()
    assert sum(trade.quantity for trade in made.trades) == pytest.approx(bought)


@pytest.mark.parametrize("engine", ENGINES.values(), ids=ENGINES.keys())
@given(columns=ragged_markets(), data=st.data())
@settings(max_examples=examples(60))
def test_equity_is_cash_and_holdings_in_every_row(engine: Engine, columns: Columns, data: st.DataObject) -> None:
    tried = data.draw(sets_for(len(columns.open)))
    market = data_over(columns)
    run = run_one(market.tape, tried, CASH, engine=engine)
    assert_same(run, columns, tried)
    assert_one_story(result_of(market, run, CASH, engine), market.tape)


@given(columns=ragged_markets(), data=st.data())
@settings(max_examples=examples(25))
def test_so_it_is_in_a_part_of_the_data(columns: Columns, data: st.DataObject) -> None:
    tried = data.draw(sets_for(len(columns.open)))
    start = data.draw(st.integers(0, len(columns.times) - 2))
    span = Span(start, data.draw(st.integers(start + 2, len(columns.times))))
    market = data_over(columns)
    run = run_part(market, span, tried, CASH, PLAIN)
    rows = [name for name in MarketColumns._fields if name != "step_ms"]
    part = market.tape._replace(**{name: getattr(market.tape, name)[..., span.start : span.end] for name in rows})
    assert_one_story(result_of(Data(market.symbols, part, market.gaps, market.steps), run, CASH, PLAIN), part)


def early_end() -> tuple[Data, ParameterSet, Columns]:
    """Two symbols, of which the second ends after a third of the minutes."""
    columns = ragged(random_columns(5, 240, 2, heard=False), [(0, 240), (0, 80)])
    return data_over(columns), parameters(2, rule=EAGER, limits=NO_LIMITS._replace(position_fraction=0.4)), columns


def at_its_own_last_bar(walked: Walked, tape: MarketColumns, costs: Costs) -> tuple[Integers, Floats]:
    """The planted defect: the sale is dated back to the symbol's last bar, when others had not traded yet."""
    words, amounts = closed_at_the_end(walked, tape, costs)
    for row in range(len(walked.words), len(words)):
        words[row, TIME_MS] = tape.times[np.flatnonzero(~np.isnan(tape.close[words[row, SYMBOL]]))[-1]]
    return words, amounts


@pytest.mark.parametrize(("sale", "is_right"), [(closed_at_the_end, True), (at_its_own_last_bar, False)])
def test_a_sale_that_is_dated_back_is_noticed(
    sale: Callable[[Walked, MarketColumns, Costs], tuple[Integers, Floats]],
    is_right: bool,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    data, tried, _ = early_end()
    monkeypatch.setattr(results, "closed_at_the_end", sale)
    made = result_of(data, run_one(data.tape, tried, CASH), CASH, PLAIN)
    assert codes.END in made.fill_words[:, 3]
    assert (wrong_rows(made, data.tape) == []) is is_right
