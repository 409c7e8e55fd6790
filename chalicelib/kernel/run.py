"""Many minutes: what a backtest is. Columns in, fills and marks out; the rules are step's."""

from typing import NamedTuple

from chalicelib.kernel import codes
from chalicelib.kernel.account import Fill
from chalicelib.kernel.bar import NO_BAR, Bar
from chalicelib.kernel.rule import Inputs, Rule
from chalicelib.kernel.series import Series
from chalicelib.kernel.step import Params, State, step


class Columns(NamedTuple):
    """A market as columns: `times` (T,) of open_ms; the others (S, T), a row per symbol, open NaN where it has no bar.

    `inputs` (N, S, T): of every series that the rule reads what was known at the close; (0, S, T) where it has none.

    Lists of lists in plain Python, numpy arrays in the compiled run.
    """

    times: Series[int]
    open: Series[Series[float]]
    high: Series[Series[float]]
    low: Series[Series[float]]
    close: Series[Series[float]]
    volume: Series[Series[float]]
    inputs: Series[Series[Series[float]]]


class Booked(NamedTuple):
    """A fill and the symbol (row of the columns) it belongs to."""

    symbol: int
    fill: Fill


class Mark(NamedTuple):
    """Equity, cash and highest mark after one minute."""

    time_ms: int
    equity: float
    cash: float
    peak: float


class Result(NamedTuple):
    """The state after the last minute, every fill in the order it was booked, one mark per minute."""

    state: State
    fills: list[Booked]
    marks: list[Mark]


def bar_at(columns: Columns, symbol: int, minute: int) -> Bar:
    """One symbol's bar of one minute, NO_BAR where its open is NaN."""
    open_price = columns.open[symbol][minute]
    if open_price != open_price:
        return NO_BAR
    return Bar(
        columns.times[minute],
        open_price,
        columns.high[symbol][minute],
        columns.low[symbol][minute],
        columns.close[symbol][minute],
        columns.volume[symbol][minute],
    )


def inputs_at(columns: Columns, symbol: int, minute: int) -> Inputs:
    """What was known of one symbol at the close of one minute."""
    return tuple([rows[symbol][minute] for rows in columns.inputs])


def run(state: State, columns: Columns, params: Params, rule: Rule) -> Result:
    """Step through every minute of the columns."""
    fills: list[Booked] = []
    marks: list[Mark] = []
    symbols = range(len(state.slots))
    for minute in range(len(columns.times)):
        bars = [bar_at(columns, symbol, minute) for symbol in symbols]
        inputs = [inputs_at(columns, symbol, minute) for symbol in symbols]
        state, outcomes = step(state, columns.times[minute], bars, inputs, params, rule)
        for symbol in symbols:
            if outcomes[symbol].order_fill.side != codes.NONE:
                fills.append(Booked(symbol, outcomes[symbol].order_fill))
            fills += [Booked(symbol, fill) for fill in outcomes[symbol].exit_fills]
        account = state.account
        marks.append(Mark(columns.times[minute], account.equity, account.cash, account.peak))
    return Result(state, fills, marks)
