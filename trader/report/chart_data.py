"""What the page's charts and its table of trades are drawn from, as one JSON object."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from math import ceil, log10

import numpy as np

from chalicelib.domain import MINUTE_MS
from chalicelib.kernel import codes
from trader.backtest.baselines import RandomEntries
from trader.backtest.ledger import ENTRY_MS, POSITION
from trader.backtest.market import MarketColumns
from trader.backtest.result import BacktestResult
from trader.backtest.walk import PRICE, SIDE, SYMBOL, TIME_MS
from trader.data.arrays import Floats
from trader.data.money import money_digits
from trader.report.content import Report, SampleSpan
from trader.report.groups import entry_reasons
from trader.report.packing import decimals_of, packed_candles, packed_line, runs_of, there
from trader.report.value_data import level_data, value_data

BAND_POINTS = 700
"""Of the band of random entries: about one for every two pixels of a screen."""


def chart_data(report: Report, random: RandomEntries | None) -> dict[str, object]:
    """Times are minutes from `first_ms` on, the open of the first bar; `bar` is how many minutes a bar has."""
    tape, result = report.data.tape, report.result
    first_ms = int(tape.times[0])
    digits = equity_digits(result.start_cash)
    trials = report.trials
    return {
        "first_ms": first_ms,
        "bar": tape.step_ms // MINUTE_MS,
        "start_cash": result.start_cash,
        "money_digits": money_digits(result.start_cash, result.start_cash),
        "runs": runs_of(tape.times, first_ms, tape.step_ms),
        "symbols": list(_symbols(report.data.symbols, tape, first_ms)),
        "equity": packed_line(result.equity, digits),
        "random": None if random is None else band(random, first_ms, digits),
        "trades": trade_columns(result, first_ms),
        "adds": added_entries(result, first_ms),
        "values": value_data(report.seen, report.data, first_ms),
        "levels": level_data(report.seen, tape.times, first_ms, tape.step_ms),
        "in_sample": _ranges(trials.in_sample if trials else (), first_ms, tape.step_ms),
        "out_of_sample": _ranges(trials.out_of_sample if trials else (), first_ms, tape.step_ms),
    }


def equity_digits(cash: float) -> int:
    """Digits after the point of equity: at least a millionth of the starting cash shows.

    >>> equity_digits(10_000.0), equity_digits(0.5)
    (2, 7)
    """
    return min(max(0, ceil(6 - log10(cash))), 12)


def _symbols(names: Sequence[str], tape: MarketColumns, first_ms: int) -> Iterator[dict[str, object]]:
    for symbol, name in enumerate(names):
        bars = there(tape.open[symbol])
        prices = [column[symbol][bars] for column in (tape.open, tape.high, tape.low, tape.close)]
        candles = packed_candles(prices, decimals_of(prices))
        yield {"name": name, "runs": runs_of(tape.times[bars], first_ms, tape.step_ms), **candles}


def band(random: RandomEntries, first_ms: int, digits: int) -> dict[str, object]:
    """Percentiles of the random runs, at fewer moments than they were marked at."""
    count = len(random.times)
    chosen = np.unique(np.linspace(0, count - 1, min(BAND_POINTS, count)).astype(np.int64))
    minutes = (random.times[chosen] - first_ms) // MINUTE_MS
    low, middle, high = (_rounded(line[chosen], digits) for line in random.band())
    return {"minutes": minutes.tolist(), "low": low, "middle": middle, "high": high}


def trade_columns(result: BacktestResult, first_ms: int) -> dict[str, object]:
    """The trades in the order of their exits, a list for each column; every number reads back to the same float64."""
    trades = result.trades
    numbers = {symbol: index for index, symbol in enumerate(result.symbols)}
    entered = entry_reasons(result, result.exit_words)
    reasons = sorted({*entered, *(trade.reason for trade in trades)})
    return {
        "reasons": reasons,
        "position": result.exit_words[:, POSITION].tolist(),
        "symbol": [numbers[trade.symbol] for trade in trades],
        "entry": [(trade.entry_ms - first_ms) // MINUTE_MS for trade in trades],
        "exit": [(trade.exit_ms - first_ms) // MINUTE_MS for trade in trades],
        "quantity": [trade.quantity for trade in trades],
        "entry_price": [trade.entry_price for trade in trades],
        "exit_price": [trade.exit_price for trade in trades],
        "fees": [trade.entry_fee + trade.exit_fee for trade in trades],
        "pnl": [trade.pnl for trade in trades],
        "return": [trade.return_fraction for trade in trades],
        "entered": [reasons.index(reason) for reason in entered],
        "reason": [reasons.index(trade.reason) for trade in trades],
    }


def added_entries(result: BacktestResult, first_ms: int) -> list[list[float]]:
    """[symbol, minute, price] of every entry that was added to what was held already."""
    first = set(map(tuple, result.exit_words[:, [SYMBOL, ENTRY_MS]].tolist()))
    buys = result.fill_words[:, SIDE] == codes.BUY
    words, prices = result.fill_words[buys], result.fill_amounts[buys, PRICE].tolist()
    return [
        [symbol, (time_ms - first_ms) // MINUTE_MS, price]
        for (symbol, time_ms), price in zip(words[:, [SYMBOL, TIME_MS]].tolist(), prices, strict=True)
        if (symbol, time_ms) not in first
    ]


def _ranges(samples: Sequence[SampleSpan], first_ms: int, step_ms: int) -> list[list[int]]:
    """[from, to) in minutes."""
    return [
        [(sample.first_ms - first_ms) // MINUTE_MS, (sample.last_ms + step_ms - first_ms) // MINUTE_MS]
        for sample in samples
    ]


def _rounded(numbers: Floats, digits: int) -> list[float]:
    rounded: list[float] = np.round(numbers, digits).tolist()
    return rounded
