"""The rule in backtesting.py, run by the Python of .venv-bench: once | warm. Prints what it took as JSON.

python -m tests.bench.rival_backtesting MARKET.npz CASH once|warm
"""

from __future__ import annotations

import json
import sys
import time
import warnings
from importlib import import_module
from typing import Any

import numpy as np

from tests.bench.rival_rsi import wilder

ROUNDS = 2


def strategy() -> Any:
    """The rule as its users would write it."""
    base: Any = import_module("backtesting").Strategy
    pandas = import_module("pandas")

    class Reversal(base):  # type: ignore[misc]
        """RSI with stops."""

        def init(self) -> None:
            self.rsi = self.I(lambda closes: wilder(pandas.Series(closes), 14).to_numpy(), self.data.Close)

        def next(self) -> None:
            price, rsi = self.data.Close[-1], self.rsi[-1]
            if self.position:
                if rsi > 70.0:
                    self.position.close()
            elif rsi < 30.0:
                self.buy(sl=price * 0.98, tp=price * 1.04)

    return Reversal


def main(market: str, cash: float, what: str) -> None:
    """Print the figures."""
    warnings.simplefilter("ignore")
    pandas, backtesting = import_module("pandas"), import_module("backtesting")
    with np.load(market) as arrays:
        index = pandas.to_datetime(arrays["open_ms"], unit="ms")
        names = {"Open": "open", "High": "high", "Low": "low", "Close": "close", "Volume": "volume"}
        frame = pandas.DataFrame({theirs: arrays[ours] for theirs, ours in names.items()}, index)
    frame[["Open", "High", "Low", "Close"]] /= 1e6  # it trades whole units only: millionths of a coin then
    backtest = backtesting.Backtest(frame, strategy(), cash=cash, commission=0.001)
    wall_s = []
    for _ in range(ROUNDS if what == "warm" else 1):
        started = time.perf_counter()
        found = backtest.run()
        wall_s.append(time.perf_counter() - started)
    figures = {
        "version": backtesting.__version__,
        "trades": int(found["# Trades"]),
        "final_equity": float(found["Equity Final [$]"]),
        "wall_min_s": min(wall_s),
        "wall_median_s": sum(wall_s) / len(wall_s),
        "rounds": len(wall_s),
    }
    print(json.dumps(figures))  # noqa: T201


if __name__ == "__main__":
    main(sys.argv[1], float(sys.argv[2]), sys.argv[3])
