"""Run the benchmarks: a table on stdout, a JSON file for each in the folder of results.

python -m tests.bench [--quick] [--strict] [--only NAME[,NAME]] [--out var/bench]
"""

from __future__ import annotations

import argparse
import json
import os
import platform
import sys
import tempfile
import time
from collections.abc import Callable
from math import isnan
from pathlib import Path

from tests.bench import command, exchange, longer_bars, rivals, sentiment, sweep, warm, windows
from tests.bench.markets import YEAR_BARS, generated, save, write_candle_file
from tests.bench.outcome import Limit, Outcome
from tests.bench.processes import ROOT

PARTS = ("warm", "windows", "bars", "sweep", "command", "rivals", "sentiment", "exchange")


def main() -> int:
    """The exit code: 1 with --strict where a limit was missed, otherwise 0."""
    options = arguments()
    options.out.mkdir(parents=True, exist_ok=True)
    outcomes: list[Outcome] = []
    note(machine_in_words())
    with tempfile.TemporaryDirectory() as name:
        for part in run_parts(Path(name), options.only, options.quick):
            started = os.getloadavg()[0]
            for outcome in part():
                keep(options.out, outcome, options.quick, started)
                outcomes.append(outcome)
                for what, much in outcome.rows:
                    print(f"{what:<58} {much}", flush=True)  # noqa: T201
    limits = [limit for outcome in outcomes for limit in outcome.limits]
    show_limits(limits)
    return exit_code(limits, options.strict)


def exit_code(limits: list[Limit], strict: bool) -> int:
    """A missed limit is a failure only where that was asked for: a busy machine misses some."""
    return 1 if strict and not all(limit.met for limit in limits) else 0


def arguments() -> argparse.Namespace:
    """What was asked for."""
    parser = argparse.ArgumentParser(prog="python -m tests.bench", description=__doc__)
    parser.add_argument("--quick", action="store_true", help="fewer rounds, neither 5 million bars nor rivals")
    parser.add_argument("--strict", action="store_true", help="exit 1 where a limit is missed")
    parser.add_argument("--only", type=parts_named, default=PARTS, help=f"some of {','.join(PARTS)}")
    parser.add_argument("--out", type=Path, default=ROOT / "var" / "bench", help="folder for the JSON files")
    return parser.parse_args()


def parts_named(text: str) -> tuple[str, ...]:
    """The parts in a list with commas."""
    found = tuple(text.split(","))
    if not set(found) <= set(PARTS):
        raise argparse.ArgumentTypeError(f"got {text}, allowed are {','.join(PARTS)}")
    return found


def run_parts(folder: Path, only: tuple[str, ...], quick: bool) -> list[Callable[[], list[Outcome]]]:
    """The parts asked for; backtests over one generated year."""
    market = folder / "year.npz"
    files = {kind: folder / f"BTCUSDT_1m.{kind}" for kind in ("parquet", "csv")}
    if not set(only) <= {"sentiment", "windows", "bars", "exchange"}:
        year = generated(YEAR_BARS)
        save(market, year)
        for file in files.values():
            write_candle_file(file, year)
    swept: list[float] = []

    def sweeps() -> list[Outcome]:
        found = sweep.measure(folder, market, quick)
        swept.append(float(str(found[0].figures["wall_min_s"])))
        return found

    every: dict[str, Callable[[], list[Outcome]]] = {
        "warm": lambda: warm.measure(folder, quick),
        "windows": lambda: windows.measure(quick),
        "bars": lambda: longer_bars.measure(quick),
        "sweep": sweeps,
        "command": lambda: command.measure(folder, files, quick),
        "rivals": lambda: rivals.measure(folder, market, swept[0] if swept else None),
        "sentiment": lambda: sentiment.measure(folder, quick),
        "exchange": lambda: exchange.measure(quick),
    }
    return [every[part] for part in PARTS if part in only and not (quick and part == "rivals")]


def keep(out: Path, outcome: Outcome, quick: bool, load: float) -> None:
    """The figures as a file, with the machine and how busy it was."""
    content = {
        "name": outcome.name,
        "measured_ms": int(time.time() * 1e3),
        "machine": machine(),
        "load_average_before": load,
        "quick": quick,
        **outcome.figures,
        "limits": [limit.as_figures() for limit in outcome.limits],
    }
    (out / f"{outcome.name}.json").write_text(json.dumps(content, indent=1) + "\n", "utf-8")


def machine() -> dict[str, str | int | None]:
    """What it ran on."""
    return {"python": platform.python_version(), "processor": processor(), "processors": os.cpu_count()}


def machine_in_words() -> str:
    """The same in a line."""
    busy = f"load {os.getloadavg()[0]:.1f}"
    return f"{processor()}, {os.cpu_count()} processors, Python {platform.python_version()}, {busy}"


def processor() -> str:
    """The processor's name, where the system tells."""
    listing = Path("/proc/cpuinfo")
    lines = listing.read_text("utf-8").splitlines() if listing.exists() else []
    names = [line.partition(":")[2].strip() for line in lines if line.startswith("model name")]
    return names[0] if names else platform.processor() or platform.machine()


def show_limits(limits: list[Limit]) -> None:
    """What was promised and what came of it."""
    print()  # noqa: T201
    for limit in limits:
        measured = "-" if isnan(limit.measured) else f"{limit.measured:.3g} {limit.unit}"
        figures = f"{measured} of {limit.allowed:g} {limit.unit}"
        print(f"{limit.promise:<44} {figures:<24} {limit.verdict()}")  # noqa: T201


def note(text: str) -> None:
    """To a person, not into the table."""
    print(text, file=sys.stderr)  # noqa: T201


if __name__ == "__main__":
    sys.exit(main())
