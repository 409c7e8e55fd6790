"""One backtest or many over the same market, by machine code where numba is installed, else by plain Python alike."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from functools import cache
from importlib.util import find_spec
from itertools import groupby
from operator import itemgetter
from typing import Any, NamedTuple, TypeVar, cast

import numpy as np

from chalicelib.kernel.step import Params, steps_of
from chalicelib.strategy.rule import Strategy, StrategyRule
from trader.backtest import folding, ledger, rule_signals, single, statistics, walk
from trader.backtest.folding import Bars, FoldCandles, Folded, Lengths, folded, lengths_of, spread
from trader.backtest.market import MarketColumns, prices_of
from trader.backtest.rule_signals import RuleSignals, SignalsPass, input_columns, mapped, unfilled
from trader.backtest.seen_values import ValuesPass, plain_values
from trader.backtest.strategy_failure import raise_failure
from trader.backtest.walk import Walked
from trader.data.arrays import Floats, Integers

T = TypeVar("T")

BATCH = 8
"""Settings whose signals are found in one pass over the bars."""
MOST_SETS = 16
"""Sets of such a batch that one processor runs before it takes the next."""


class Engine(NamedTuple):
    """The functions that minutes are run by, and what they are called."""

    name: str
    signals_pass: Callable[[Strategy], SignalsPass]
    fold_candles: FoldCandles
    walk: Callable[..., Walked]
    walk_single: Callable[..., Walked]
    """`walk` for markets of one symbol."""
    trades_of: Callable[..., tuple[Integers, Floats]]
    curve_of: Callable[..., tuple[float, Floats]]
    values_pass: Callable[[Strategy], ValuesPass]


class ParameterSet(NamedTuple):
    """What one backtest is run by: a strategy with its settings, and what money is traded by."""

    rule: StrategyRule
    params: Params


PLAIN = Engine(
    "plain Python",
    rule_signals.plain_pass,
    folding.fold_candles,
    walk.walk,
    single.walk_single,
    ledger.trades_of,
    statistics.curve_of,
    plain_values,
)


@cache
def fastest() -> Engine:
    """Machine code if numba is installed."""
    if find_spec("numba") is None:
        return PLAIN
    from trader.backtest import compiled, compiled_strategy

    return Engine(
        "numba",
        compiled_strategy.signals_pass,
        compiled.fold_candles,
        compiled.walk,
        compiled.walk_single,
        compiled.trades_of,
        compiled.curve_of,
        compiled_strategy.values_pass,
    )


@dataclass(frozen=True, slots=True)
class EngineRun:
    """What one parameter set came to, positions at the end still open."""

    set: ParameterSet
    walked: Walked
    equity: Floats
    """The mark of every minute, (T,)."""


def rule_signals_of(
    tape: MarketColumns,
    rules: Sequence[StrategyRule],
    engine: Engine,
    room: Room | None = None,
    adding: bool = False,
    bars: Folded | None = None,
) -> list[RuleSignals]:
    """What each of the rules, which observe alike, wants of every symbol; written into `room` where that is given.

    `adding`: whether an entry counts while something is held. `bars` are those that the rules decide by, where they
    are known and no candles.

    Raises BadInput naming the bar, the line and the settings where the strategy fails.
    """
    strategy = rules[0].strategy
    run = engine.signals_pass(strategy)
    given = [rule.settings for rule in rules]
    settings = tuple(given) if len(given) == 1 else (*given, *[given[-1]] * (BATCH - len(given)))  # two to compile
    found = (room or Room()).signals(strategy, len(settings), tape.close.shape, adding)
    bars = bars or folded_for(tape, rules[0], engine)
    for symbol in range(len(tape.close)):
        rows = mapped(found, itemgetter((slice(None), symbol)))
        try:
            if bars is None:
                _run_over_candles(tape, symbol, run, rules[0], settings, rows, adding)
            else:
                _run_over_bars(bars.symbols[symbol], tape.inputs[:, symbol], run, rules[0], settings, rows, adding)
        except Exception as error:
            raise_failure(tape, symbol, rules, error)
        if any(rule_signals.has_unknown_reason(each, len(strategy.form.reasons)) for each in (rows.flat, rows.held)):
            raise_failure(tape, symbol, rules, None)
    closes = found.closes[0] if bars is None else bars.closes
    return [mapped(found, itemgetter(index))._replace(closes=closes) for index in range(len(rules))]


def folded_for(tape: MarketColumns, rule: StrategyRule, engine: Engine) -> Folded | None:
    """The bars that a rule decides by, None where these are the candles."""
    return folded(tape, rule, engine.fold_candles) if rule.has_longer_bars else None


def _run_over_candles(
    tape: MarketColumns,
    symbol: int,
    run: SignalsPass,
    rule: StrategyRule,
    settings: tuple[Any, ...],
    rows: RuleSignals,
    adding: bool,
) -> None:
    """The pass where each candle is a bar."""
    inputs = input_columns(rule.strategy, tape.inputs[:, symbol], len(tape.times))
    prices = [each[symbol] for each in prices_of(tape)]
    run(tape.times, *prices, inputs, rule.start(), settings, rows, adding)


def _run_over_bars(
    bars: Bars,
    known: Floats,
    run: SignalsPass,
    rule: StrategyRule,
    settings: tuple[Any, ...],
    rows: RuleSignals,
    adding: bool,
) -> None:
    """The pass over bars of several candles. What is `known` of each series, (N, T), is that at the candle's close."""
    wanted = unfilled(rule.strategy, (len(settings), len(bars.times)), adding)
    inputs = input_columns(rule.strategy, known[:, bars.minute], len(bars.times))
    run(bars.times, *bars.prices, inputs, rule.start(), settings, wanted, adding)
    spread(wanted, bars, rows)


