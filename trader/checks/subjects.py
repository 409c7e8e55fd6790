"""What of this project is checked, each over a whole market at once: as a backtest runs it."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass

import numpy as np

from chalicelib.addition import added
from chalicelib.kernel import codes
from chalicelib.kernel.account import Fill
from chalicelib.kernel.run import Columns as KernelColumns
from chalicelib.kernel.run import run
from chalicelib.kernel.step import fresh_state
from chalicelib.series import SENTIMENT
from trader.backtest.engine import Engine, adds, fastest, rule_signals_of, run_one
from trader.backtest.rule_signals import LEVELS, TERMS, RuleSignals
from trader.backtest.sentiment_columns import closes_of, rolling_at, steps_at
from trader.checks.columns import Column, Columns, Known
from trader.checks.market import CheckedMarket
from trader.data.arrays import Floats

Give = Callable[[CheckedMarket], Columns]
FILL = ("side", "quantity", "price", "fee", "reason")
PROTECTIVE = frozenset({codes.STOP_LOSS, codes.TAKE_PROFIT, codes.TRAILING_STOP, codes.BREAK_EVEN})
TERM_NAMES = (*TERMS, *(f"held_{name}" for name in TERMS))


@dataclass(frozen=True, slots=True)
class Subject:
    """Something that turns a market into columns. `give` can be pickled: it also runs in another process."""

    name: str
    give: Give
    bars_per_second: float
    """Roughly; slow ones are run from scratch less often."""
    tolerance: float = 0.0
    """Up to which relative difference two values are the same."""


def kernel_run(market: CheckedMarket) -> Columns:
    """`kernel.run`, the definition of a backtest: marks and fills."""
    tape = market.tape
    rows = [column.tolist() for column in (tape.open, tape.high, tape.low, tape.close, tape.volume, tape.inputs)]
    columns = KernelColumns(tape.times.tolist(), *rows)
    rule = market.tried.rule
    result = run(fresh_state(market.cash, len(tape.open), rule), columns, market.tried.params, rule)
    marks = {
        "equity": Column(np.array([mark.equity for mark in result.marks], dtype=np.float64)),
        "cash": Column(np.array([mark.cash for mark in result.marks], dtype=np.float64)),
    }
    return {**marks, **fill_columns(market, ((booked.symbol, booked.fill) for booked in result.fills))}


def walked(market: CheckedMarket) -> Columns:
    """The walk that backtests and sweeps use, compiled where numba is installed: marks and fills."""
    made = run_one(market.tape, market.tried, market.cash, market.signals)
    words, amounts = made.walked.words.tolist(), made.walked.amounts.tolist()
    fills = ((w[0], Fill(w[1], a[0], a[1], a[2], w[2], w[3])) for w, a in zip(words, amounts, strict=True))
    return {"equity": Column(made.equity), **fill_columns(market, fills)}


def wished(market: CheckedMarket) -> Columns:
    """What the strategy wants at every close, flat and held, worked out for the walk before any order."""
    return wished_by(fastest(), market)


def wished_by(engine: Engine, market: CheckedMarket) -> Columns:
    """The same by this engine. Raises BadInput where the strategy fails."""
    rule_signals = rule_signals_of(market.tape, [market.tried.rule], engine, adding=adds([market.tried]))[0]
    found = {}
    for symbol in range(len(rule_signals.flat)):
        found[f"wanted if flat {symbol}"] = Column(rule_signals.flat[symbol], symbol=symbol)
        found[f"wanted if held {symbol}"] = Column(rule_signals.held[symbol], symbol=symbol)
        for name in LEVELS:
            levels = getattr(rule_signals, name)
            if levels.shape[1] and name != "terms":
                found[f"{name} {symbol}"] = Column(
                    _where_said(name, levels[symbol], rule_signals, symbol), symbol=symbol
                )
        for name, row in zip(TERM_NAMES, rule_signals.terms[symbol].T, strict=True):
            if len(row):
                found[f"{name} {symbol}"] = Column(_where_said(name, row, rule_signals, symbol), symbol=symbol)
    return found


def _where_said(name: str, levels: Floats, rule_signals: RuleSignals, symbol: int) -> Floats:
    """A row of levels, NaN where nothing is wanted that they belong to."""
    if name.startswith("held"):
        return levels
    wanted = rule_signals.held if name == "keep" else rule_signals.flat
    return np.where(wanted[symbol] != 0, levels, np.nan)


def sentiment_used(market: CheckedMarket) -> Columns:
    """The sentiment that the backtest looks at."""
    return sentiment_columns(sentiment_of(market))


def series_used(market: CheckedMarket) -> Columns:
    """What the backtest looks at of the series that come from files."""
    order = market.tried.rule.strategy.series
    return {
        f"input {name} {symbol}": Column(row, symbol=symbol)
        for name in market.rows
        for symbol, row in enumerate(market.tape.inputs[order.index(name)])
    }


def sentiment_of(market: CheckedMarket) -> Floats:
    """The row of sentiment by symbol, none where the strategy does not read it."""
    strategy, inputs = market.tried.rule.strategy, market.tape.inputs
    return inputs[strategy.series.index(SENTIMENT)] if strategy.reads_sentiment and len(inputs) else inputs[0:0]


def sentiment_of_headlines(market: CheckedMarket) -> Columns:
    """The average of headlines, from what was heard."""
    closes = closes_of(market.tape.times, market.tape.step_ms)
    rows = [rolling_at(closes, series, market.window, market.max_age_ms) for series in market.series]
    return sentiment_columns(np.stack(rows))


def sentiment_of_steps(market: CheckedMarket) -> Columns:
    """The step function of a sentiment file, from its rows."""
    closes = closes_of(market.tape.times, market.tape.step_ms)
    rows = [
        steps_at(closes, series.known_ms.tolist(), series.scores.tolist(), market.max_age_ms)
        for series in market.series
    ]
    return sentiment_columns(np.stack(rows))


def sentiment_columns(values: Iterable[np.ndarray[tuple[int, ...], np.dtype[np.float64]]]) -> Columns:
    """Rows of sentiment by symbol."""
    return {f"input {SENTIMENT} {symbol}": Column(row, symbol=symbol) for symbol, row in enumerate(values)}


def values_of(fills: Sequence[Fill]) -> tuple[float, ...]:
    """The values of FILL for one minute's fills of a kind: quantities and fees together, the rest of the last."""
    if not fills or not fills[-1].side:
        return (0.0,) * len(FILL)
    last = fills[-1]
    return last.side, added(fill.quantity for fill in fills), last.price, added(fill.fee for fill in fills), last.reason


def fill_columns(market: CheckedMarket, fills: Iterable[tuple[int, Fill]]) -> Columns:
    """Fills as columns, 0 where there is none: those of orders at the open, of protective levels within the bar."""
    count, symbols = len(market), len(market.tape.open)
    table = np.zeros((2, len(FILL), symbols, count))
    booked = list(fills)
    minutes = np.searchsorted(market.tape.times, np.array([fill.time_ms for _, fill in booked], dtype=np.int64))
    found: dict[tuple[int, int, int], list[Fill]] = {}
    for minute, (symbol, fill) in zip(minutes.tolist(), booked, strict=True):
        found.setdefault((int(fill.reason in PROTECTIVE), symbol, minute), []).append(fill)
    for (row, symbol, minute), together in found.items():
        table[row, :, symbol, minute] = values_of(together)
    return {
        f"{kind} {name} {symbol}": Column(table[row, index, symbol], known, symbol)
        for row, (kind, known) in enumerate((("order fill", Known.OPEN), ("protective fill", Known.RANGE)))
        for index, name in enumerate(FILL)
        for symbol in range(symbols)
    }
