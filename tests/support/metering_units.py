"""What DynamoDB bills for a request, by its rules: computed here, since moto does not tell it for transactions.

Sizes are counted apart from the product's own, as a check of them.
https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/read-write-operations.html
"""

from __future__ import annotations

import base64
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from chalicelib.adapters.dynamodb.tables import BY_NAME, TABLES

Item = Mapping[str, Mapping[str, Any]]
INDEX_BYTES = 100
"""What DynamoDB adds to each stored item."""


class UnitMeter:
    """Units by table, in the order of the requests. The client reads what is stored before a write replaces it."""

    def __init__(self, client: Any, prefix: str) -> None:
        self._client = client
        self._prefix = prefix
        self._old: list[int] = []
        self.writes: dict[str, float] = defaultdict(float)
        self.reads: dict[str, float] = defaultdict(float)

    def taken(self) -> tuple[dict[str, float], dict[str, float]]:
        """The (writes, reads) since the last time."""
        found = self.writes, self.reads
        self.writes, self.reads = defaultdict(float), defaultdict(float)
        return found

    def before(self, operation: str, request: Mapping[str, Any]) -> None:
        """Must see every request before it is carried out."""
        self._old = [self._stored_bytes(write) for write in _writes(operation, request)]

    def after(self, operation: str, request: Mapping[str, Any], answer: Mapping[str, Any]) -> None:
        """Must see the same request with its answer. What a condition refuses is billed as if it had been written."""
        factor = 2 if operation == "TransactWriteItems" else 1
        for write, old in zip(_writes(operation, request), self._old, strict=True):
            new = size_bytes(write["Item"]) if "Item" in write else self._stored_bytes(write)
            self.writes[self._table(write)] += factor * _blocks(max(old, new), 1024)
        if operation in ("GetItem", "Query"):
            table = self._table(request)
            found = answer.get("Items", [answer["Item"]] if "Item" in answer else [])
            self._read(table, [sum(map(size_bytes, found))], request)
        elif operation == "BatchGetItem":
            for name, asked in request["RequestItems"].items():
                items = answer["Responses"].get(name, [])
                missing = len(asked["Keys"]) - len(items)
                self._read(name.removeprefix(f"{self._prefix}-"), [*map(size_bytes, items), *[0] * missing], asked)

    def stored(self) -> dict[str, float]:
        """Bytes by table that are billed as stored now."""
        return {
            table.name: float(sum(size_bytes(item) + INDEX_BYTES for item in self._items(table.name)))
            for table in TABLES
        }

    def count(self, table: str, beginning: str) -> int:
        """How many items of the table have a range key that begins so."""
        key = BY_NAME[table].range_key or ""
        return sum(str(item[key].get("S", "")).startswith(beginning) for item in self._items(table))

    def _items(self, table: str) -> Iterator[Item]:
        for page in self._client.get_paginator("scan").paginate(TableName=f"{self._prefix}-{table}"):
            yield from page["Items"]

    def _read(self, table: str, sizes: Sequence[int], request: Mapping[str, Any]) -> None:
        share = 1.0 if request.get("ConsistentRead") else 0.5
        self.reads[table] += share * sum(_blocks(size, 4096) for size in sizes)

    def _table(self, request: Mapping[str, Any]) -> str:
        return str(request["TableName"]).removeprefix(f"{self._prefix}-")

    def _stored_bytes(self, write: Mapping[str, Any]) -> int:
        definition = BY_NAME[self._table(write)]
        names = [name for name in (definition.hash_key, definition.range_key) if name]
        given = write["Key"] if "Key" in write else write["Item"]
        found = self._client.get_item(TableName=write["TableName"], Key={name: given[name] for name in names})
        return size_bytes(found.get("Item", {}))


def size_bytes(item: Item) -> int:
    """Names and values; binary values as bytes, or in base64 as requests carry them.

    >>> size_bytes({"id": {"S": "ab"}, "n": {"N": "1234"}, "b": {"B": "AAAA"}, "s": {"SS": ["x", "yz"]}})
    16
    """
    return sum(len(name.encode()) + _value_bytes(value) for name, value in item.items())


def _value_bytes(value: Mapping[str, Any]) -> int:
    ((kind, held),) = value.items()
    if kind == "S":
        return len(held.encode())
    if kind == "N":
        return (len(held.lstrip("-").replace(".", "")) + 1) // 2 + 1
    if kind == "B":
        return len(held if isinstance(held, bytes) else base64.b64decode(held))
    return sum(len(part.encode()) for part in held) if kind == "SS" else 1


def _blocks(size: int, block: int) -> int:
    return max(1, -(-size // block))


def _writes(operation: str, request: Mapping[str, Any]) -> Iterator[Mapping[str, Any]]:
    """Each single write in the request; a condition check counts as one."""
    if operation in ("PutItem", "UpdateItem", "DeleteItem"):
        yield request
    elif operation == "TransactWriteItems":
        for part in request["TransactItems"]:
            yield from part.values()
    else:
        assert operation in ("GetItem", "Query", "BatchGetItem"), operation
