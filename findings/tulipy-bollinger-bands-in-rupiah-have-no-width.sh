#!/usr/bin/env bash
# Expected: the standard deviation of twenty closes is right to many digits; doubles hold sixteen, and the closes have ten.
# Happens: tulipy adds up squares and takes the mean's square away. Of a coin at 1.6 billion rupiah that moves by some ten
#   rupiah a bar nothing is left: stddev is 0 on every bar, and both Bollinger bands are the middle. At 15 million yen
#   the third digit is wrong. TA-Lib's, of the same closes, is right to the last digits.
# Matters: closes are above or below both bands on every bar, so a reversion rule trades without end in a calm market; a
#   z-score divides by 0. In dollars the digits that are wrong are those that nobody looks at.
# Versions: tulipy 0.4.0 beside TA-Lib 0.8.2.
set -euo pipefail
work=$(mktemp -d); trap 'rm -rf "$work"' EXIT
"${PYTHON:=python3}" -m pip install -qq --no-compile --no-warn-conflicts --target "$work" \
  tulipy==0.4.0 TA-Lib==0.8.2 numpy==2.4.6
PYTHONPATH=$work "$PYTHON" - <<'PY'
from importlib.metadata import version

import numpy as np
import talib
import tulipy

PERIOD, BARS = 20, 1000
print(f"tulipy {version('tulipy')}, TA-Lib {version('TA-Lib')}: closes, stddev by each and exactly, of the last bar")
for name, price, tick in (("dollars", 60_000.0, 0.01), ("yen", 15e6, 1.0), ("rupiah", 1.6e9, 10.0)):
    moves = np.random.default_rng(1).integers(-3, 4, BARS).astype(float)
    closes = price + tick * moves
    right = tick * np.array([moves[end - PERIOD : end].std() for end in range(PERIOD, BARS + 1)])
    theirs, other = tulipy.stddev(closes, PERIOD), talib.STDDEV(closes, PERIOD)[PERIOD - 1 :]
    print(f"  {name:8} {theirs[-1]:12.8f} {other[-1]:12.8f} {right[-1]:12.8f}")
    assert np.allclose(other, right, rtol=1e-3), "TA-Lib is off as well"

lower, middle, upper = tulipy.bbands(closes, PERIOD, 2)
flat = int(((upper - lower) == 0).sum())
outside = int(((closes[PERIOD - 1 :] > upper) | (closes[PERIOD - 1 :] < lower)).sum())
assert right.min() > 10, right.min()
assert flat > 0.5 * len(right), f"only {flat} of {len(right)} bands have no width"
print(f"FOUND: {flat} of {len(right)} bands have no width, {outside} closes lie outside; no deviation is below {right.min():.0f}")
PY
