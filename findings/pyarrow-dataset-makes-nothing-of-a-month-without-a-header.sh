#!/usr/bin/env bash
# Expected: a folder of monthly CSV files, alike but that one month does not begin with the names of its columns, is read whole
#   or refused: DuckDB and polars refuse it and name the columns.
# Happens: `pyarrow.dataset` takes the first row of that month for names of columns, finds none of those of the first file
#   among them, and fills every other row of the month with nulls. The row counts are right but for the row that was eaten;
#   no error, no warning.
# Matters: Binance's archive of futures has no header until May 2022 and one since (binance-public-data, issue 246), so whoever
#   downloads some years has both in one folder. Years of market are gone, and look like minutes without a trade.
# Version: pyarrow 26.0.1, beside duckdb 2.0.1 and polars 2.1.0.
set -euo pipefail
work=$(mktemp -d); trap 'rm -rf "$work"' EXIT
"${PYTHON:=python3}" -m pip install -qq --no-compile --no-warn-conflicts --target "$work/py" \
  pyarrow==26.0.1 duckdb==2.0.1 polars==2.1.0
export WORK=$work
PYTHONPATH=$work/py "$PYTHON" -W error - <<'PY'
import os
from importlib.metadata import version
from pathlib import Path

import duckdb
import polars
import pyarrow.dataset as dataset

folder = Path(os.environ["WORK"]) / "klines"
folder.mkdir()
names = "open_time,open,high,low,close,volume\n"


def month(first: int) -> str:
    return "".join(
        f"{1651276800000 + i * 60000},{100 + i},{101 + i},{99 + i},{100.5 + i},2.5\n" for i in range(first, first + 1000)
    )


(folder / "BTCUSDT-1m-2022-05.csv").write_text(names + month(0))
(folder / "BTCUSDT-1m-2022-06.csv").write_text(month(1000))
(folder / "BTCUSDT-1m-2022-07.csv").write_text(names + month(2000))

table = dataset.dataset(folder, format="csv").to_table()
nulls = table["close"].null_count
print(f"pyarrow {version('pyarrow')}: {table.num_rows} of 3000 rows, {nulls} of them without a close")
refusals = []
for name, read in (
    (f"duckdb {version('duckdb')}", lambda: duckdb.sql(f"select * from read_csv('{folder}/*.csv')").fetchall()),
    (f"polars {version('polars')}", lambda: polars.read_csv(f"{folder}/*.csv")),
):
    try:
        read()
    except Exception as error:
        refusals.append(name)
        print(f"  {name} refuses: {' '.join(str(error).split())[:110]}")
assert len(refusals) == 2, refusals
assert (table.num_rows, nulls) == (2999, 999), (table.num_rows, nulls)
assert all(column.null_count == 999 for column in table.columns)
print(f"FOUND: {nulls} minutes are null in every column and one is gone, and nothing says so")
PY
