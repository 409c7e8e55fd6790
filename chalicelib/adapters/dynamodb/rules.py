"""Sources of strategies, an item each."""

from __future__ import annotations

from contextlib import suppress

from chalicelib import codec
from chalicelib.adapters.dynamodb.client import Tables, attribute
from chalicelib.adapters.dynamodb.faults import ConditionFailed
from chalicelib.adapters.dynamodb.items import Item, packed, text, unpacked
from chalicelib.adapters.dynamodb.tables import MONEY
from chalicelib.domain import RuleSources

RULES = "*rules"
"""Partition of all sources; no agent has this id."""
_ABSENT = attribute("pk").does_not_exist()


def key_of(rule_hash: str) -> Item:
    """The key of the item in the table MONEY that holds these sources."""
    return {"pk": text(RULES), "sk": text(rule_hash)}


def sources_in(item: Item) -> RuleSources:
    """The sources that an item holds. Raises BadInput where they are damaged."""
    return codec.load(RuleSources, unpacked(item, "body"))


class DynamoRuleStore:
    """`RuleStore`. Sources are kept for good, beside what was decided by them."""

    def __init__(self, tables: Tables) -> None:
        self._tables = tables

    def keep(self, sources: RuleSources) -> None:
        item = {**key_of(sources.hash), "body": packed(codec.dump(sources))}
        with suppress(ConditionFailed):
            self._tables.put(MONEY, item, _ABSENT)

    def find(self, rule_hash: str) -> RuleSources | None:
        item = self._tables.get(MONEY, RULES, rule_hash)
        return None if item is None else sources_in(item)
