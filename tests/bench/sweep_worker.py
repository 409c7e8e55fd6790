"""A process that runs a hundred parameter sets over the market that it is given, and prints what it took as JSON.

python -m tests.bench.sweep_worker MARKET.npz thresholds|periods ROUNDS
"""

from __future__ import annotations

import json
import os
import sys
from pathlib import Path

from tests.bench.markets import loaded
from tests.bench.rules import CASH, STRATEGY, average_sets, period_sets, threshold_sets
from tests.bench.timing import in_turn
from trader.backtest.engine import EngineRun, fastest, run_many
from trader.backtest.market import tape_of, with_inputs
from trader.backtest.metrics import curve_figures, trade_figures

SETS = {"thresholds": threshold_sets, "periods": period_sets, "averages": average_sets}


def main(market: Path, kind: str, rounds: int) -> None:
    """Each set comes to all figures of its curve and of its trades."""
    tape, sets, engine = with_inputs(tape_of([loaded(market)]), STRATEGY, {}), SETS[kind](), fastest()

    def figures(run: EngineRun) -> dict[str, float | int | None]:
        deepest, days = engine.curve_of(CASH, tape.times, run.equity)
        trades = engine.trades_of(1, run.walked.words, run.walked.amounts)[1]
        return {**curve_figures(CASH, tape.times, deepest, days, tape.step_ms), **trade_figures(trades)}

    (taken,) = in_turn(rounds, lambda: run_many(tape, sets, CASH, figures, engine=engine))
    best = max(run_many(tape, sets, CASH, figures, engine=engine), key=lambda each: each["final_equity"] or 0.0)
    print(json.dumps({"sets": len(sets), "processors": os.cpu_count(), "best": best, **taken.figures()}))  # noqa: T201


if __name__ == "__main__":
    main(Path(sys.argv[1]), sys.argv[2], int(sys.argv[3]))
