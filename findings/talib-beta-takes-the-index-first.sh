#!/usr/bin/env bash
# Expected: `BETA(asset, index)` is the slope of the asset's returns on the index's: a coin that moves twice as far as
#   bitcoin has 2. Arguments in that order is what every finance library does (empyrical, quantstats, ffn), and swapping them
#   cannot go unseen, since nothing else is left to divide by.
# Happens: TA-Lib regresses its SECOND argument on the first: the coin has 0.5. Its own source describes the other order
#   (security first, index second), its signature names the two only `real0` and `real1`.
# Matters: a hedge sized by it is a quarter of what is needed: for 10,000 in the coin 5,000 of the index are sold, not 20,000.
#   Between two assets that move alike both orders give 1, so a smoke test passes, and 0.5 looks like a calm coin.
# Version: TA-Lib 0.8.2.
set -euo pipefail
work=$(mktemp -d); trap 'rm -rf "$work"' EXIT
"${PYTHON:=python3}" -m pip install -qq --no-compile --no-warn-conflicts --target "$work" TA-Lib==0.8.2 numpy==2.4.6
PYTHONPATH=$work "$PYTHON" - <<'PY'
from importlib.metadata import version

import numpy as np
import talib

index_returns = np.random.default_rng(2).normal(0, 0.01, 400)
index = 100 * np.cumprod(1 + index_returns)
coin = 5 * np.cumprod(1 + 2 * index_returns)


def slope(asset, market):
    asset, market = np.diff(asset) / asset[:-1], np.diff(market) / market[:-1]
    return np.cov(asset, market, ddof=0)[0, 1] / np.var(market)


seen, swapped = talib.BETA(coin, index, 399)[-1], talib.BETA(index, coin, 399)[-1]
print(f"TA-Lib {version('TA-Lib')}: least squares {slope(coin, index):.4f}, "
      f"BETA(coin, index) {seen:.4f}, BETA(index, coin) {swapped:.4f}")
print(f"hedge of 10,000 in the coin: {10_000 * slope(coin, index):,.0f} needed, {10_000 * seen:,.0f} by BETA(coin, index)")
assert abs(slope(coin, index) - 2) < 1e-9
assert abs(seen - 0.5) < 1e-6 and abs(swapped - 2) < 1e-6, (seen, swapped)
print("FOUND: BETA(coin, index) is the beta of the index on the coin")
PY
