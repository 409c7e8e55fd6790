#!/usr/bin/env bash
# Expected: MACD(12, 26) is EMA(12) - EMA(26); in one and the same library, on one and the same array, to the last bit or so.
# Happens: inside MACD the fast average is seeded 14 bars later than EMA(12) is, so that both begin at one bar. The line is
#   off by a tenth of itself at its first bar here, by 1e-6 after 65 more; in between it crosses zero on other bars.
# Matters: whoever keeps the two averages incrementally, as a live agent does, and checks itself against TA-Lib's MACD finds
#   a difference that no choice of seed removes: 12 and 26 bars of plain mean is right for EMA and wrong for MACD. A live
#   agent that starts on 100 fetched candles signals on other bars than the backtest that started long ago.
# Version: TA-Lib 0.8.2.
set -euo pipefail
work=$(mktemp -d); trap 'rm -rf "$work"' EXIT
"${PYTHON:=python3}" -m pip install -qq --no-compile --no-warn-conflicts --target "$work" TA-Lib==0.8.2 numpy==2.4.6
PYTHONPATH=$work "$PYTHON" - <<'PY'
from importlib.metadata import version

import numpy as np
import talib

FAST, SLOW = 12, 26
crossings_differ = 0
for seed in range(1000):
    close = 100 * np.cumprod(1 + np.random.default_rng(seed).normal(0, 0.01, 100))
    line = talib.MACD(close, FAST, SLOW, 9)[0]
    difference = talib.EMA(close, FAST) - talib.EMA(close, SLOW)
    first = int(np.flatnonzero(~np.isnan(line))[0])
    crossings_differ += bool(np.any(np.sign(line[first:]) != np.sign(difference[first:])))
    if seed == 1:
        print(f"TA-Lib {version('TA-Lib')}, bar: MACD, EMA({FAST}) - EMA({SLOW})")
        for bar in (first, first + 10, first + 30, 99):
            print(f"  {bar:3}: {line[bar]:+.6f} {difference[bar]:+.6f}")

later = np.concatenate([close[: SLOW - FAST] * np.nan, talib.EMA(close[SLOW - FAST :], FAST)]) - talib.EMA(close, SLOW)
print(f"largest gap with the fast average begun {SLOW - FAST} bars later: {np.nanmax(abs(line - later)):.1e}")
assert np.nanmax(abs(line - later)) < 1e-12, "the late seed no longer explains MACD"
assert crossings_differ > 50, f"only {crossings_differ} markets differ"
print(f"FOUND: in {crossings_differ} of 1000 markets of 100 bars the sign of MACD and of the difference disagree on some bar")
PY
