"""The rule in vectorbt, run by the Python of .venv-bench: once | warm | sweep. Prints what it took as JSON.

RSI is Wilder's by pandas, since vectorbt's own is another; orders are placed at the open after the signal.

    python -m tests.bench.rival_vectorbt MARKET.npz CASH once|warm|sweep
"""

from __future__ import annotations

import json
import sys
import time
from importlib import import_module
from itertools import product
from typing import Any

import numpy as np

from tests.bench.rival_rsi import wilder

ROUNDS = 7
AT_ONCE = 5
"""Columns of a sweep that are run together: all hundred would take some 40 GB."""


def simulated(frame: Any, cash: float, entries: Any, exits: Any, stop: Any) -> Any:
    """A portfolio of as many columns as there are signals."""
    return import_module("vectorbt").Portfolio.from_signals(
        frame["close"],
        entries,
        exits,
        price=frame["open"],
        open=frame["open"],
        high=frame["high"],
        low=frame["low"],
        sl_stop=stop,
        tp_stop=0.04,
        stop_entry_price="fillprice",
        fees=0.001,
        init_cash=cash,
        freq="1min",
    )


def once(frame: Any, cash: float) -> tuple[int, float]:
    """RSI, signals, equity and trades of one set: number of trades and what is left."""
    rsi = wilder(frame["close"], 14)
    entries, exits = (rsi < 30.0).shift(1, fill_value=False), (rsi > 70.0).shift(1, fill_value=False)
    portfolio = simulated(frame, cash, entries, exits, 0.02)
    return len(portfolio.trades.records), float(portfolio.value().iloc[-1])


def sweep(frame: Any, cash: float) -> float:
    """Entry and exit thresholds and stops, as `tests.bench.rules.threshold_sets`; the best total return."""
    rsi = wilder(frame["close"], 14).to_numpy()
    sets = list(product((20.0, 25.0, 30.0, 35.0), (60.0, 65.0, 70.0, 75.0, 80.0), (0.01, 0.015, 0.02, 0.03, 0.05)))
    best = -1.0
    for at in range(0, len(sets), AT_ONCE):
        buys, sells, stops = (np.array(column) for column in zip(*sets[at : at + AT_ONCE], strict=True))
        entries, exits = rsi[:, None] < buys, rsi[:, None] > sells
        entries, exits = (np.roll(signals, 1, axis=0) for signals in (entries, exits))
        entries[0], exits[0] = False, False
        portfolio = simulated(frame, cash, entries, exits, stops)
        best = max(best, float(portfolio.total_return().max()))
        portfolio.max_drawdown(), portfolio.sharpe_ratio(), portfolio.trades.win_rate()
    return best


def main(market: str, cash: float, what: str) -> None:
    """Print the figures."""
    pandas, vectorbt = import_module("pandas"), import_module("vectorbt")
    with np.load(market) as arrays:
        index = pandas.to_datetime(arrays["open_ms"], unit="ms")
        frame = pandas.DataFrame({name: arrays[name] for name in ("open", "high", "low", "close", "volume")}, index)
    if what == "sweep":
        once(frame, cash)
        started = time.perf_counter()
        best = sweep(frame, cash)
        print(json.dumps({"wall_s": time.perf_counter() - started, "best_total_return": best}))  # noqa: T201
        return
    trades, left = once(frame, cash)
    found: dict[str, Any] = {"version": vectorbt.__version__, "trades": trades, "final_equity": left}
    if what == "warm":
        wall_s = []
        for _ in range(ROUNDS):
            started = time.perf_counter()
            once(frame, cash)
            wall_s.append(time.perf_counter() - started)
        found.update(wall_min_s=min(wall_s), wall_median_s=sorted(wall_s)[ROUNDS // 2], rounds=ROUNDS)
    print(json.dumps(found))  # noqa: T201


if __name__ == "__main__":
    main(sys.argv[1], float(sys.argv[2]), sys.argv[3])
