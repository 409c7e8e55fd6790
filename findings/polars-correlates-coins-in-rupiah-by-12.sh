#!/usr/bin/env bash
# Expected: a correlation lies between -1 and 1, and over the last window of a column it is what pl.corr says of that window.
# Happens: pl.rolling_corr of two coins at 1.6 billion rupiah that move by ten rupiah a bar is -12 in one window; in a third
#   of all windows it lies outside -1 to 1. pl.corr of the same windows is right to the last digits.
# Matters: nothing is null, nan or infinite, so no check fires; a pairs rule `corr > 0.9` enters on noise. In dollars the
#   same two moves are right to one digit, which a test with a tolerance passes.
# Version: polars 2.1.0.
set -euo pipefail
work=$(mktemp -d); trap 'rm -rf "$work"' EXIT
"${PYTHON:=python3}" -m pip install -qq --no-compile --no-warn-conflicts --target "$work" polars==2.1.0 numpy==2.4.6
PYTHONPATH=$work "$PYTHON" - <<'PY'
import numpy as np
import polars as pl

BARS, WINDOW = 2000, 20


def compared(price, tick):
    moves = np.random.default_rng(7).integers(-1, 2, (2, BARS))
    frame = pl.DataFrame(dict(zip(("one", "other"), price + tick * np.cumsum(moves, axis=1))))
    rolling = frame.select(pl.rolling_corr("one", "other", window_size=WINDOW)).to_series().to_numpy()[WINDOW - 1 :]
    numbered = frame.with_row_index().with_columns(pl.col("index").cast(pl.Int64))
    windows = numbered.rolling("index", period=f"{WINDOW}i").agg(pl.corr("one", "other").alias("right"))
    right = windows["right"].to_numpy()[WINDOW - 1 :]
    exact = np.array([np.corrcoef(moves[:, :end].cumsum(axis=1)[:, -WINDOW:])[0, 1] for end in range(WINDOW, BARS + 1)])
    assert np.allclose(right, exact, atol=1e-9), "pl.corr of a window is no longer right"
    return rolling, exact


print(f"polars {pl.__version__}, correlation over {WINDOW} bars: least, greatest, furthest from right")
for name, price, tick in (("dollars", 100_000.0, 0.01), ("yen", 15e6, 1.0), ("rupiah", 1.6e9, 10.0)):
    rolling, exact = compared(price, tick)
    print(f"  {name:8} steps of {tick:5}: {rolling.min():9.4f} {rolling.max():9.4f} {abs(rolling - exact).max():9.4f}")

outside = int((abs(rolling) > 1.0001).sum())
assert np.isfinite(rolling).all() and rolling.min() < -5, rolling.min()
assert outside > 100, outside
print(f"FOUND: {outside} of {len(rolling)} correlations lie outside -1 to 1, one is {rolling.min():.1f}")
PY
