"""One strategy by each way of running it over the minutes of a live run; floats are told to their last bit."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import zip_longest
from math import nan

import numpy as np

from chalicelib import words
from chalicelib.domain import Decision, Fill, Trade
from chalicelib.kernel.choice import Choice
from chalicelib.kernel.codes import HOLD, NONE
from chalicelib.kernel.run import Booked, Columns, run
from chalicelib.kernel.step import fresh_state
from chalicelib.strategy.rule import StrategyRule
from chalicelib.words import SIDES
from tests.kernel_cases import CASH, one_symbol
from tests.property.test_backtest_walk import fills_of, tape_over
from tests.support.stepped import Asked, Stepped, by_steps
from tests.support.world import Record
from trader.backtest.engine import Engine, ParameterSet, adds, rule_signals_of, run_one
from trader.backtest.result import BacktestResult, reason_word
from trader.backtest.rule_signals import choice_at
from trader.data.candles import CandleColumns


@dataclass(frozen=True)
class Came:
    """What a way came to: fills as they were booked, time, equity and cash of every minute, trades by their exits."""

    fills: list[str]
    marks: list[str]
    trades: list[str]

    def others(self, other: Came) -> Iterator[str]:
        """What differs in the other one, and the first place where it does."""
        for name in ("fills", "marks", "trades"):
            yield from _unlike(name, getattr(self, name), getattr(other, name))


@dataclass(frozen=True)
class Ways:
    """A live run's market and the ways through it."""

    market: Columns
    tried: ParameterSet
    symbols: tuple[str, ...]
    live: Came
    decisions: list[str]

    def stepped(self) -> Stepped:
        """What the kernel is asked and answers."""
        return by_steps(self.market, self.tried, self.symbols)

    def disagreements(self, stepped: Stepped, engines: Sequence[Engine]) -> Iterator[str]:
        """What differs from the live run, and from `kernel.run` for each symbol alone; the first place of each."""
        yield from _unlike("decisions", stepped.decisions, self.decisions)
        kernel = by_kernel(self.market, self.tried, self.symbols)
        yield from (f"kernel.run: {each}" for each in replace(self.live, trades=[]).others(self._recorded(kernel)))
        for engine in engines:
            came = self._recorded(by_engine(engine, self.market, self.tried, self.symbols))
            yield from (f"{engine.name}: {each}" for each in self.live.others(came))
            chosen = by_signals(engine, self.market, self.tried, stepped.asked)
            yield from _unlike(f"{engine.name}: choices", [_chosen(choice) for *_, choice in stepped.asked], chosen)
        for number in range(len(self.symbols)):
            yield from self._alone(number, engines)

    def _recorded(self, came: Came) -> Came:
        """The marks of the minutes alone that left a record: between two closes few do."""
        if len(came.marks) == len(self.live.marks):
            return came
        told = {mark.partition(",")[0] for mark in self.live.marks}
        return replace(came, marks=[mark for mark in came.marks if mark.partition(",")[0] in told])

    def _alone(self, number: int, engines: Sequence[Engine]) -> Iterator[str]:
        """One symbol by itself, which the engines walk by code of its own."""
        params = self.tried.params
        own = [each[number : number + 1] for each in (params.lot_steps, params.ticks, params.min_notionals)]
        tried = self.tried._replace(params=params._replace(lot_steps=own[0], ticks=own[1], min_notionals=own[2]))
        market = one_symbol(self.market, number)
        symbols = self.symbols[number : number + 1]
        kernel = by_kernel(market, tried, symbols)
        for engine in engines:
            came = replace(by_engine(engine, market, tried, symbols), trades=[])
            yield from (f"{engine.name}, {symbols[0]} alone: {each}" for each in kernel.others(came))


def ways_of(record: Record, tried: ParameterSet, symbols: tuple[str, ...], files: Sequence[CandleColumns] = ()) -> Ways:
    """The ways through the market of a live run, whose trades and decisions are told newest first.

    Where bars are longer than candles, most of these are in no decision: then `files` have them, one for each symbol.
    """
    decisions = record.decisions[::-1]
    marks = [repr((point.time_ms, point.equity, point.cash)) for point in record.equity]
    live = Came(list(map(_filled, record.fills)), marks, _traded(record.trades[::-1]))
    series = tried.rule.strategy.series
    market = with_candles(decisions, symbols, series, files) if files else market_of(decisions, symbols, series)
    return Ways(market, tried, symbols, live, decided(decisions))


