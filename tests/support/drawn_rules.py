"""Strategies that hypothesis draws: what they want hangs on a seed and the bar, and their levels lie anywhere."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from math import nan
from random import Random
from typing import Any

import numpy as np
from hypothesis import strategies as st

from chalicelib.kernel.bar import MISSING, Bar
from chalicelib.kernel.choice import WAIT, Choice, enter, hold, leave
from chalicelib.kernel.codes import ENTER, EXIT, HOLD
from chalicelib.kernel.rule import Inputs, Values
from chalicelib.kernel.run import Columns, bar_at
from trader.backtest.rule_signals import RuleSignals, wanted

FAR, NEAR = 0.03, 0.002
LEVELS = (nan, *(1.0 + step for step in (-FAR, -NEAR, 0.0, NEAR, FAR)))
"""Of the close: none, below it and above it, so that a fill finds itself beyond either level."""


@dataclass(frozen=True)
class DrawnRule:
    """Implements kernel.rule.Rule. Its state is the number of bars seen, and so is all that it saw."""

    seed: int
    eagerness: float
    """How often it wants something, 0..1."""
    interval_ms: int = 60_000
    step_ms: int = 60_000
    stale_ms: int = 180_000

    def start(self) -> int:
        return 0

    def observe(self, state: int, bar: Bar) -> tuple[int, Values]:
        return state + 1, (float(state), bar.high)

    def decide(self, values: Values, close: float, inputs: Inputs, in_position: bool) -> Choice:
        draw = Random(f"{self.seed} {values} {in_position}")
        if draw.random() >= self.eagerness:
            return WAIT
        stop, target = close * draw.choice(LEVELS), close * draw.choice(LEVELS)
        what = draw.random() if in_position else 1.0
        if what < 0.2:
            return leave(keep=draw.choice((0.0, 0.0, 0.5, 0.3)))
        if what < 0.8:
            return hold(stop=stop, take_profit=target)
        return enter(
            size=draw.choice((nan, 0.05, 0.4, 1.0)),
            stop=stop,
            take_profit=target,
            trailing=close * draw.choice((nan, nan, NEAR, FAR)),
            break_even=close * draw.choice(LEVELS),
            max_bars=draw.choice((nan, nan, 1.0, 6.0)),
        )


def drawn_rules() -> st.SearchStrategy[DrawnRule]:
    return st.builds(DrawnRule, seed=st.integers(0, 2**32), eagerness=st.sampled_from([0.02, 0.2, 0.9]))


def signals_by(rule: DrawnRule, columns: Columns, adding: bool = True) -> RuleSignals:
    """What the rule wants at every close, as a backtest keeps it; `adding`: entries count while held, too."""
    rows = [
        _of_symbol(rule, [bar_at(columns, symbol, at) for at in range(len(columns.times))], adding)
        for symbol in range(len(columns.open))
    ]
    flat, held, *levels = (np.array(each) for each in zip(*rows, strict=True))
    closes = np.empty((len(flat), 0), dtype=np.int8)
    return RuleSignals(flat.astype(np.int8), held.astype(np.int8), closes, *levels)


def _of_symbol(rule: DrawnRule, bars: Sequence[Bar], adding: bool) -> tuple[list[Any], ...]:
    state = rule.start()
    rows: list[list[Any]] = []
    for bar in bars:
        entry, kept = WAIT, WAIT
        if bar.time_ms != MISSING:
            state, values = rule.observe(state, bar)
            entry = rule.decide(values, bar.close, (), False)
            kept = rule.decide(values, bar.close, (), True)
        stays = kept.action == HOLD or (adding and kept.action == ENTER)
        held = (kept.stop, kept.take_profit, kept.size, kept.keep) if stays else (nan, nan, nan, kept.keep)
        packed = wanted(entry, ENTER, False), wanted(kept, EXIT, adding)
        own = entry.trailing, entry.break_even, entry.max_bars, kept.trailing, kept.break_even, kept.max_bars
        rows.append([*packed, entry.size, entry.stop, entry.take_profit, *held, own])
    return tuple(list(column) for column in zip(*rows, strict=True))
