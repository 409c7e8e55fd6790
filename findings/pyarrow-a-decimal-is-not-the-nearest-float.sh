#!/usr/bin/env bash
# Expected: a price kept as a decimal becomes the float64 nearest to it, that which its own text and Python's float() give:
#   575.08790926 is 575.08790926.
# Happens: `cast(float64)` of a decimal multiplies by a power of ten that is rounded itself: one price of eight decimals in ten
#   ends a bit beside, as 575.0879092600001; the cast of the decimal's text is right. DuckDB divides and is right as well.
# Matters: tables of prices written by databases (DECIMAL, NUMERIC) are not those of the exchange's texts, to the last bit: sums,
#   hashes and `==` differ, and a price lies beside the tick that it was traded at.
# Version: pyarrow 26.0.1, beside duckdb 2.0.1.
set -euo pipefail
work=$(mktemp -d); trap 'rm -rf "$work"' EXIT
"${PYTHON:=python3}" -m pip install -qq --no-compile --no-warn-conflicts --target "$work/py" pyarrow==26.0.1 duckdb==2.0.1
PYTHONPATH=$work/py "$PYTHON" -W error - <<'PY'
from decimal import Decimal
from importlib.metadata import version

import duckdb
import pyarrow as pa

prices = [Decimal(575_0000_0000 + 8_790_926 + i * 7_919).scaleb(-8) for i in range(10_000)]
nearest = [float(price) for price in prices]
column = pa.array(prices, pa.decimal128(18, 8))
beside = [at for at, value in enumerate(column.cast(pa.float64()).to_pylist()) if value != nearest[at]]
by_text = column.cast(pa.string()).cast(pa.float64()).to_pylist()
prices_table = pa.table({"price": column})
by_duckdb = [row[0] for row in duckdb.sql("select price::double from prices_table").fetchall()]
first = column.cast(pa.float64())[0].as_py()
print(f"pyarrow {version('pyarrow')}: {len(beside)} of {len(prices)} decimals become another float than the nearest")
print(f"  {prices[0]} becomes {first!r}, off by {first - nearest[0]:.1e}; duckdb {version('duckdb')}: {by_duckdb[0]!r}")
assert by_text == nearest
assert by_duckdb == nearest
assert first != nearest[0] and len(beside) > 500, (first, len(beside))
print("FOUND: the price that is read is not the one that was written")
PY
