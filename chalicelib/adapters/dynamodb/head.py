"""The agent's one item: its portfolio under a version, and the lines of its newest minutes."""

from __future__ import annotations

from dataclasses import dataclass

from chalicelib import codec
from chalicelib.adapters.dynamodb.client import Tables
from chalicelib.adapters.dynamodb.items import (
    NONCE,
    Attribute,
    Item,
    integer,
    number,
    packed,
    size_bytes,
    text,
    unpacked,
)
from chalicelib.adapters.dynamodb.minutes import Line, read, written
from chalicelib.adapters.dynamodb.tables import MONEY
from chalicelib.domain import Portfolio

PORTFOLIO = "portfolio"
_UNIT_BYTES = 1024


@dataclass(frozen=True, slots=True)
class PreviousVersion:
    """What a commit must know of the version before it."""

    version: int
    waiting: tuple[Line, ...]
    """Lines that no block is known to hold."""
    recorded_ms: int | None
    """The newest minute that has a line, wherever that is."""


NO_HEAD = PreviousVersion(0, (), None)


def head_of(item: Item) -> PreviousVersion:
    """What a stored item tells the next commit."""
    _, _, lines = unpacked(item, "body").partition("\n")
    recorded_ms = integer(item, "recorded_ms") if "recorded_ms" in item else None
    return PreviousVersion(integer(item, "version"), read(lines), recorded_ms)


def portfolio_of(item: Item) -> Portfolio:
    """The portfolio in a stored item."""
    first, _, _ = unpacked(item, "body").partition("\n")
    return codec.load(Portfolio, first)


def item_of(agent_id: str, portfolio: str, head: PreviousVersion, nonce: Attribute) -> Item:
    """The item of a portfolio, given as text, and its head."""
    item = {
        "pk": text(agent_id),
        "sk": text(PORTFOLIO),
        "version": number(head.version),
        "body": packed(f"{portfolio}\n{written(head.waiting)}"),
        NONCE: nonce,
    }
    return item if head.recorded_ms is None else {**item, "recorded_ms": number(head.recorded_ms)}


def write_units(item: Item) -> int:
    """What DynamoDB bills for writing the item once."""
    return -(-size_bytes(item) // _UNIT_BYTES)


def read_head(tables: Tables, agent_id: str) -> Item | None:
    """The stored item of this agent."""
    return tables.get(MONEY, agent_id, PORTFOLIO)
