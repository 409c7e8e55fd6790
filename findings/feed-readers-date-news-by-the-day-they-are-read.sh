#!/usr/bin/env bash
# Expected: a date that a feed gives is read as it stands, or not at all: an item without a day has no day.
# Happens: fastfeedparser fills what it does not find from the clock. dc:date may be a year or a month alone (W3CDTF, `2025`,
#   `2025-01`): the item gets the day, and the month, on which it is read, and another one tomorrow. podcastparser keeps the
#   zone of `15:07:41+08:00` and drops it as soon as there is a fraction: `15:07:41.123+08:00` is eight hours late.
# Matters: news is replayed in a backtest at its date, and an age limit lets it through or not. A date that moves with the
#   clock puts last year's headline on the day of the run; eight hours late is after the move that it caused.
# Version: fastfeedparser 0.6.5, podcastparser 0.6.11.
set -euo pipefail
work=$(mktemp -d); trap 'rm -rf "$work"' EXIT
"${PYTHON:=python3}" -m pip install -qq --no-compile --no-warn-conflicts --target "$work" fastfeedparser==0.6.5 podcastparser==0.6.11
PYTHONPATH=$work "$PYTHON" -W ignore - <<'PY'
from calendar import monthrange
from datetime import UTC, datetime
from importlib.metadata import version

import fastfeedparser
import podcastparser

RDF = """<rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#" xmlns="http://purl.org/rss/1.0/"
xmlns:dc="http://purl.org/dc/elements/1.1/"><channel rdf:about="https://desk.example/"><title>Desk</title></channel>
<item rdf:about="https://desk.example/t"><title>T</title><link>https://desk.example/t</link><dc:date>{0}</dc:date></item></rdf:RDF>"""

today = datetime.now(UTC)
seen = {}
print(f"fastfeedparser {version('fastfeedparser')}, read on {today:%Y-%m-%d}")
for date in ("2025-01-29T15:07:41Z", "2025-01", "2025"):
    seen[date] = fastfeedparser.parse(RDF.format(date)).entries[0]["published"]
    print(" ", date.ljust(32), seen[date])
print(f"podcastparser {version('podcastparser')}")
for date in ("2026-01-29T15:07:41+08:00", "2026-01-29T15:07:41.123+08:00"):
    moment = datetime.fromtimestamp(podcastparser.parse_pubdate(date), UTC)
    seen[date] = f"{moment:%H:%M:%S}Z"
    print(" ", date.ljust(32), seen[date])
assert seen["2025-01-29T15:07:41Z"] == "2025-01-29T15:07:41+00:00", seen
for date, month in (("2025-01", 1), ("2025", today.month)):
    day = min(today.day, monthrange(2025, month)[1])
    assert seen[date] == f"2025-{month:02d}-{day:02d}T00:00:00+00:00", seen
assert seen["2026-01-29T15:07:41+08:00"] == "07:07:41Z", seen
assert seen["2026-01-29T15:07:41.123+08:00"] == "15:07:41Z", seen
print("FOUND: a month has the day of today, a year its month too; a fraction of a second costs the zone")
PY
