"""What to say of a strategy that failed in a backtest: the bar, the line and the settings."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NoReturn

from chalicelib.errors import BadInput
from chalicelib.foreign_text import printable
from chalicelib.kernel.bar import Bar
from chalicelib.moments import iso_minute_text
from chalicelib.strategy.loader import line_of
from chalicelib.strategy.rule import NonsenseError, StrategyRule
from trader.backtest.folding import bars_seen
from trader.backtest.market import MarketColumns


def raise_failure(tape: MarketColumns, symbol: int, rules: Sequence[StrategyRule], error: Exception | None) -> NoReturn:
    """Raise BadInput that names where a strategy fails, found by running the symbol's bars again in plain Python.

    `error` is what the pass met, None where it met choices that nothing can be done with.
    """
    first = rules[0]
    state = first.start()
    seen = bars_seen(tape, symbol, first)
    columns = seen.times, *seen.prices, seen.minute, seen.decided
    for *row, minute, decided in zip(*(column.tolist() for column in columns), strict=True):
        bar = Bar(*row)
        rule, function = first, "observe"
        try:
            state, values = first.observe(state, bar)
            function = "decide"
            for rule in rules if decided else ():
                for held in (False, True):
                    rule.decide(values, bar.close, tuple(tape.inputs[:, symbol, minute].tolist()), held)
        except Exception as met:
            raise BadInput(failure(rule, function, bar.time_ms, met)) from met
    raise BadInput(failure(first, "compiled code", int(tape.times[0]), error or NonsenseError("of unknown cause")))


def failure(rule: StrategyRule, function: str, time_ms: int, error: Exception) -> str:
    """One line on what a strategy met at a bar."""
    said = str(error) if isinstance(error, NonsenseError) else f"{type(error).__name__}: {error}"
    settings = ", ".join(f"{name} = {value!r}" for name, value in rule.settings._asdict().items())
    strategy = rule.strategy
    where = f"{printable(strategy.name)}{line_of(error, strategy.file)}, in {function}"
    return f"{where}, at bar {iso_minute_text(time_ms)}: {printable(said, 200)} (settings: {settings or 'none'})"
