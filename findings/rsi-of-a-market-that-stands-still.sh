#!/usr/bin/env bash
# Expected: where a price has not moved for the whole window there is neither gain nor loss, so RSI is its middle, 50, or
#   not defined; whichever it is, libraries whose RSI agrees to the last digit elsewhere agree here.
# Happens: TA-Lib says 0 (deeply oversold), ta and talipp say 100 (deeply overbought), stockstats 50, pandas-ta-classic NaN.
#   On the same moving market all five agree to 0.001 after 300 bars.
# Matters: a coin whose trading is suspended, a pegged pair, or a gap filled with the last close is an endless buy signal for
#   a rule `rsi < 30` on one library and an endless sell signal for `rsi > 70` on another. A backtest on library A says
#   nothing about a live agent on library B, though every ordinary comparison of the two passes.
# Versions: TA-Lib 0.8.2, ta 0.11.0, talipp 2.7.0, stockstats 0.6.10, pandas-ta-classic 0.8.32 (all with Wilder's smoothing).
set -euo pipefail
work=$(mktemp -d); trap 'rm -rf "$work"' EXIT
"${PYTHON:=python3}" -m pip install -qq --no-compile --no-warn-conflicts --target "$work" \
  TA-Lib==0.8.2 ta==0.11.0 talipp==2.7.0 stockstats==0.6.10 pandas-ta-classic==0.8.32 pandas==3.1.1 numpy==2.4.6
PYTHONPATH=$work "$PYTHON" -W ignore - <<'PY'
import math
from importlib.metadata import version

import numpy as np
import pandas as pd
import pandas_ta_classic
import stockstats
import ta
import talib
from talipp.indicators import RSI

PERIOD = 14


def last_values(close):
    series = pd.Series(close)
    frame = pd.DataFrame({"open": close, "high": close, "low": close, "close": close, "volume": 1.0})
    return {
        "TA-Lib": talib.RSI(close, PERIOD)[-1],
        "ta": ta.momentum.RSIIndicator(series, PERIOD).rsi().iloc[-1],
        "talipp": RSI(PERIOD, list(close))[-1],
        "stockstats": stockstats.wrap(frame)[f"rsi_{PERIOD}"].iloc[-1],
        "pandas-ta-classic": pandas_ta_classic.rsi(series, PERIOD, talib=False).iloc[-1],
    }


moving = last_values(100 * np.cumprod(1 + np.random.default_rng(5).normal(0, 0.01, 300)))
still = last_values(np.full(300, 1.0))
for name in still:
    print(f"{name:18}{version(name):>8}   moving market {moving[name]:8.4f}   still market {still[name]:6.1f}")

assert max(moving.values()) - min(moving.values()) < 0.001, "the libraries differ on an ordinary market as well"
assert (still["TA-Lib"], still["ta"], still["talipp"], still["stockstats"]) == (0, 100, 100, 50), still
assert math.isnan(still["pandas-ta-classic"]), still
print("FOUND: RSI of a still market is 0, 100, 100, 50 or NaN, by library")
PY
