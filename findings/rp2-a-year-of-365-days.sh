#!/usr/bin/env bash
# Expected: in the United States a gain is long-term when the asset was held MORE than one year, counted from the day after the
#   purchase (26 USC 1222): bought on 1 March 2023, the first long-term day is 2 March 2024. RP2's country plugin "us"
#   applies that rule.
# Happens: RP2 asks whether 365 times 24 hours have passed. It calls long-term a sale on the anniversary (short-term in law),
#   and across a 29 February one on the day BEFORE the anniversary; and it makes it hang on the hour: the same two days are
#   short-term when the sale is a minute earlier in the day than the purchase was.
# Matters: lots that a bot holds "until they are long-term" are sold a day or two early, at up to twice the tax rate, with a
#   report that says otherwise; it is the taxpayer who answers for it.
# Version: rp2 1.7.2.
set -euo pipefail
work=$(mktemp -d); trap 'rm -rf "$work"' EXIT
"${PYTHON:=python3}" -m pip install -qq --no-compile --no-warn-conflicts --target "$work" rp2==1.7.2
cd "$work"  # RP2 writes its log beside the caller
PYTHONPATH=$work "$PYTHON" - <<'PY'
from importlib.metadata import version
from pathlib import Path

from rp2.configuration import Configuration
from rp2.gain_loss import GainLoss
from rp2.in_transaction import InTransaction
from rp2.out_transaction import OutTransaction
from rp2.plugin.country.us import US
from rp2.rp2_decimal import RP2Decimal

FIELDS = ["timestamp", "asset", "exchange", "holder", "transaction_type", "spot_price"]
TABLES = {"in_header": [*FIELDS, "crypto_in"], "out_header": [*FIELDS, "crypto_out_no_fee", "crypto_fee"],
          "intra_header": ["timestamp", "asset", "from_exchange", "from_holder", "to_exchange", "to_holder", "spot_price",
                           "crypto_sent", "crypto_received"]}
lines = ["[general]", "assets = BTC", "exchanges = Binance", "holders = Bob"]
for table, fields in TABLES.items():
    lines += [f"[{table}]", *(f"{field} = {column}" for column, field in enumerate(fields))]
Path("rp2.ini").write_text("\n".join(lines))
configuration = Configuration("rp2.ini", US())


def long_term(bought, sold):
    one, price = RP2Decimal("1"), RP2Decimal("20000")
    lot = InTransaction(configuration, f"{bought} +0000", "BTC", "Binance", "Bob", "BUY", price, one, row=1)
    sale = OutTransaction(configuration, f"{sold} +0000", "BTC", "Binance", "Bob", "SELL", price, one, RP2Decimal("0"), row=2)
    return GainLoss(configuration, one, sale, lot).is_long_term_capital_gains()


CASES = [  # bought, sold, long-term by law, by RP2
    ("2023-03-01 12:00:00", "2024-03-02 12:00:00", True, True),
    ("2023-03-01 12:00:00", "2024-03-01 12:00:00", False, True),
    ("2023-03-01 12:00:00", "2024-02-29 12:00:00", False, True),
    ("2023-03-01 12:00:00", "2024-02-29 11:59:00", False, False),
    ("2022-03-01 23:00:00", "2023-03-01 23:00:00", False, True),
    ("2022-03-01 23:00:00", "2023-03-02 22:00:00", True, True),
]
print(f"rp2 {version('rp2')}, country us:")
for bought, sold, law, expected in CASES:
    seen = long_term(bought, sold)
    print(f"  bought {bought}, sold {sold}: long-term by law {law}, by RP2 {seen}")
    assert seen == expected, (bought, sold, seen)
wrong = sum(law != seen for *_, law, seen in CASES)
print(f"FOUND: {wrong} of {len(CASES)} sales are long-term too early, one of them a day before the anniversary")
PY
