#!/usr/bin/env bash
# Expected: `update` of a time series writes the rows it is given: two late minutes put in their place leave the others alone,
#   as an upsert does in every database and as pandas' own `DataFrame.update` does.
# Happens: ArcticDB replaces the whole span from the first to the last new row. The two late minutes of a day delete
#   everything between them: 1,440 rows become 242, without a warning or a return value that says so. `upsert`,
#   the word that one looks for, only creates the symbol if it is missing.
# Matters: late and corrected candles are the everyday work of a market-data store. A gap filler that sends its repairs in one
#   call digs a hole of hours, and the store's newest version then looks complete at both ends.
# Version: arcticdb 6.28.2 (pandas 2.3.3), LMDB in a temporary folder.
set -euo pipefail
work=$(mktemp -d); trap 'rm -rf "$work"' EXIT
"${PYTHON:=python3}" -m pip install -qq --no-compile --no-warn-conflicts --target "$work/py" \
  arcticdb==6.28.2 pandas==2.3.3 numpy==2.4.6
export WORK=$work
PYTHONPATH=$work/py "$PYTHON" -W ignore - <<'PY'
import os
from importlib.metadata import version

import arcticdb
import numpy as np
import pandas as pd

minutes = pd.date_range("2025-01-01", periods=1440, freq="1min")
day = pd.DataFrame({"close": np.arange(1440.0)}, index=minutes)
late = pd.DataFrame({"close": [-1.0, -2.0]}, index=minutes[[120, 1319]])

by_pandas = day.copy()
by_pandas.update(late)
library = arcticdb.Arctic(f"lmdb://{os.environ['WORK']}/db").create_library("candles")
left = {}
for upsert in (False, True):
    library.write("BTCUSDT", day)
    library.update("BTCUSDT", late, upsert=upsert)
    left[upsert] = library.read("BTCUSDT").data
library.write("BTCUSDT", day)
for moment in late.index:
    library.update("BTCUSDT", late.loc[[moment]])
one_by_one = library.read("BTCUSDT").data

print(f"arcticdb {version('arcticdb')}: 1440 minutes, two late ones at {late.index[0]:%H:%M} and {late.index[1]:%H:%M}")
print(f"  pandas' update: {len(by_pandas)} rows; ArcticDB, one by one: {len(one_by_one)}; in one call: {len(left[False])}; "
      f"with upsert=True: {len(left[True])}")
assert len(one_by_one) == 1440 and (one_by_one.close == by_pandas.close).all()
assert len(left[False]) == len(left[True]) == 242, left
hole = left[False].index.to_series().diff().max()
print(f"FOUND: {1440 - len(left[False])} minutes are gone, the largest step is {hole}")
PY
