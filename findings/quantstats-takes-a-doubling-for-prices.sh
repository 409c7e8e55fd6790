#!/usr/bin/env bash
# Expected: whether a series holds returns or prices is what the caller says, or follows from the series' kind: a coin at
#   0.10 dollars is a price as one at 1,000 is, and returns stay returns when one day of them is above 100 %.
# Happens: quantstats calls a series prices if nothing in it is below 0 and something above 1. Returns without a losing day,
#   one of which is +150 %, are prices then: their drawdown is -100 %, where there is none. Prices of a coin below a dollar
#   are returns: the fall from 0.10 to 0.07 is no drawdown at all.
# Matters: both happen in crypto and say nothing on the way: a strategy that never lost is shown as wiped out, a coin that
#   fell by 30 % as without risk. The same prices in cents are right.
# Version: quantstats 0.0.86.
set -euo pipefail
work=$(mktemp -d); trap 'rm -rf "$work"' EXIT
"${PYTHON:=python3}" -m pip install -qq --no-compile --no-warn-conflicts --target "$work" \
  quantstats==0.0.86 pandas==3.1.1 numpy==2.4.6
MPLCONFIGDIR=$work PYTHONPATH=$work "$PYTHON" -W ignore - <<'PY'
import numpy as np
import pandas as pd
import quantstats

days = pd.date_range("2025-01-01", periods=6)


def drawdown(values):
    return float(quantstats.stats.max_drawdown(pd.Series(values, days)))


usual = [0.0, 0.02, 0.99, 0.0, 0.10, 0.0]
doubled = [0.0, 0.02, 1.50, 0.0, 0.10, 0.0]
prices = np.array([1000.0, 700.0, 800.0, 900.0, 1000.0, 1100.0])
for name, values in (("returns", usual), ("returns", doubled), ("prices", prices), ("prices", prices / 10_000)):
    shown = " ".join(f"{value:g}" for value in values)
    print(f"quantstats {quantstats.__version__}, {name:7} {shown:34} max_drawdown {drawdown(values):6.2f}")

assert drawdown(usual) == 0.0, "returns without a losing day have a drawdown as well"
assert abs(drawdown(prices) + 0.3) < 1e-9, "prices in dollars are wrong as well"
assert drawdown(doubled) == -1.0, drawdown(doubled)
assert drawdown(prices / 10_000) == 0.0, drawdown(prices / 10_000)
print("FOUND: never a losing day, and a drawdown of 100 %; a fall by 30 % below one dollar, and none")
PY
