#!/usr/bin/env bash
# Expected: minutes resampled to five minutes are the exchange's own five-minute candles: opens of minute 0, 5, 10, highs and
#   lows of the five minutes from there.
# Happens: backtrader takes a bar's time for its END. Exchanges stamp candles with their opening, so the first bar holds one
#   minute, every other one minutes 1 to 5, 6 to 10, ...: no open, high, low or volume is the exchange's but by chance, and
#   each bar contains a whole minute that the exchange counts to the next. `bar2edge` and `rightedge` move the label, not the
#   grouping; `boundoff=1` repairs it.
# Matters: signals on a higher timeframe are tested on candles that no exchange ever shows; live, on the exchange's
#   candles, the same code trades otherwise.
# Version: backtrader 1.9.78.123 (pandas 3.1.1).
set -euo pipefail
work=$(mktemp -d); trap 'rm -rf "$work"' EXIT
"${PYTHON:=python3}" -m pip install -qq --no-compile --no-warn-conflicts --target "$work" \
  backtrader==1.9.78.123 pandas==3.1.1 numpy==2.4.6
PYTHONPATH=$work "$PYTHON" -W ignore - <<'PY'
from importlib.metadata import version

import backtrader
import numpy as np
import pandas as pd

MINUTES = pd.date_range("2025-01-01", periods=1440, freq="1min")  # opening times, as exchanges give them
close = 100 * np.cumprod(1 + np.random.default_rng(4).normal(0, 0.001, len(MINUTES)))
frame = pd.DataFrame({"open": np.roll(close, 1), "close": close, "volume": 1.0}, index=MINUTES)
frame.iloc[0, 0] = 100.0
frame["high"], frame["low"] = frame[["open", "close"]].max(axis=1), frame[["open", "close"]].min(axis=1)
HOW = {"open": "first", "high": "max", "low": "min", "close": "last", "volume": "sum"}
exchange = frame.resample("5min").agg(HOW)


def resampled(**options):
    bars = []

    class Recorder(backtrader.Strategy):
        def next(self):
            bars.append([self.data.datetime.datetime(0), *(getattr(self.data, name)[0] for name in HOW)])

    cerebro = backtrader.Cerebro(stdstats=False)
    minutes = backtrader.feeds.PandasData(dataname=frame, timeframe=backtrader.TimeFrame.Minutes)
    cerebro.resampledata(minutes, timeframe=backtrader.TimeFrame.Minutes, compression=5, **options)
    cerebro.addstrategy(Recorder)
    cerebro.run()
    return pd.DataFrame(bars, columns=["time", *HOW]).set_index("time")


def equal(bars):
    size = min(len(bars), len(exchange))
    return int((np.isclose(bars[list(HOW)][:size], exchange[:size])).all(axis=1).sum())


print(f"backtrader {version('backtrader')}, 1440 minutes: {len(exchange)} candles of five minutes at the exchange")
counts = {}
for options in ({}, {"rightedge": False}, {"bar2edge": False}, {"boundoff": 1}):
    bars = resampled(**options)
    counts[str(options)] = equal(bars)
    print(f"  {options!s:20} {len(bars)} bars, volumes {bars.volume[:3].astype(int).tolist()}, "
          f"equal to the exchange's candle: {counts[str(options)]}")
assert counts["{'boundoff': 1}"] == len(exchange), counts
assert counts["{}"] == counts["{'rightedge': False}"] == counts["{'bar2edge': False}"] == 0, counts
print("FOUND: 0 of 288 resampled bars are the exchange's candles; each holds the first minute of the next one")
PY
