"""A strategy in both engines: whether it compiles, whether both want the same, and how fast each is."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator

from chalicelib.errors import BadInput
from chalicelib.foreign_text import printable
from chalicelib.moments import second_text
from chalicelib.strategy.rule import Strategy
from trader.backtest.engine import PLAIN, Engine, fastest, rule_signals_of
from trader.checks.columns import Columns, first_difference
from trader.checks.leak_words import shown
from trader.checks.market import CheckedMarket
from trader.checks.strategy_file import CheckFinding
from trader.checks.strategy_market import Ground
from trader.checks.subjects import wished_by

NO_NUMBA = "numba is not installed: everything runs in plain Python"
MOST_PLAIN_BARS = 20_000
REPEATED = 5


def compile_finding(strategy: Strategy, say: Callable[[str], None]) -> CheckFinding:
    """Whether numba compiles it, and the line that stops it; `say` hears that it takes a moment."""
    if fastest() is PLAIN:
        return CheckFinding("compiles", None, NO_NUMBA)
    from trader.backtest.compiled_strategy import compiled, is_kept

    name = printable(strategy.name)
    if kept := is_kept(strategy):
        words = "as machine code, kept from an earlier run"
    else:
        say(f"compiling {name}, once: some seconds")
    started = time.perf_counter()
    obstacle = compiled(strategy).obstacle
    seconds = time.perf_counter() - started
    if obstacle:
        return CheckFinding("compiles", False, f"{name}: {obstacle}")
    return CheckFinding(
        "compiles", True, words if kept else f"to machine code, in {seconds:.1f} s", {"seconds": seconds}
    )


def engine_finding(market: CheckedMarket, ground: Ground, is_compiled: bool) -> CheckFinding:
    """Whether both engines want the same at every close; where nothing is compiled, whether it runs at all."""
    try:
        plain = wished_by(PLAIN, market)
        fast = wished_by(fastest(), market) if is_compiled else plain
    except BadInput as error:
        return CheckFinding("same signals", False, str(error))
    for name, column in plain.items():
        row = first_difference(column.values, fast[name].values)
        if row is not None:
            moment = second_text(int(market.tape.times[row]))
            where = f"{name.rpartition(' ')[0]} of {ground.symbols[column.symbol]} at {moment}"
            both = [shown(values[row].item()) for values in (column.values, fast[name].values)]
            return CheckFinding("same signals", False, f"{where} is {both[0]} in plain Python, {both[1]} compiled")
    return _agreement(plain, ground, is_compiled)


def _agreement(columns: Columns, ground: Ground, is_compiled: bool) -> CheckFinding:
    """How often anything is wanted."""
    entries, exits = (
        sum(int((columns[f"wanted if {held} {number}"].values > 0).sum()) for number in range(len(ground.symbols)))
        for held in ("flat", "held")
    )
    only = "" if is_compiled else "; in plain Python alone"
    words = f"over {ground.words} an entry is wanted at {entries:,} closes if flat, an exit at {exits:,} if held{only}"
    return CheckFinding("same signals", is_compiled or None, words, {"entries": entries, "exits": exits})


def speed_finding(market: CheckedMarket, is_compiled: bool) -> CheckFinding:
    """Microseconds a bar, a minute where bars are longer; signals for being flat and for holding both."""
    a_bar = "a minute" if market.tried.rule.has_longer_bars else "a bar"
    engines: dict[str, Engine] = {"plain Python": PLAIN, **({"compiled": fastest()} if is_compiled else {})}
    figures = {name: 1e6 * min(_seconds(market, engine)) for name, engine in engines.items()}
    words = ", ".join(
        f"{micros:.2g} µs {a_bar} {'in ' * (name == 'plain Python')}{name}" for name, micros in figures.items()
    )
    return CheckFinding(
        "speed", None, words, {f"{name.replace(' ', '_').lower()}_us": each for name, each in figures.items()}
    )


def _seconds(market: CheckedMarket, engine: Engine) -> Iterator[float]:
    """A bar, several times."""
    part = market.first(min(len(market), MOST_PLAIN_BARS)) if engine is PLAIN else market
    for _ in range(1 if engine is PLAIN else REPEATED):
        started = time.perf_counter()
        rule_signals_of(part.tape, [part.tried.rule], engine)
        yield (time.perf_counter() - started) / (len(part) * len(part.tape.open))
