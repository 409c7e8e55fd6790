#!/usr/bin/env bash
# Expected: the worst drawdown of an equity curve is the deepest fall from its highest point so far, and a statistic of
#   the curve that was handed over. ffn.calc_max_drawdown gives it.
# Happens: ffn's PerformanceStats (what `ffn.calc_stats`, `display` and the backtester bt report) keeps each day's last value
#   before it measures. An account that loses 60 % at noon and is whole at midnight has max_drawdown 0.0, and a smooth climb
#   to the eye. `calc_max_drawdown` of the same curve says -60 %. Volatility and Sharpe are those of daily closes as well,
#   times the root of 252 days, for a market that trades on 365.
# Matters: an agent that trades by the minute is stopped out, or liquidated, within the day. The report that is to judge it, and
#   bt's statistics of a minute backtest, cannot show the one event that ends it.
# Version: ffn 1.4.1.
set -euo pipefail
work=$(mktemp -d); trap 'rm -rf "$work"' EXIT
"${PYTHON:=python3}" -m pip install -qq --no-compile --no-warn-conflicts --target "$work" ffn==1.4.1 pandas==3.1.1 numpy==2.4.6
PYTHONPATH=$work MPLBACKEND=Agg "$PYTHON" -W ignore - <<'PY'
from importlib.metadata import version

import ffn
import numpy as np
import pandas as pd

DAYS, MINUTES = 30, 1440
minute = np.arange(DAYS * MINUTES)
equity = pd.Series(10_000 * 1.001 ** (minute / MINUTES), index=pd.date_range("2025-01-01", periods=len(minute), freq="1min"))
noon = (equity.index.hour == 12) & (equity.index.day % 7 == 0)
equity[noon] *= 0.4

statistics = ffn.PerformanceStats(equity)
true = (equity / equity.cummax() - 1).min()
print(f"ffn {version('ffn')}: {DAYS} days of minutes, noon of four days 60 % lower")
print(f"  pandas {true:.4f}, ffn.calc_max_drawdown {ffn.calc_max_drawdown(equity):.4f}, "
      f"PerformanceStats.max_drawdown {statistics.max_drawdown:.4f}, details {statistics.drawdown_details}")
assert true < -0.59 and abs(ffn.calc_max_drawdown(equity) - true) < 1e-12
assert statistics.max_drawdown == 0 and statistics.drawdown_details is None, statistics.max_drawdown
print(f"FOUND: max_drawdown {statistics.max_drawdown:.1f} for a curve that falls by {-true:.1%} on four days")
PY
