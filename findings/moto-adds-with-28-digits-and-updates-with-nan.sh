#!/usr/bin/env bash
# Expected: DynamoDB's number has 38 digits, adds exactly within them, and refuses NaN and text in every write; the usual
#   emulator, moto, keeps to it: its PutItem refuses NaN with DynamoDB's own words.
# Happens: moto adds in `SET x = x + :d` and ADD with 28 digits, Python's default for decimals: a balance of 30 digits loses its
#   last two, silently. 39 digits are stored by every write. UpdateItem stores NaN, Infinity, "abc" and "" as numbers, which
#   PutItem refuses, each of them.
# Matters: 18 decimals are what a chain counts in; a ledger of such amounts kept by ADD passes its tests on amounts below ten
#   billion and drifts above. A P&L that became NaN passes every test of the update path and is refused in production.
# Version: moto 5.2.5, boto3 1.43.11.
set -euo pipefail
work=$(mktemp -d); trap 'rm -rf "$work"' EXIT
"${PYTHON:=python3}" -m pip install -qq --no-compile --no-warn-conflicts --target "$work" \
  "moto[dynamodb]==5.2.5" boto3==1.43.11 botocore==1.43.11
export AWS_ACCESS_KEY_ID=none AWS_SECRET_ACCESS_KEY=none AWS_DEFAULT_REGION=eu-west-1
PYTHONPATH=$work "$PYTHON" -W ignore - <<'PY'
from importlib.metadata import version

import boto3
from botocore.exceptions import ClientError
from moto import mock_aws

BALANCE, ADDED, SUM = "123456789012.123456789012345678", "0.000000000000000001", "123456789012.123456789012345679"
KEY = {"id": {"S": "account"}}


def attempt(write):
    try:
        write()
    except ClientError as error:
        return error.response["Error"]["Message"]
    return client.get_item(TableName="t", Key=KEY)["Item"]["x"]["N"]


with mock_aws():
    client = boto3.client("dynamodb")
    client.create_table(TableName="t", BillingMode="PAY_PER_REQUEST", KeySchema=[{"AttributeName": "id", "KeyType": "HASH"}],
                        AttributeDefinitions=[{"AttributeName": "id", "AttributeType": "S"}])

    def put(number):
        return attempt(lambda: client.put_item(TableName="t", Item={**KEY, "x": {"N": number}}))

    def update(expression, number):
        return attempt(lambda: client.update_item(TableName="t", Key=KEY, UpdateExpression=expression,
                                                  ExpressionAttributeValues={":d": {"N": number}}))

    print(f"moto {version('moto')}: exact sum      {SUM}")
    sums = []
    for expression in ("SET x = x + :d", "ADD x :d"):
        put(BALANCE)
        sums.append(update(expression, ADDED))
        print(f"  {expression:15} gives {sums[-1]}")
    written = {number: (put(number), update("SET x = :d", number)) for number in ("NaN", "Infinity", "abc", "", "9" * 39)}
    for number, (by_put, by_update) in written.items():
        print(f"  {number[:8]!r}: PutItem: {by_put:.60} | UpdateItem: {by_update:.60}")

assert all(total not in (SUM, BALANCE) and len(total.replace(".", "")) == 28 for total in sums), sums
assert all("cannot be converted" in written[number][0] and written[number][1] == number
           for number in ("NaN", "Infinity", "abc", "")), written
assert written["9" * 39] == ("9" * 39, "9" * 39)
print(f"FOUND: {BALANCE} + 1e-18 = {sums[0]}, and UpdateItem stores NaN")
PY
