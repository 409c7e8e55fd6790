#!/usr/bin/env bash
# Expected: KST, a sum of smoothed rates of change, looks back only; while its longest rate of change has no bar to compare
#   with it is undefined. The first value of a longer file is that of its beginning alone.
# Happens: `ta` puts the mean of the WHOLE column in place of the bars that are not there yet, so bars 14 to 43 of KST, and
#   its signal line still longer, hang on every later price. A market that doubles later turns bar 14 from +84 into -78.
# Matters: a strategy, or a model trained on `add_all_ta_features`, sees in its first bars whether the market will end higher
#   or lower than now. Each walk-forward window that is cut before the features are made begins with such a leak, and the
#   values can be had live by no one. Warm-up checks miss them: the numbers are there, finite and of the right size.
# Version: ta 0.11.0.
set -euo pipefail
work=$(mktemp -d); trap 'rm -rf "$work"' EXIT
"${PYTHON:=python3}" -m pip install -qq --no-compile --no-warn-conflicts --target "$work" ta==0.11.0 pandas==3.1.1 numpy==2.4.6
PYTHONPATH=$work "$PYTHON" - <<'PY'
from importlib.metadata import version

import numpy as np
import pandas as pd
from ta.trend import KSTIndicator

past = 100 * np.cumprod(1 + np.random.default_rng(1).normal(0, 0.01, 200))
futures = {"halves": past[-1] * np.linspace(1, 0.5, 200), "doubles": past[-1] * np.linspace(1, 2, 200)}
kst = {"is not there yet": KSTIndicator(pd.Series(past)).kst()}
for name, future in futures.items():
    kst[name] = KSTIndicator(pd.Series(np.concatenate([past, future]))).kst().iloc[: len(past)]

print(f"ta {version('ta')}: KST of bars 14, 20 and 60 of the same 200 bars, when what follows ...")
for name, values in kst.items():
    print(f"  {name:17} {values[14]:9.3f} {values[20]:9.3f} {values[60]:9.3f}")
differing = np.flatnonzero(~np.isclose(kst["halves"], kst["doubles"], rtol=0, atol=1e-9, equal_nan=True))
assert kst["halves"][14] > 0 > kst["doubles"][14], "the future no longer turns the sign"
assert (differing[0], differing[-1]) == (14, 43), differing
print(f"FOUND: bars {differing[0]} to {differing[-1]} of KST change with prices that come 150 bars later, sign included")
PY