class Room:
    """Memory for signals that is used again: fresh memory is slow memory."""

    def __init__(self) -> None:
        self._kept: dict[tuple[str, int, tuple[int, ...], bool], RuleSignals] = {}

    def signals(self, strategy: Strategy, sets: int, shape: tuple[int, ...], adding: bool) -> RuleSignals:
        """Arrays for so many settings, (K, S, T), whatever stands in them; (K, S, 0) for what is never said."""
        key = strategy.hash, sets, shape, adding
        if key not in self._kept:
            self._kept = {key: rule_signals.unfilled(strategy, (sets, *shape), adding)}
        return self._kept[key]


def run_one(
    tape: MarketColumns,
    tried: ParameterSet,
    cash: float,
    signals: RuleSignals | None = None,
    engine: Engine | None = None,
) -> EngineRun:
    """One parameter set from a fresh start; `signals` stand in for the strategy where given."""
    engine = engine or fastest()
    wanted = signals or rule_signals_of(tape, [tried.rule], engine, adding=adds([tried]))[0]
    return _walked(tape, tried, cash, wanted, np.empty(len(tape.times)), engine)


def run_many(
    tape: MarketColumns,
    sets: Sequence[ParameterSet],
    cash: float,
    reduce: Callable[[EngineRun], T],
    signals: RuleSignals | None = None,
    engine: Engine | None = None,
    advance: Callable[[int], None] = lambda sets: None,
) -> list[T]:
    """What `reduce` makes of the run of each set, in their order; all processors work, none keeps more than one curve.

    `reduce` is called in several threads and must copy what it keeps of `EngineRun.equity`.
    """
    engine = engine or fastest()
    found: dict[int, T] = {}
    seen = {} if signals is not None else _seen(tape, sets, engine)
    desks = [(np.empty(len(tape.times)), Room()) for _ in range(os.cpu_count() or 1)]

    def work(batch: Sequence[int]) -> int:
        equity, room = desks.pop()
        rules = list(dict.fromkeys(sets[index].rule for index in batch))
        adding, bars = adds([sets[index] for index in batch]), seen.get(lengths_of(rules[0]))
        made = rule_signals_of(tape, rules, engine, room, adding, bars) if signals is None else []
        wanted = dict(zip(rules, made, strict=signals is None))
        for index in batch:
            found[index] = reduce(_walked(tape, sets[index], cash, signals or wanted[sets[index].rule], equity, engine))
        desks.append((equity, room))
        return len(batch)

    with ThreadPoolExecutor(len(desks)) as pool:
        for count in pool.map(work, _batches(sets)):
            advance(count)
    return [found[index] for index in range(len(sets))]


def adds(sets: Sequence[ParameterSet]) -> bool:
    """Whether any of them may enter what is held."""
    return any(each.params.limits.max_entries > 1 for each in sets)


def _seen(tape: MarketColumns, sets: Sequence[ParameterSet], engine: Engine) -> dict[Lengths, Folded]:
    """The bars of every length that the sets decide by, but for single candles."""
    rules = {lengths_of(tried.rule): tried.rule for tried in sets if tried.rule.has_longer_bars}
    return {lengths: folded(tape, rule, engine.fold_candles) for lengths, rule in rules.items()}


def _walked(
    tape: MarketColumns, tried: ParameterSet, cash: float, wanted: RuleSignals, equity: Floats, engine: Engine
) -> EngineRun:
    params = tried.params
    arrays = _for_any_number(params)
    walker = engine.walk_single if len(tape.open) == 1 else engine.walk
    return EngineRun(tried, walker(cash, tape, wanted, arrays, equity), equity)


def _for_any_number(params: Params) -> Params:
    """The parameters with arrays by symbol, which are compiled once for any number of symbols."""
    steps = np.array([steps_of(params, index) for index in range(len(params.lot_steps))])
    lots, ticks, least = (cast(tuple[float, ...], np.ascontiguousarray(column)) for column in steps.T)
    return params._replace(lot_steps=lots, ticks=ticks, min_notionals=least)


def _alike(rule: StrategyRule) -> tuple[str, Lengths]:
    """What rules have in common whose signals are found in one pass."""
    return rule.key, lengths_of(rule)


def _batches(sets: Sequence[ParameterSet]) -> Iterator[list[int]]:
    """The sets' numbers, so that each batch has MOST_SETS at most, with BATCH rules at most, which observe alike."""
    by_rule: dict[StrategyRule, list[int]] = {}
    for index, tried in enumerate(sets):
        by_rule.setdefault(tried.rule, []).append(index)
    rules = sorted(by_rule, key=_alike)
    for _, same in groupby(rules, key=_alike):
        alike = list(same)
        for at in range(0, len(alike), BATCH):
            batch = [index for rule in alike[at : at + BATCH] for index in by_rule[rule]]
            for start in range(0, len(batch), MOST_SETS):  # a hundred stops for one rule: all processors, not one
                yield batch[start : start + MOST_SETS]
