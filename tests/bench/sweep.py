"""A hundred parameter sets over a year of minutes, each with its whole curve and all of its figures, on all processors.

Timed inside a process that has compiled before; its memory is that of the whole process, market and Python included.
Beside it, the loop in C over the same sets, a thread to a processor: it shares nothing between sets, gives no figures.
"""

from __future__ import annotations

import json
import os
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from queue import SimpleQueue
from typing import Any

from tests.bench.c_loop import CLoop, compiler
from tests.bench.markets import YEAR_BARS, generated
from tests.bench.outcome import Limit, Outcome, shown
from tests.bench.processes import run
from tests.bench.rules import CASH, average_sets, period_sets, threshold_sets
from tests.bench.timing import Times, in_turn
from trader.backtest.engine import ParameterSet
from trader.backtest.market import MarketColumns, tape_of

WALL_S = {"thresholds": 0.3, "periods": 0.3, "averages": 0.6}
PEAK_MB = 400.0
KINDS = {"thresholds": threshold_sets, "periods": period_sets, "averages": average_sets}


def measure(folder: Path, market: Path, quick: bool) -> list[Outcome]:
    """Thresholds and stops of one RSI period; ten RSI periods, which share less; averages that share nothing."""
    return [measured(folder, market, kind, 3 if quick else 9) for kind in KINDS]


def measured(folder: Path, market: Path, kind: str, rounds: int) -> Outcome:
    """One sweep."""
    took = run(folder, [sys.executable, "-m", "tests.bench.sweep_worker", str(market), kind, str(rounds)])
    figures: dict[str, Any] = {**json.loads(took.output), "peak_mb": took.peak_mb}
    wall_s = figures["wall_min_s"]
    text = f"{shown(wall_s)} (median {shown(figures['wall_median_s'])}, processors {shown(figures['cpu_min_s'])})"
    rows = [(f"100 sets, {kind}, over a year", f"{text}, {took.peak_mb:.0f} MB")]
    if compiler() is not None:
        theirs = hundred_in_c(folder, KINDS[kind](), min(rounds, 3))
        figures["c"] = theirs.figures()
        figures["ratio_of_minima"] = wall_s / min(theirs.wall_s)
        rows.append(("  the same in C, nothing shared", f"{figures['ratio_of_minima']:.2f} x C"))
    limits = [
        Limit(f"sweep of 100, {kind}", wall_s, WALL_S[kind], "s"),
        Limit(f"sweep of 100, {kind}: memory", took.peak_mb, PEAK_MB, "MB"),
    ]
    return Outcome(f"sweep-{kind}", figures, rows, limits)


def hundred_in_c(folder: Path, sets: list[ParameterSet], rounds: int) -> Times:
    """The loop in C over every set, a thread to a processor."""
    tape: MarketColumns = tape_of([generated(YEAR_BARS)])
    loops: SimpleQueue[CLoop] = SimpleQueue()
    workers = os.cpu_count() or 1
    for _ in range(workers):
        loops.put(CLoop(folder, YEAR_BARS, sets[0].rule.strategy.name))

    def play(tried: ParameterSet) -> None:
        loop = loops.get()
        loop.play(tape, tried, CASH)
        loops.put(loop)

    with ThreadPoolExecutor(workers) as pool:
        (taken,) = in_turn(rounds, lambda: list(pool.map(play, sets)))
    return taken
