#!/usr/bin/env bash
# Expected: a metrics library checks values: Powertools' add_metric refuses what is no number (a string raises), so what it
#   prints is always a line in CloudWatch's embedded metric format, which is JSON.
# Happens: NaN and infinity are taken for numbers and printed as NaN and Infinity, which JSON does not have. The line, which
#   holds every other metric of the invocation too, is then not JSON: no strict parser reads any of it.
# Matters: a Sharpe of a day without trades, a return on zero equity, an RSI that warms up: one NaN among twenty metrics, and
#   just in the unusual minute the heartbeat and the error count beside it are missing too. An alarm that treats missing data
#   as "not breaching" stays green. Python reads its own NaN back, so a round trip in a test passes.
# Version: aws-lambda-powertools 3.37.0; the strict reader is node's JSON.parse.
set -euo pipefail
work=$(mktemp -d); trap 'rm -rf "$work"' EXIT
"${PYTHON:=python3}" -m pip install -qq --no-compile --no-warn-conflicts --target "$work" aws-lambda-powertools==3.37.0
PYTHONPATH=$work "$PYTHON" -W ignore - <<'PY'
import contextlib
import io
import json
import subprocess
from importlib.metadata import version

from aws_lambda_powertools import Metrics
from aws_lambda_powertools.metrics import MetricUnit, MetricValueError

PARSE = "try { JSON.parse(require('fs').readFileSync(0, 'utf8')); console.log('read') } catch (e) { console.log(e.name) }"


def line(sharpe):
    metrics, printed = Metrics(namespace="trader", service="agent"), io.StringIO()
    metrics.add_metric("errors", MetricUnit.Count, 3)
    metrics.add_metric("sharpe", MetricUnit.NoUnit, sharpe)
    with contextlib.redirect_stdout(printed):
        metrics.flush_metrics()
    return printed.getvalue().strip()


def strictly(text):
    return subprocess.run(["node", "-e", PARSE], input=text, capture_output=True, text=True, check=True).stdout.strip()


print("aws-lambda-powertools", version("aws-lambda-powertools"))
seen = {}
for value in (1.5, float("nan"), float("inf")):
    text = line(value)
    seen[str(value)] = (strictly(text), json.loads(text)["errors"])
    print(f"  sharpe {value}: ...{text[-60:]}  node: {seen[str(value)][0]}, Python: errors {seen[str(value)][1]}")
try:
    line("n/a")
    refused = False
except MetricValueError as error:
    refused = True
    print("  sharpe 'n/a':", error)
assert refused and seen["1.5"][0] == "read", seen
assert seen["nan"] == seen["inf"] == ("SyntaxError", [3.0]), seen
print("FOUND: one NaN makes the whole line unreadable, the count of 3 errors with it")
PY
