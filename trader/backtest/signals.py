"""Signals of somebody else's making, from a file, in place of the rule; risk and fills stay.

A row says what holds at the close of one bar: `enter` for whoever is flat then, `exit` for whoever holds. It waits for
nothing: where it cannot act, or an order is pending, it is gone.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path

import numpy as np

from chalicelib.kernel.choice import Choice, enter, leave
from trader.backtest.folding import Folded
from trader.backtest.market import MarketColumns
from trader.backtest.rule_signals import RuleSignals, pack, without_levels
from trader.data.arrays import Integers
from trader.data.csv_rows import EVERY
from trader.data.signal_file import Signal, read_signals

CHOICES: dict[str, Choice] = {"enter": enter(), "exit": leave()}


def signals_of(
    path: Path, symbols: Sequence[str], tape: MarketColumns, say: Callable[[str], None], bars: Folded | None = None
) -> RuleSignals:
    """What the file wants at every close; `say` hears how many of its rows are at no bar of the data.

    `bars` are those that it is about where these are no candles: a row holds at the close with which its bar is over.
    Raises BadInput naming the row of the first mistake.
    """
    rows = read_signals(path)
    wanted = {word: np.zeros(tape.close.shape, dtype=np.int8) for word in CHOICES}
    foreign: set[str] = set()
    not_theirs = at_no_bar = 0
    for (word, symbol), times in _grouped(rows).items():
        named = [row for row, each in enumerate(symbols) if symbol in (EVERY, each)]
        if not named:
            foreign.add(symbol)
            not_theirs += len(times)
            continue
        met: set[int] = set()
        for each in named:
            minutes, opened = _closes(tape, each, times, bars)
            wanted[word][each, minutes] = pack(CHOICES[word])
            met.update(opened.tolist())
        at_no_bar += len(times) - len(met)
    if foreign:
        say(f"{path}: {not_theirs} of {len(rows)} signals ignored: {', '.join(sorted(foreign))} not in the data")
    if at_no_bar:
        say(f"{path}: {at_no_bar} of {len(rows)} signals ignored: no bar of the data opens at their time")
    signals = without_levels(wanted["enter"], wanted["exit"])
    return signals if bars is None else signals._replace(closes=bars.closes)


def _closes(tape: MarketColumns, symbol: int, times: Sequence[int], bars: Folded | None) -> tuple[Integers, Integers]:
    """The candles at whose close the bars that open at these times are decided, and the times of those that are."""
    if bars is None:
        there = np.isin(tape.times, times) & ~np.isnan(tape.close[symbol])
        return np.flatnonzero(there), tape.times[there]
    own = bars.symbols[symbol]
    there = np.isin(own.times, times) & own.decided
    return own.minute[there], own.times[there]


def _grouped(rows: Sequence[Signal]) -> dict[tuple[str, str], list[int]]:
    """The times of each word and symbol."""
    found: dict[tuple[str, str], list[int]] = {}
    for row in rows:
        found.setdefault((row.word, row.symbol), []).append(row.time_ms)
    return found
