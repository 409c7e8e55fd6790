"""What a strategy saw: its Values at every close, as columns. Asked for only where a person looks at them."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from chalicelib.kernel.bar import Bar
from chalicelib.strategy.rule import Strategy, StrategyRule
from trader.backtest.folding import Bars
from trader.backtest.rule_signals import bound
from trader.data.arrays import Floats, Integers

ValuesPass = Callable[..., None]
"""`fill_values`, of one strategy."""
COLUMNS = 6
"""How many of a pass's arguments come first as columns (C,)."""


def observe(state: Any, bar: Bar, settings: Any) -> tuple[Any, Any]:
    """Stands for the strategy's own function, and the next for one that writes its values; see `bound`."""
    raise NotImplementedError


def keep(values: Any, rows: Floats, bar: int) -> None:
    raise NotImplementedError


def fill_values(
    times: Integers,
    open_: Floats,
    high: Floats,
    low: Floats,
    close: Floats,
    volume: Floats,
    state: Any,
    settings: Any,
    rows: Floats,
) -> None:
    """`rows` (F, C) become the values at every close of bars (C,), NaN while undefined."""
    for bar in range(len(close)):
        seen = Bar(times[bar], open_[bar], high[bar], low[bar], close[bar], volume[bar])
        state, values = observe(state, seen, settings)
        keep(values, rows, bar)


def keeper(strategy: Strategy) -> Any:
    """A function that writes each value into its row, every field written out: a loop compiles to twice the time."""
    lines = [f"    rows[{row}, bar] = values[{row}]\n" for row in range(len(strategy.form.values._fields))]
    scope: dict[str, Any] = {}
    exec(f"def keep(values, rows, bar):\n{''.join(lines) or '    pass'}", scope)  # noqa: S102 (numbers only)
    return scope["keep"]


def plain_values(strategy: Strategy) -> ValuesPass:
    """The pass in plain Python, over its own numbers as live."""
    fill = bound(fill_values, strategy, observe=strategy.observing, keep=keeper(strategy))

    def run(*given: Any) -> None:
        fill(*[column.tolist() for column in given[:COLUMNS]], *given[COLUMNS:])

    return run


def seen_values(bars: Bars, rule: StrategyRule, run: ValuesPass) -> Floats:
    """The rule's values over bars that it has been run over before: (F, C)."""
    found = np.empty((len(rule.strategy.form.values._fields), len(bars.times)))
    run(bars.times, *bars.prices, rule.start(), rule.settings, found)
    return found
