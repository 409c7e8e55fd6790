"""One backtest in a process that has run one before, beside the loop in C: a month, a year and 5 million minutes.

Ours is timed from a market in memory to everything that a backtest gives: what the rule wants (`run_one` finds it anew
every time), the walk, the equity of every minute and the log of trades, all in fresh arrays. The loop in C is timed
from the same arrays to the same equity and log, in arrays that it has written to before: the loop and nothing else.
"""

from __future__ import annotations

from pathlib import Path

from tests.bench.c_loop import CLoop, Played, compiler
from tests.bench.markets import LONG_BARS, YEAR_BARS, generated, month
from tests.bench.outcome import Figures, Limit, Outcome, shown, skipped
from tests.bench.rules import CASH, DEFAULTS, EMA_CROSS, EVERYTHING, STRATEGY
from tests.bench.timing import Times, in_turn, ratios
from trader.backtest.engine import Engine, EngineRun, ParameterSet, fastest, run_one
from trader.backtest.market import MarketColumns, tape_of, with_inputs
from trader.data.arrays import Floats, Integers
from trader.data.candles import CandleColumns

TIMES_OF_C = {"defaults": 1.7, "everything": 3.0, "ema_cross": 2.5}
LINEAR = 11.0
RULES = {"defaults": DEFAULTS, "everything": EVERYTHING, "ema_cross": EMA_CROSS}


def backtest(tape: MarketColumns, tried: ParameterSet, engine: Engine) -> tuple[EngineRun, Integers, Floats]:
    """What is timed of ours: equity and trades of one parameter set over one symbol."""
    run = run_one(tape, tried, CASH, engine=engine)
    return run, *engine.trades_of(1, run.walked.words, run.walked.amounts)


def same(ours: tuple[EngineRun, Integers, Floats], theirs: Played) -> bool:
    """Whether trades, equity and what is left at the end are equal to the last bit."""
    run, words, amounts = ours
    position = run.walked.slots[0].position
    left = (run.walked.account.cash, position.quantity, run.walked.account.halt)
    return (
        words[:, : theirs.words.shape[1]].tobytes() == theirs.words.tobytes()  # it counts no positions
        and amounts.tobytes() == theirs.amounts.tobytes()
        and run.equity.tobytes() == theirs.equity.tobytes()
        and left == (theirs.cash, theirs.quantity, theirs.halt)
    )


def measure(folder: Path, quick: bool) -> list[Outcome]:
    """Every market by every rule; the shape of the time over the number of bars."""
    if compiler() is None:
        return [skipped("warm", "no C compiler on the PATH")]
    found = []
    times: dict[str, Times] = {}
    for name, candles, rounds in markets(quick):
        if candles is None:
            found.append(skipped(f"warm-{name}", "the month of real minutes is not on this machine"))
            continue
        outcome, times[name] = compared(folder, name, candles, 5 if quick else rounds)
        found.append(outcome)
    if "5-million" in times:
        found.append(linear(times["year"], times["5-million"]))
    return found


def markets(quick: bool) -> list[tuple[str, CandleColumns | None, int]]:
    """Name, candles and rounds."""
    year = ("year", generated(YEAR_BARS), 40)
    if quick:
        return [("month", month(), 200), year]
    return [("month", month(), 200), year, ("5-million", generated(LONG_BARS), 9)]


def compared(folder: Path, name: str, candles: CandleColumns, rounds: int) -> tuple[Outcome, Times]:
    """Ours and C in turn over one market; our times by the first of the rules."""
    tape, engine, bars = with_inputs(tape_of([candles]), STRATEGY, {}), fastest(), len(candles.open_ms)
    figures: Figures = {"bars": bars, "engine": engine.name}
    rows, limits, kept = [], [], []
    for rule, tried in RULES.items():
        loop = CLoop(folder, bars, tried.rule.strategy.name)
        call = loop.prepared(tape, tried, CASH)
        made = backtest(tape, tried, engine)
        if not same(made, call()):
            raise AssertionError(f"{name}, {rule}: the engine and the loop in C differ")
        ours, theirs = in_turn(rounds, lambda tried=tried: backtest(tape, tried, engine), call)  # type: ignore[misc]
        found = ratios(ours, theirs)
        figures[rule] = {"trades": len(made[1]), "ours": ours.figures(), "c": theirs.figures(), **found}
        ratio = found["ratio_of_minima"]
        taken = f"{shown(min(ours.wall_s))}, C {shown(min(theirs.wall_s))}"
        rows.append(
            (
                f"{name}: {bars:,} bars, {rule}, {len(made[1]):,} trades",
                f"{ratio:.2f} x C ({taken}; pair by pair {found['ratio_median_of_pairs']:.2f})",
            )
        )
        limits.append(Limit(f"{name}, {rule}: warm, against C", ratio, TIMES_OF_C[rule], "x"))
        kept.append(ours)
    return Outcome(f"warm-{name}", figures, rows, limits if name == "year" else []), kept[0]


def linear(year: Times, long: Times) -> Outcome:
    """How much longer 5 million bars take than a year."""
    ratio = min(long.wall_s) / min(year.wall_s)
    bars = LONG_BARS / YEAR_BARS
    row = (f"5 million bars against a year ({bars:.2f} x the bars)", f"{ratio:.2f} x the time")
    limit = Limit("5 million bars, warm, against a year", ratio, LINEAR, "x")
    return Outcome("linear", {"bars_ratio": bars, "time_ratio": ratio}, [row], [limit])
