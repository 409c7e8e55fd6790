#!/usr/bin/env bash
# Expected: the publication date of a page that states none is unknown: `find_date` returns None, or a date that the page
#   gives for itself.
# Happens: htmldate searches the running text by default and returns whatever day it finds there: the day of a token unlock,
#   the years in a copyright line (1 January of the later), the day of a repayment. `original_date=True`, meant for the
#   first publication, does so as well; `extensive_search=False` helps for written-out dates and not for ISO ones.
# Matters: news is replayed in a backtest at its date. An article from February on an unlock of 12 March enters on 12 March,
#   one from December with "© 2024" below enters on New Year of that year: eleven months before anybody could read it. The
#   second kind is a look-ahead that no check of the candles can find.
# Version: htmldate 1.11.0.
set -euo pipefail
work=$(mktemp -d); trap 'rm -rf "$work"' EXIT
"${PYTHON:=python3}" -m pip install -qq --no-compile --no-warn-conflicts --target "$work" htmldate==1.11.0
PYTHONPATH=$work "$PYTHON" - <<'PY'
from importlib.metadata import version

from htmldate import find_date

BODIES = {
    "unlock": "<p>The foundation unlocks 11 million tokens on March 12, 2025. Traders expect pressure.</p>",
    "copyright": "<p>Bitcoin rallies as inflows surge.</p><footer>&copy; 2019-2024 Coin Gazette</footer>",
    "repayment": "<p>The estate will begin to repay creditors on 2025-02-18, the judge said.</p>",
    "no number": "<p>Bitcoin rallies as inflows surge.</p>",
}
seen = {}
print(f"htmldate {version('htmldate')}: default, original_date=True, extensive_search=False")
for name, body in BODIES.items():
    page = f"<html><head><title>Markets</title></head><body><article>{body}</article></body></html>"
    seen[name] = [find_date(page), find_date(page, original_date=True), find_date(page, extensive_search=False)]
    print(f"  {name:10}", *seen[name])
assert seen["unlock"] == ["2025-03-12", "2025-03-12", None], seen["unlock"]
assert seen["copyright"] == ["2024-01-01", "2024-01-01", None], seen["copyright"]
assert seen["repayment"] == ["2025-02-18"] * 3, seen["repayment"]
assert seen["no number"] == [None] * 3, seen["no number"]
print("FOUND: pages without a date are dated 2025-03-12, 2024-01-01 and 2025-02-18, from what they write about")
PY
