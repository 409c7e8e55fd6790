"""What items are made of: attributes in DynamoDB's own form, compressed texts, and marks of who wrote them."""

from __future__ import annotations

import zlib
from secrets import token_bytes
from typing import Any

from chalicelib.errors import BadInput

Attribute = dict[str, Any]  # {"S": text}, {"N": digits}, {"B": bytes}, {"BOOL": bool} or {"SS": texts}
Item = dict[str, Attribute]

LARGEST_ITEM_BYTES = 400_000
"""What DynamoDB takes in one item, names included: 400 KB, of which it never says whether they are of 1,024 bytes."""
NONCE = "nonce"
"""Attribute with the random mark of the write that made an item what it is."""


def text(value: str) -> Attribute:
    return {"S": value}


def number(value: int) -> Attribute:
    return {"N": str(value)}


def packed(value: str) -> Attribute:
    """The text compressed: DynamoDB bills every kilobyte that is written.

    >>> unpacked({"body": packed("candle " * 100)}, "body") == "candle " * 100
    True
    """
    return {"B": zlib.compress(value.encode(), 9)}


def unpacked(item: Item, name: str) -> str:
    """The text under this name. Raises BadInput for what `packed` did not write."""
    try:
        return zlib.decompress(item[name]["B"]).decode()
    except (KeyError, TypeError, ValueError, zlib.error) as error:
        raise BadInput(f"a stored item cannot be read: its {name!r} is damaged ({error!r})") from error


def new_nonce() -> Attribute:
    """A mark that no other write has: it tells our own success, whose answer was lost, from another writer's."""
    return {"B": token_bytes(9)}


def has_nonce(item: Item | None, nonce: Attribute) -> bool:
    """Whether the item is what the write with this mark made it."""
    return item is not None and item.get(NONCE) == nonce


def integer(item: Item, name: str, absent: int = 0) -> int:
    """The number under this name, `absent` where there is none."""
    return int(item[name]["N"]) if name in item else absent


def size_bytes(item: Item) -> int:
    """The size by which DynamoDB bills an item: names and values, in bytes.

    https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/CapacityUnitCalculations.html

    >>> size_bytes({"pk": text("alpha"), "version": number(1234)})
    17
    """
    return sum(len(name.encode()) + _value_bytes(value) for name, value in item.items())


def _value_bytes(attribute: Attribute) -> int:
    ((kind, value),) = attribute.items()
    if kind == "N":
        return (len(str(value).strip("-")) + 1) // 2 + 1
    if kind == "S":
        return len(value.encode())
    if kind == "B":
        return len(value)
    return sum(len(part.encode()) for part in value) if kind == "SS" else 1
