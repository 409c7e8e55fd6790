"""The whole command, as a person runs it: Python's start, files in, figures and CSV files out, no report."""

from __future__ import annotations

import tempfile
from pathlib import Path
from statistics import median

from tests.bench.outcome import Figures, Limit, Outcome, shown
from tests.bench.processes import TRADER, Took, run

WALL_S = 1.5
PEAK_MB = 300.0
FIRST_S = 10.0


def measure(folder: Path, candles: dict[str, Path], quick: bool) -> list[Outcome]:
    """`candles` by the kind of file; parquet is the one with a promise."""
    first = first_ever(folder, candles["parquet"])
    return [first, *(repeated(folder, kind, file, 3 if quick else 7) for kind, file in candles.items())]


def first_ever(folder: Path, candles: Path) -> Outcome:
    """Nothing compiled yet."""
    with tempfile.TemporaryDirectory(dir=folder) as cache:
        took = command(folder, candles, XDG_CACHE_HOME=cache)
    rows = [("first command ever, a year from parquet", f"{shown(took.wall_s)}, processors {shown(took.cpu_s)}")]
    figures: Figures = {"wall_s": took.wall_s, "cpu_s": took.cpu_s, "peak_mb": took.peak_mb}
    return Outcome("first", figures, rows, [Limit("first command ever", took.wall_s, FIRST_S, "s")])


def repeated(folder: Path, kind: str, candles: Path, rounds: int) -> Outcome:
    """Compiled before."""
    command(folder, candles)
    took = [command(folder, candles) for _ in range(rounds)]
    wall_s = [each.wall_s for each in took]
    figures: Figures = {
        "rounds": rounds,
        "wall_min_s": min(wall_s),
        "wall_median_s": median(wall_s),
        "cpu_min_s": min(each.cpu_s for each in took),
        "cpu_median_s": median(each.cpu_s for each in took),
        "peak_mb": max(each.peak_mb for each in took),
    }
    cpu_s = min(each.cpu_s for each in took)
    times = f"{shown(min(wall_s))} (median {shown(median(wall_s))}, processors {shown(cpu_s)})"
    rows = [(f"command, a year from {kind}", f"{times}, {figures['peak_mb']:.0f} MB")]
    limits = [
        Limit(f"command, a year from {kind}", min(wall_s), WALL_S, "s"),
        Limit(f"command, a year from {kind}: memory", max(each.peak_mb for each in took), PEAK_MB, "MB"),
    ]
    return Outcome(f"command-{kind}", figures, rows, limits if kind == "parquet" else [])


def command(folder: Path, candles: Path, **environment: str) -> Took:
    """`trader paper backtest --no-report` over one file, with no settings but the defaults."""
    out = folder / "results"
    backtest = [TRADER, "paper", "backtest", "--candles", str(candles), "--no-report", "--out", str(out)]
    return run(folder, backtest, cwd=folder, TRADER_HOME=str(folder / "home"), **environment)
