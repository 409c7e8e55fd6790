"""What a person should know of the longer bars that a strategy decides by, on one line."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from chalicelib.config.intervals import interval_of
from chalicelib.strategy.rule import StrategyRule
from trader.backtest.folding import Folded, late_by_ms
from trader.backtest.market import MarketColumns


def bar_lines(tape: MarketColumns, rule: StrategyRule, bars: Folded | None) -> Iterator[str]:
    """How many bars there are over all symbols, how many are late and too old, how many are missing."""
    if bars is None:
        return
    count = late = left_out = missing = 0
    for own in bars.symbols:
        count += len(own.times)
        late += int(np.count_nonzero(late_by_ms(tape, own, rule) > 0))
        left_out += int(np.count_nonzero(~own.decided))
        missing += int((np.diff(own.times) // rule.interval_ms - 1).sum())
    words = f"{count:,} bars of {interval_of(rule.interval_ms)}, each decided at its close; {missing:,} are missing"
    if late:
        words += f", {late:,} were over only with a later candle, {left_out:,} of these too old by then to decide on"
    yield words
