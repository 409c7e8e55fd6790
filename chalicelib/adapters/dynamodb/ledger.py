"""The one item that all news share: how many headlines were ever stored, which wait for a score, how often one came."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from chalicelib.adapters.dynamodb.client import Operation, Tables, attribute
from chalicelib.adapters.dynamodb.items import NONCE, Attribute, Item, integer, number
from chalicelib.adapters.dynamodb.tables import NEWS

_KEY = ("ledger", "-")
_STORED, _UNSCORED, _RECORDS = "stored", "unscored", "records"


@dataclass(frozen=True, slots=True)
class Ledger:
    """As read; `records` grows with every transaction that makes headlines known."""

    stored: int
    unscored: tuple[str, ...]
    """Ids, oldest first."""
    records: int


def read_ledger(tables: Tables) -> Ledger:
    """The ledger now. One read unit."""
    item: Item = tables.get(NEWS, *_KEY) or {}
    unscored = tuple(sorted(item[_UNSCORED]["SS"])) if _UNSCORED in item else ()
    return Ledger(integer(item, _STORED), unscored, integer(item, _RECORDS))


def adding(tables: Tables, ledger: Ledger, ids: Sequence[str], nonce: Attribute) -> Operation:
    """Count these headlines, provided that none was counted since the ledger was read."""
    stored, unscored = attribute(_STORED), attribute(_UNSCORED)
    condition = stored == number(ledger.stored) if ledger.stored else stored.does_not_exist()
    actions = [
        stored.set(number(ledger.stored + len(ids))),
        attribute(NONCE).set(nonce),
        unscored.add({"SS": list(ids)}),
    ]
    return tables.updating(NEWS, _KEY, actions, condition)


def recording(tables: Tables, ids: Sequence[str]) -> Operation:
    """Take scored headlines off the list, and tell every reader that more are known now."""
    actions = [attribute(_RECORDS).add(number(1)), attribute(_UNSCORED).delete({"SS": list(ids)})]
    return tables.updating(NEWS, _KEY, actions)


def forget(tables: Tables, ids: Sequence[str]) -> None:
    """Take headlines off the list that expired without a score."""
    tables.update(NEWS, _KEY, [attribute(_UNSCORED).delete({"SS": list(ids)})], None)
