"""All that a stage's tables hold as one text, and tables that hold it again."""

from __future__ import annotations

import json
import zlib
from base64 import b64decode, b64encode
from typing import Any

import boto3

from chalicelib.adapters.dynamodb.tables import TABLES, full_name
from tests.support.account import PREFIX

Plain = Any
"""What JSON is made of."""
UNPACKED = "unpacked"
"""The kind that a dump has in place of B for bytes that are a compressed text: so a dump compresses as a whole."""


def dumped(market_url: str) -> str:
    """Every item of every table, in the order of the tables, with the address that stands in it.

    Items are told in DynamoDB's own form, bytes as base64 or as the text that they hold compressed.
    """
    client = boto3.client("dynamodb")
    items = {
        table.name: [
            {name: _told(value) for name, value in item.items()}
            for page in client.get_paginator("scan").paginate(TableName=full_name(PREFIX, table.name))
            for item in page["Items"]
        ]
        for table in TABLES
    }
    return json.dumps({"market": market_url, "items": items}, sort_keys=True, separators=(",", ":"))


def restore(dump: str, market_url: str) -> None:
    """Put the items into tables that hold nothing, as if the market had always been at this address."""
    was: str = json.loads(dump)["market"]
    client = boto3.client("dynamodb")
    for table, items in json.loads(dump.replace(was, market_url))["items"].items():
        for item in items:
            made = {name: _made(value) for name, value in item.items()}
            client.put_item(TableName=full_name(PREFIX, table), Item=made)


def _told(attribute: Plain) -> dict[str, Plain]:
    [(kind, value)] = attribute.items()
    if kind != "B":
        return {kind: value}
    try:
        return {UNPACKED: zlib.decompress(value).decode()}
    except zlib.error:
        return {kind: b64encode(value).decode()}


def _made(attribute: Plain) -> dict[str, Plain]:
    [(kind, value)] = attribute.items()
    if kind == UNPACKED:
        return {"B": zlib.compress(value.encode(), 9)}
    return {kind: b64decode(value) if kind == "B" else value}