def market_of(decisions: Sequence[Decision], symbols: Sequence[str], series: Sequence[str]) -> Columns:
    """The market that the decisions were made in, oldest first: their candles and what was known besides."""
    times = sorted({decision.minute_ms for decision in decisions})
    rows = {time_ms: number for number, time_ms in enumerate(times)}
    columns = [[[nan] * len(times) for _ in symbols] for _ in range(5)]
    inputs = [[[nan] * len(times) for _ in symbols] for _ in series]
    for decision in decisions:
        symbol, row, candle = symbols.index(decision.symbol), rows[decision.minute_ms], decision.candle
        for column, name in zip(inputs, series, strict=True):
            known = {"sentiment": decision.sentiment.value, **{each.name: each.value for each in decision.inputs}}
            column[symbol][row] = known.get(name, nan)
        if candle is not None:
            prices = candle.open, candle.high, candle.low, candle.close, candle.volume
            for column, value in zip(columns, prices, strict=False):
                column[symbol][row] = value
    open_, high, low, close, volume = columns
    return Columns(times, open_, high, low, close, volume, inputs)


def with_candles(
    decisions: Sequence[Decision], symbols: Sequence[str], series: Sequence[str], files: Sequence[CandleColumns]
) -> Columns:
    """The candles of files, with what the decisions knew besides; nobody asks in the other minutes."""
    times: list[int] = np.unique(np.concatenate([columns.open_ms for columns in files])).tolist()
    rows = {time_ms: number for number, time_ms in enumerate(times)}
    prices = [[[nan] * len(times) for _ in symbols] for _ in range(5)]
    for symbol, columns in enumerate(files):
        for column, values in zip(prices, columns[2:], strict=True):
            for open_ms, value in zip(columns.open_ms.tolist(), values.tolist(), strict=True):
                column[symbol][rows[open_ms]] = value
    known = [[[nan] * len(times) for _ in symbols] for _ in series]
    for decision in decisions:
        for column, name in zip(known, series, strict=True):
            value = {"sentiment": decision.sentiment.value}[name]
            column[symbols.index(decision.symbol)][rows[decision.minute_ms]] = value
    open_, high, low, close, volume = prices
    return Columns(times, open_, high, low, close, volume, known)


def decided(decisions: Iterable[Decision]) -> list[str]:
    """What was decided of every bar there was."""
    return [
        repr(
            (
                *(each.minute_ms, each.symbol, tuple(each.snapshot.values()), each.in_position, each.action),
                *(each.reason and str(each.reason), each.quantity, each.outcome, each.equity),
            )
        )
        for each in decisions
        if each.candle is not None and each.outcome not in (words.BETWEEN, words.STALE)
    ]


def by_kernel(market: Columns, tried: ParameterSet, symbols: Sequence[str]) -> Came:
    """`kernel.run`, which keeps no trades."""
    result = run(fresh_state(CASH, len(symbols), tried.rule), market, tried.params, tried.rule)
    fills = [_booked(booked, symbols, tried.rule) for booked in result.fills]
    return Came(fills, [repr((mark.time_ms, mark.equity, mark.cash)) for mark in result.marks], [])


def by_engine(engine: Engine, market: Columns, tried: ParameterSet, symbols: Sequence[str]) -> Came:
    """A backtest whose positions are left open at its end."""
    walked, rule = run_one(tape_over(market), tried, CASH, engine=engine), tried.rule
    words, amounts = walked.walked.words, walked.walked.amounts
    trades = engine.trades_of(len(symbols), words, amounts)
    times = np.array(market.times, dtype=np.int64)
    result = BacktestResult(rule, tuple(symbols), CASH, times, walked.equity, words, amounts, *trades)
    fills = [_booked(booked, symbols, rule) for booked in fills_of(walked.walked)]
    marks = zip(market.times, walked.equity.tolist(), result.cash.tolist(), strict=True)
    return Came(fills, list(map(repr, marks)), _traded(result.trades))


def by_signals(engine: Engine, market: Columns, tried: ParameterSet, asked: Sequence[Asked]) -> list[str]:
    """What the signals pass answers where the kernel asked."""
    signals = rule_signals_of(tape_over(market), [tried.rule], engine, adding=adds([tried]))[0]
    return [_chosen(choice_at(signals, symbol, minute, held)) for symbol, minute, held, _ in asked]


def _chosen(choice: Choice) -> str:
    """A choice without the reason to wait, which a backtest does not keep."""
    reason = NONE if choice.action == HOLD else int(choice.reason)
    return repr((int(choice.action), reason, *map(float, choice[2:])))


def _filled(fill: Fill) -> str:
    return repr((fill.symbol, fill.side.value, fill.quantity, fill.price, fill.fee, fill.time_ms, str(fill.reason)))


def _booked(booked: Booked, symbols: Sequence[str], rule: StrategyRule) -> str:
    fill = booked.fill
    amounts = fill.quantity, fill.price, fill.fee, fill.time_ms
    return repr((symbols[booked.symbol], SIDES[fill.side].value, *amounts, str(reason_word(rule, fill.reason))))


def _traded(trades: Iterable[Trade]) -> list[str]:
    return [repr(replace(trade, reason=str(trade.reason))) for trade in trades]


def _unlike(name: str, left: Sequence[str], right: Sequence[str]) -> Iterator[str]:
    """The first place where two lists differ, none where they are the same."""
    for number, (one, other) in enumerate(zip_longest(left, right)):
        if one != other:
            yield f"{name}, number {number}: {one} and {other}"
            return
