"""One backtest or many over the same market, by machine code where numba is installed, else by plain Python alike."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from functools import cache
from importlib.util import find_spec
from itertools import groupby
from typing import NamedTuple, TypeVar, cast

import numpy as np

from chalicelib.kernel.decide import Rule
from chalicelib.kernel.step import Params
from trader.backtest import ledger, rule_signals, single, statistics, walk
from trader.backtest.market import MarketColumns
from trader.backtest.rule_signals import RuleSignals
from trader.backtest.walk import Walked
from trader.data.arrays import Floats, Integers

T = TypeVar("T")

BATCH = 8
"""Parameter sets whose wishes are found in one pass over the closes."""
MOST_SETS = 16
"""Sets of such a batch that one processor runs before it takes the next."""


class Engine(NamedTuple):
    """The functions that minutes are run by, and what they are called."""

    name: str
    fill_rule_signals: Callable[..., None]
    walk: Callable[..., Walked]
    walk_single: Callable[..., Walked]
    """`walk` for markets of one symbol."""
    trades_of: Callable[..., tuple[Integers, Floats]]
    curve_of: Callable[..., tuple[float, Floats]]


PLAIN = Engine(
    "plain Python", rule_signals.fill_rule_signals, walk.walk, single.walk_single, ledger.trades_of, statistics.curve_of
)


@cache
def fastest() -> Engine:
    """Machine code if numba is installed."""
    if find_spec("numba") is None:
        return PLAIN
    from trader.backtest import compiled

    return Engine(
        "numba",
        compiled.fill_rule_signals,
        compiled.walk,
        compiled.walk_single,
        compiled.trades_of,
        compiled.curve_of,
    )


@dataclass(frozen=True, slots=True)
class EngineRun:
    """What one parameter set came to, positions at the end still open."""

    params: Params
    walked: Walked
    equity: Floats
    """The mark of every minute, (T,)."""


def rule_signals_of(tape: MarketColumns, rules: Sequence[Rule], engine: Engine) -> list[RuleSignals]:
    """What each of the rules, which have one RSI period, wants of every symbol."""
    given = tuple(rules) if len(rules) == 1 else (*rules, *[rules[-1]] * (BATCH - len(rules)))  # two sizes to compile
    shape = (len(given), len(tape.open), len(tape.times))
    flat, held = np.zeros(shape, dtype=np.int8), np.zeros(shape, dtype=np.int8)
    for symbol, closes in enumerate(tape.close):
        engine.fill_rule_signals(closes, tape.sentiment[symbol], given, flat[:, symbol], held[:, symbol])
    return [RuleSignals(flat[index], held[index]) for index in range(len(rules))]


def run_one(
    tape: MarketColumns, params: Params, cash: float, signals: RuleSignals | None = None, engine: Engine | None = None
) -> EngineRun:
    """One parameter set from a fresh start; `signals` stand in for the rule where given."""
    engine = engine or fastest()
    wanted = signals or rule_signals_of(tape, [params.rule], engine)[0]
    return _walked(tape, params, cash, wanted, np.empty(len(tape.times)), engine)


def run_many(
    tape: MarketColumns,
    sets: Sequence[Params],
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
    curves = [np.empty(len(tape.times)) for _ in range(os.cpu_count() or 1)]  # fresh memory is slow memory

    def work(batch: Sequence[int]) -> int:
        equity = curves.pop()
        rules = list(dict.fromkeys(sets[index].rule for index in batch))
        wanted = dict(zip(rules, rule_signals_of(tape, rules, engine), strict=True)) if signals is None else {}
        for index in batch:
            params = sets[index]
            found[index] = reduce(_walked(tape, params, cash, signals or wanted[params.rule], equity, engine))
        curves.append(equity)
        return len(batch)

    with ThreadPoolExecutor(len(curves)) as pool:
        for count in pool.map(work, _batches(sets)):
            advance(count)
    return [found[index] for index in range(len(sets))]


def _walked(
    tape: MarketColumns, params: Params, cash: float, wanted: RuleSignals, equity: Floats, engine: Engine
) -> EngineRun:
    arrays = params._replace(lot_steps=cast(tuple[float, ...], np.array(params.lot_steps)))  # compiled for any number
    walker = engine.walk_single if len(tape.open) == 1 else engine.walk
    return EngineRun(params, walker(cash, tape, wanted, arrays, equity), equity)


def _batches(sets: Sequence[Params]) -> Iterator[list[int]]:
    """The sets' numbers, so that each batch has MOST_SETS at most, with BATCH rules at most, of one RSI period."""
    by_rule: dict[Rule, list[int]] = {}
    for index, params in enumerate(sets):
        by_rule.setdefault(params.rule, []).append(index)
    rules = sorted(by_rule, key=lambda rule: rule.rsi_period)
    for _, same in groupby(rules, key=lambda rule: rule.rsi_period):
        alike = list(same)
        for at in range(0, len(alike), BATCH):
            batch = [index for rule in alike[at : at + BATCH] for index in by_rule[rule]]
            for start in range(0, len(batch), MOST_SETS):  # a hundred stops for one rule: all processors, not one
                yield batch[start : start + MOST_SETS]
