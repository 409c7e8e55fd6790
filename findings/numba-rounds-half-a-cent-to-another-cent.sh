#!/usr/bin/env bash
# Expected: `round(price, 2)` in a function under @njit is the `round(price, 2)` of the same function without it: both are the
#   Python built-in on a float, numba lists it as supported, and compiling is not meant to change a value.
# Happens: of the 1,000 prices below 10 that end in half a cent 412 go to another cent. numba scales, rounds and divides;
#   Python rounds the exact value of the float. Tenths do it too: round(0.35, 1) is 0.3, compiled 0.4.
# Matters: a limit price, a stop or a quantity is one tick apart between the compiled backtest and the live rule in Python, and
#   both look right. Sums over many rows hide it, for it goes up as often as down.
# Version: numba 0.68.1.
set -euo pipefail
work=$(mktemp -d); trap 'rm -rf "$work"' EXIT
"${PYTHON:=python3}" -m pip install -qq --no-compile --no-warn-conflicts --target "$work" numba==0.68.1 numpy==2.4.6
PYTHONPATH=$work "$PYTHON" - <<'PY'
from importlib.metadata import version

from numba import njit


def to_cents(price):
    return round(price, 2)


compiled = njit(to_cents)
halves = [(10 * cents + 5) / 1000 for cents in range(1000)]
apart = [(price, to_cents(price), compiled(price)) for price in halves if to_cents(price) != compiled(price)]
up = sum(seen > expected for _, expected, seen in apart)
print(f"numba {version('numba')}: {len(apart)} of {len(halves)} prices differ, {up} of them upwards")
for price, expected, seen in apart[:5]:
    print(f"round({price}, 2) is {expected} in Python and {seen} compiled")
others = [cents / 1000 for cents in range(10_000) if cents % 10 != 5]
assert all(to_cents(price) == compiled(price) for price in others)
assert (to_cents(0.005), compiled(0.005)) == (0.01, 0.0)
assert len(apart) == 412 and (0.015, 0.01, 0.02) in apart, apart[:5]
print("FOUND: compiled, half a cent goes to another cent")
PY
