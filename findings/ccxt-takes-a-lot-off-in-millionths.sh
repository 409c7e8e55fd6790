#!/usr/bin/env bash
# Expected: an amount that is a number of lots, reckoned in floats as lots times step, is sent as that number of lots:
#   `amount_to_precision` is there to put floats right, and truncates only what is no whole lot.
# Happens: at a step of 0.000001 it takes a lot off 29 % of them. 5 * 0.000001 is 4.9999999999999996e-06, which is cut to
#   0.000004: a fifth of the position stays. At 0.1, 0.01, 0.001, 0.00001 and 1e-8 nothing is lost, since the floats of
#   those steps lie above the decimal and 0.000001 lies below it; so it is never seen in tests with the usual steps.
# Matters: bots keep what they hold in floats. An exit then leaves a lot behind that is too small to be sold, and a
#   position that should be flat is not.
# Version: ccxt 4.5.90.
set -euo pipefail
work=$(mktemp -d); trap 'rm -rf "$work"' EXIT
"${PYTHON:=python3}" -m pip install -qq --no-compile --no-warn-conflicts --target "$work" ccxt==4.5.90
PYTHONPATH=$work "$PYTHON" - <<'PY'
from decimal import Decimal

import ccxt

exchange = ccxt.binance()
LOTS = range(1, 20_001)


def lost(step: str) -> list[int]:
    """The numbers of lots of which fewer are sent."""
    exchange.markets = {"A/USDT": {"symbol": "A/USDT", "precision": {"amount": float(step), "price": 0.01}}}
    exchange.markets_by_id = {}
    sent = {lots: Decimal(exchange.amount_to_precision("A/USDT", lots * float(step))) for lots in LOTS}
    return [lots for lots in LOTS if sent[lots] < lots * Decimal(step)]


print(f"ccxt {ccxt.__version__}: amount_to_precision of lots * step, 1 to {len(LOTS)} lots")
counts = {}
for step in ("0.1", "0.01", "0.001", "0.00001", "0.000001", "0.00000001"):
    found = lost(step)
    counts[step] = len(found)
    print(f"  step {step}: {len(found)} lose a lot{f', the first are {found[:5]}' if found else ''}")
millionths = counts.pop("0.000001")
assert millionths == 5784 and not any(counts.values()), counts
print(f"FOUND: {millionths / len(LOTS):.0%} of them, at one step of six")
PY
