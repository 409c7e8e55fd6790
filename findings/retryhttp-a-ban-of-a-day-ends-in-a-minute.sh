#!/usr/bin/env bash
# Expected: a server that says `Retry-After` is asked again at the time it names, whether it names it in seconds or as a date.
# Happens: of a date only the part of a day counts: retryhttp takes `timedelta.seconds`, which leaves the days out. A date one
#   day and one minute ahead is a wait of 59 seconds, below `wait_max`, so the careful fallback is not asked either; the same
#   wait in seconds is recognised as too long, and is left to the fallback.
# Matters: exchanges ban for up to three days whoever goes on asking ("from 2 minutes to 3 days", Binance says of HTTP 418), and
#   feeds that went down for maintenance name a date. A client with the library's own defaults knocks on within the minute,
#   and makes the ban longer.
# Version: retryhttp 1.5.0 (tenacity 9.1.4, requests 2.34.2); no network.
set -euo pipefail
work=$(mktemp -d); trap 'rm -rf "$work"' EXIT
"${PYTHON:=python3}" -m pip install -qq --no-compile --no-warn-conflicts --target "$work/py" \
  retryhttp==1.5.0 tenacity==9.1.4 requests==2.34.2
PYTHONPATH=$work/py "$PYTHON" -W ignore - <<'PY'
from datetime import datetime, timedelta, timezone
from email.utils import format_datetime
from importlib.metadata import version

import requests
from retryhttp import retry, wait_retry_after
from tenacity import wait_fixed

ahead = {"1 minute": timedelta(minutes=1), "1 day": timedelta(days=1, minutes=1), "3 days": timedelta(days=3, minutes=1)}


def waited(header: str, **settings: object) -> float:
    """Seconds that the client sleeps before its second and last attempt at a server that says so with its 429."""
    slept: list[float] = []

    @retry(max_attempt_number=2, wait_rate_limited=wait_retry_after(**settings), sleep=slept.append)
    def ask() -> None:
        answer = requests.Response()
        answer.status_code, answer.headers["Retry-After"] = 429, header
        answer.raise_for_status()

    try:
        ask()
    except Exception:  # the last attempt fails like the first
        pass
    return slept[0]


seen = {}
for name, wait in ahead.items():
    date = format_datetime(datetime.now(timezone.utc) + wait, usegmt=True)
    seconds = str(int(wait.total_seconds()))
    seen[name] = [waited(form, fallback=wait_fixed(7777)) for form in (seconds, date)]
    seen[name] += [waited(form, wait_max=None) for form in (seconds, date)]

print(f"retryhttp {version('retryhttp')}: seconds waited after 429; 7777 is the fallback for more than wait_max=120")
for name, (by_seconds, by_date, endless_seconds, endless_date) in seen.items():
    print(f"  {name:8} ahead: in seconds {by_seconds:g}, as a date {by_date:g}; with wait_max=None: {endless_seconds:g} and {endless_date:g}")
assert seen["1 minute"][0] == 60 and 57 <= seen["1 minute"][1] <= 60, seen
for name in ("1 day", "3 days"):
    assert seen[name][0] == 7777 and seen[name][2] == ahead[name].total_seconds(), seen
    assert 57 <= seen[name][1] <= 60 and 57 <= seen[name][3] <= 60, seen
print("FOUND: three days from now, named by date, are over in a minute")
PY
