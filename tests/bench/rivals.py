"""Other backtesters over the same year by the same rule, where `make bench-rivals` has installed them.

Each runs in a process of that venv (`rival_vectorbt`, `rival_backtesting`). The rule is what all of them can do:
enter when RSI < 30, exit when RSI > 70, stop 2 %, take-profit 4 %, fee 0.1 %, all of the cash. Their semantics differ
from ours and from each other's, and so do their trades; docs/benchmarks.md says how.
"""

from __future__ import annotations

import json
import tempfile
from pathlib import Path

from tests.bench.markets import loaded
from tests.bench.outcome import Figures, Outcome, shown, skipped
from tests.bench.processes import ROOT, run
from tests.bench.rules import CASH, PEERS, STRATEGY
from tests.bench.timing import Times, in_turn
from tests.bench.warm import backtest
from trader.backtest.engine import fastest
from trader.backtest.market import tape_of, with_inputs

PYTHON = ROOT / ".venv-bench" / "bin" / "python"
RIVALS = {"vectorbt": "tests.bench.rival_vectorbt", "backtesting.py": "tests.bench.rival_backtesting"}


def measure(folder: Path, market: Path, our_sweep_s: float | None) -> list[Outcome]:
    """All of them, as ratios to ours in the same run."""
    if not PYTHON.exists():
        return [skipped("rivals", "no .venv-bench; `make bench-rivals` sets it up")]
    ours = our_times(market)
    return [compared(folder, name, module, market, ours, our_sweep_s) for name, module in RIVALS.items()]


def our_times(market: Path) -> Times:
    """The same rule in our engine."""
    tape, engine = with_inputs(tape_of([loaded(market)]), STRATEGY, {}), fastest()
    (taken,) = in_turn(15, lambda: backtest(tape, PEERS, engine))
    return taken


def compared(folder: Path, name: str, module: str, market: Path, ours: Times, our_sweep_s: float | None) -> Outcome:
    """One rival: with nothing compiled, in a fresh process, warm, and a sweep where it says how long that took."""
    command = [str(PYTHON), "-m", module, str(market), str(CASH)]
    with tempfile.TemporaryDirectory(dir=folder) as cache:
        first = run(folder, [*command, "once"], NUMBA_CACHE_DIR=cache)
        once = run(folder, [*command, "once"], NUMBA_CACHE_DIR=cache)
        warm = run(folder, [*command, "warm"], NUMBA_CACHE_DIR=cache)
        swept = run(folder, [*command, "sweep"], NUMBA_CACHE_DIR=cache) if name == "vectorbt" else None
    found: Figures = json.loads(warm.output)
    warm_s = float(str(found["wall_min_s"]))
    figures: Figures = {
        **found,
        "first_process_s": first.wall_s,
        "process_s": once.wall_s,
        "process_cpu_s": once.cpu_s,
        "process_peak_mb": once.peak_mb,
        "ours": ours.figures(),
        "ratio_of_minima": warm_s / min(ours.wall_s),
    }
    rows = [
        (f"{name} {found['version']}, a year, warm", f"{figures['ratio_of_minima']:,.0f} x ours ({shown(warm_s)})"),
        (f"{name}, process", f"{shown(once.wall_s)}, first ever {shown(first.wall_s)}, {once.peak_mb:.0f} MB"),
    ]
    if swept is not None:
        sweep_s = float(json.loads(swept.output)["wall_s"])
        against = f"{sweep_s / our_sweep_s:,.0f} x ours " if our_sweep_s else ""
        figures.update(sweep_s=sweep_s, sweep_peak_mb=swept.peak_mb, sweep_ratio=our_sweep_s and sweep_s / our_sweep_s)
        rows.append((f"{name}, 100 sets", f"{against}({shown(sweep_s)}), {swept.peak_mb:.0f} MB"))
    return Outcome(f"rival-{name.removesuffix('.py')}", figures, rows)
