"""The tables: their names and keys, as infra/template.yaml makes them in an account and `create_tables` in a test."""

from __future__ import annotations

from dataclasses import dataclass

from pynamodb.connection import Connection

CANDLES = "candles"
INDICATORS = "indicators"
NEWS = "news"
MONEY = "money"
MINUTES = "minutes"
HALTS = "halts"
SCORES = "scores"

EXPIRES_AT = "expires_at"
"""Epoch second after which DynamoDB may delete an item, in the tables that have such a thing."""


@dataclass(frozen=True, slots=True)
class TableDefinition:
    """A table's name behind the prefix and its key attributes, with their types (S text, N number)."""

    name: str
    hash_key: str
    hash_type: str
    range_key: str | None = None
    range_type: str = "S"
    expires: bool = False

    @property
    def keys(self) -> list[tuple[str, str]]:
        """Name and type of each key attribute, the hash key first."""
        first = (self.hash_key, self.hash_type)
        return [first] if self.range_key is None else [first, (self.range_key, self.range_type)]


TABLES = (
    TableDefinition(CANDLES, "symbol", "S", "open_ms", "N", expires=True),
    TableDefinition(INDICATORS, "key", "S", "version", "N", expires=True),
    TableDefinition(NEWS, "pk", "S", "sk", "S", expires=True),
    TableDefinition(MONEY, "pk", "S", "sk", "S"),
    TableDefinition(MINUTES, "agent_id", "S", "minute_ms", "N", expires=True),
    TableDefinition(HALTS, "scope", "S"),
    TableDefinition(SCORES, "key", "S", expires=True),
)
BY_NAME = {table.name: table for table in TABLES}


def full_name(prefix: str, table: str) -> str:
    """The name of a table in an account.

    >>> full_name("ai-trader-dev", MONEY)
    'ai-trader-dev-money'
    """
    return f"{prefix}-{table}"


def create_tables(connection: Connection, prefix: str) -> None:
    """Make every table, empty, where no template makes them: in a test. Raises pynamodb's TableError."""
    for table in TABLES:
        name = full_name(prefix, table.name)
        roles = zip(table.keys, ("HASH", "RANGE"), strict=False)
        connection.create_table(
            name,
            attribute_definitions=[{"AttributeName": key, "AttributeType": kind} for key, kind in table.keys],
            key_schema=[{"AttributeName": key, "KeyType": role} for (key, _), role in roles],
            billing_mode="PAY_PER_REQUEST",
        )
        if table.expires:
            connection.update_time_to_live(name, EXPIRES_AT)
