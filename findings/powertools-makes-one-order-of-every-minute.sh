#!/usr/bin/env bash
# Expected: with raise_on_no_idempotency_key=True, AWS Lambda Powertools refuses an event that lacks a part of its key: a key
#   that is not whole cannot tell two events apart.
# Happens: it refuses only when ALL parts are missing. The key [symbol, minute] of events that call it `open_minute` is
#   ["BTCUSDT", null], the same for every minute: the first minute's answer is given back for all that follow, and the
#   function is not called again for an hour. {s: symbol, m: minute} does the same; `minute` alone raises, as promised.
# Matters: the decorator that is to keep an agent from ordering twice keeps it from ordering at all: a renamed field, or a
#   spelling mistake in the path, and each minute reports the order of the first, with its id and its price, as made.
# Version: aws-lambda-powertools 3.37.0; the store is a dictionary behind the library's own persistence interface.
set -euo pipefail
work=$(mktemp -d); trap 'rm -rf "$work"' EXIT
"${PYTHON:=python3}" -m pip install -qq --no-compile --no-warn-conflicts --target "$work" \
  "aws-lambda-powertools[jmespath]==3.37.0"
PYTHONPATH=$work "$PYTHON" -W ignore - <<'PY'
from importlib.metadata import version

from aws_lambda_powertools.utilities.idempotency import IdempotencyConfig, idempotent_function
from aws_lambda_powertools.utilities.idempotency.exceptions import (
    IdempotencyItemAlreadyExistsError,
    IdempotencyKeyError,
)
from aws_lambda_powertools.utilities.idempotency.persistence.base import BasePersistenceLayer


class Memory(BasePersistenceLayer):
    def __init__(self):
        super().__init__()
        self.records = {}

    def _get_record(self, idempotency_key):
        return self.records[idempotency_key]

    def _put_record(self, data_record):
        if data_record.idempotency_key in self.records:
            raise IdempotencyItemAlreadyExistsError(old_data_record=self.records[data_record.idempotency_key])
        self.records[data_record.idempotency_key] = data_record

    def _update_record(self, data_record):
        self.records[data_record.idempotency_key] = data_record

    def _delete_record(self, data_record):
        del self.records[data_record.idempotency_key]


def answers(path):
    config = IdempotencyConfig(event_key_jmespath=path, raise_on_no_idempotency_key=True)

    @idempotent_function(data_keyword_argument="event", persistence_store=Memory(), config=config)
    def trade(event):
        return f"order of minute {event['open_minute']}"

    given = []
    for minute in (1, 2, 3):
        try:
            given.append(trade(event={"symbol": "BTCUSDT", "open_minute": minute}))
        except IdempotencyKeyError:
            given.append("IdempotencyKeyError")
    return given


print("aws-lambda-powertools", version("aws-lambda-powertools"))
seen = {path: answers(path) for path in ("[symbol, open_minute]", "minute", "[symbol, minute]", "{s: symbol, m: minute}")}
for path, given in seen.items():
    print(f"  {path:24} {given}")
assert seen["[symbol, open_minute]"] == [f"order of minute {minute}" for minute in (1, 2, 3)]
assert seen["minute"] == ["IdempotencyKeyError"] * 3
assert seen["[symbol, minute]"] == seen["{s: symbol, m: minute}"] == ["order of minute 1"] * 3, seen
print("FOUND: [symbol, minute] without a minute raises nothing, and minutes 2 and 3 are answered with minute 1's order")
PY
