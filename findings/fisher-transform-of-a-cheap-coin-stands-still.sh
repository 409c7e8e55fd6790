#!/usr/bin/env bash
# Expected: the Fisher transform says where a price stands within its range of the last bars; the currency does not matter.
# Happens: pandas-ta-classic takes every range below 0.001 for 0.001. The line of a coin at a cent never comes above
#   zero; that of a coin at 1e-5 dollars stands at -7.6, deeply oversold, whatever the coin does. tulipy's, of the same
#   candles, is the same to the last digits at any price.
# Matters: SHIB, PEPE and every pair quoted in BTC stand there. A rule that buys below -1.5 works on BTC in dollars, and
#   on the others is in the market for good; one that waits for a cross never trades.
# Versions: pandas-ta-classic 0.8.32 beside tulipy 0.4.0.
set -euo pipefail
work=$(mktemp -d); trap 'rm -rf "$work"' EXIT
"${PYTHON:=python3}" -m pip install -qq --no-compile --no-warn-conflicts --target "$work" \
  pandas-ta-classic==0.8.32 tulipy==0.4.0 pandas==3.1.1 numpy==2.4.6
PYTHONPATH=$work "$PYTHON" -W ignore - <<'PY'
from importlib.metadata import version

import numpy as np
import pandas as pd
import pandas_ta_classic
import tulipy

drawn = np.random.default_rng(1)
middle = 100 * np.cumprod(1 + drawn.normal(0, 0.01, 400))
high, low = middle * 1.003, middle * 0.997


def lines(price):
    scale = 2.0 ** round(np.log2(price / 100))  # a power of two changes no digit
    theirs = pandas_ta_classic.fisher(pd.Series(high * scale), pd.Series(low * scale), 9).iloc[:, 0].to_numpy()
    return theirs[50:], tulipy.fisher(high * scale, low * scale, 9)[0][50 - 8 :]


print(f"pandas-ta-classic {version('pandas-ta-classic')}, tulipy {version('tulipy')}: least and greatest of the line")
dear, dear_tulipy = lines(100)
for price in (100, 0.01, 1e-5, 1e-8):
    theirs, other = lines(price)
    print(f"  a coin at {price:6}: {theirs.min():8.4f} {theirs.max():8.4f}   {other.min():8.4f} {other.max():8.4f}")

assert np.array_equal(other, dear_tulipy), "tulipy's line hangs on the price too"
assert dear.min() < -2 and dear.max() > 2, "the line of a dear coin is no longer a Fisher transform"
assert theirs.max() - theirs.min() < 0.001, theirs.max() - theirs.min()
print(f"FOUND: the same candles at 1e-8 have a line that stands at {theirs[-1]:.1f}, at 100 one from below -2 to above 2")
PY
