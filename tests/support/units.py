"""What DynamoDB bills: requests, write units and read units by table and operation, by its published sizing rules.

https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/read-write-operations.html
A write is billed by kilobyte of the larger of the item before and after, a read by 4 KB, a half of that when it may be
old; both twice in a transaction. A query is billed by the sum of what it read, a batch item by item.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

from chalicelib.adapters.dynamodb import Tables
from chalicelib.adapters.dynamodb.items import Item, size_bytes
from chalicelib.adapters.dynamodb.tables import BY_NAME

WRITE_BYTES = 1024
READ_BYTES = 4096


@dataclass
class Units:
    """Counted so far; the keys are (table, operation), the values units."""

    requests: Counter[str] = field(default_factory=Counter)
    writes: Counter[tuple[str, str]] = field(default_factory=Counter)
    reads: Counter[tuple[str, str]] = field(default_factory=Counter)

    def totals(self) -> tuple[int, float, float]:
        """(requests, write units, read units)."""
        return self.requests.total(), self.writes.total(), self.reads.total()

    def by_table(self) -> dict[str, tuple[float, float]]:
        """(write units, read units) by table."""
        found: dict[str, tuple[float, float]] = {}
        for table in sorted({name for name, _ in (*self.writes, *self.reads)}):
            writes = sum(units for (name, _), units in self.writes.items() if name == table)
            reads = sum(units for (name, _), units in self.reads.items() if name == table)
            found[table] = (writes, reads)
        return found


class Meter:
    """Listens to botocore; keeps the size of every item that was written, as a write is billed by the old size too."""

    def __init__(self, tables: Tables) -> None:
        self._events = tables.connection.client.meta.events
        self._prefix = f"{tables.prefix}-"
        self._sizes: dict[tuple[str, str], int] = {}
        self._counting: Units | None = None
        self._events.register("provide-client-params.dynamodb", self._remember)
        self._events.register("after-call.dynamodb", self._count)

    @contextmanager
    def counting(self) -> Iterator[Units]:
        """Count what happens in the block."""
        self._counting = Units()
        yield self._counting
        self._counting = None

    def _remember(self, params: dict[str, Any], context: dict[str, Any], **_: object) -> None:
        context["metered"] = params

    def _count(self, parsed: dict[str, Any], model: Any, context: dict[str, Any], **_: object) -> None:
        operation, params = str(model.name), context["metered"]
        units = self._counting or Units()
        units.requests[operation] += 1
        if operation == "TransactWriteItems":
            for one in params["TransactItems"]:
                ((kind, request),) = one.items()
                self._write(units, f"{operation}.{kind}", request, None, 2)
        elif operation in ("PutItem", "UpdateItem", "DeleteItem"):
            self._write(units, operation, params, parsed.get("Attributes"), 1)
        elif operation == "BatchGetItem":
            for name, asked in params["RequestItems"].items():
                found = parsed["Responses"].get(name, [])
                absent: list[Item] = [{}] * (len(asked["Keys"]) - len(found))
                for item in [*found, *absent]:
                    self._read(units, name, operation, size_bytes(item), asked["ConsistentRead"])
        elif operation == "Query":
            size = sum(map(size_bytes, parsed["Items"]))
            self._read(units, params["TableName"], operation, size, params["ConsistentRead"])
        else:
            size = size_bytes(parsed.get("Item", {}))
            self._read(units, params["TableName"], operation, size, params["ConsistentRead"])

    def _read(self, units: Units, name: str, operation: str, size: int, consistent: bool) -> None:
        blocks = max(1, -(-size // READ_BYTES))
        units.reads[name.removeprefix(self._prefix), operation] += blocks if consistent else blocks / 2  # type: ignore[assignment]

    def _write(self, units: Units, operation: str, request: dict[str, Any], after: Item | None, times: int) -> None:
        table = request["TableName"].removeprefix(self._prefix)
        item = request.get("Item") or after or request["Key"]
        key = (table, str([item[name] for name, _ in BY_NAME[table].keys]))
        before = self._sizes.get(key, 0)
        size = size_bytes(item) if "Item" in request or after else before
        if operation.endswith("Put") or operation in ("PutItem", "UpdateItem"):
            self._sizes[key] = size
        blocks = max(1, -(-max(size, before) // WRITE_BYTES))
        units.writes[table, operation] += times * blocks
