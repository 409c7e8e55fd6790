"""A strategy made ready to be run, and what a person should know of that."""

from __future__ import annotations

from collections.abc import Callable

from chalicelib.foreign_text import printable
from chalicelib.strategy.rule import StrategyRule
from trader.backtest.both_engines import refuse_difference
from trader.backtest.engine import Engine, fastest
from trader.backtest.market import MarketColumns


def prepare(rule: StrategyRule, tape: MarketColumns, engine: Engine, say: Callable[[str], None]) -> None:
    """Compile the strategy where the engine does; `say` hears that it takes a moment, and what cannot be compiled.

    Raises BadInput where it wants something else compiled than in plain Python, over the first bars of the market.
    """
    if engine is not fastest() or engine.name != "numba":
        return
    from trader.backtest.compiled import is_own_kept
    from trader.backtest.compiled_strategy import compiled, is_kept

    name = printable(rule.strategy.name)
    if not (is_kept(rule.strategy) and is_own_kept()):
        say(f"compiling {name}, once: some seconds")
    made = compiled(rule.strategy)
    if made.obstacle:
        say(f"{name}: runs in plain Python, some hundred times slower: {made.obstacle}")
    else:
        refuse_difference(rule, tape, made.run, engine.fold_candles)


def tell_first_compile(engine: Engine, say: Callable[[str], None]) -> None:
    """`say` hears that it takes a moment where no strategy is compiled, but what goes over the minutes is."""
    if engine.name != "numba":
        return
    from trader.backtest.compiled import is_own_kept

    if not is_own_kept():
        say("compiling what goes over the minutes, once: some seconds")
