"""The halt flags, one item a scope."""

from __future__ import annotations

from chalicelib.adapters.dynamodb.client import Operation, Tables, attribute
from chalicelib.adapters.dynamodb.items import Item, integer, number, text
from chalicelib.adapters.dynamodb.tables import HALTS
from chalicelib.domain import ALL_AGENTS, HaltFlag


class DynamoHaltStore:
    """`HaltStore`.

    A transaction that adds entries checks that both items are absent, and DynamoDB puts it either before a write of
    them or after it: so a commit is over before `throw` returns, or sees the flag.
    """

    def __init__(self, tables: Tables) -> None:
        self._tables = tables

    def flags(self, agent_id: str) -> list[HaltFlag]:
        found = self._tables.batch_get(HALTS, [(scope,) for scope in scopes_of(agent_id)])
        return sorted((flag_of(item) for item in found), key=lambda flag: flag.scope)

    def throw(self, flag: HaltFlag) -> None:
        reason, since, flatten = attribute("reason"), attribute("since_ms"), attribute("flatten")
        actions = [
            reason.set(reason | text(flag.reason)),
            since.set(since | number(flag.since_ms)),
            flatten.set({"BOOL": True} if flag.flatten else flatten | {"BOOL": False}),
        ]
        self._tables.update(HALTS, [flag.scope], actions, None)

    def clear(self, scope: str) -> None:
        self._tables.delete(HALTS, scope)


def scopes_of(agent_id: str) -> list[str]:
    """The scopes whose flags halt this agent."""
    return sorted({agent_id, ALL_AGENTS})


def flag_checks(tables: Tables, agent_id: str) -> list[Operation]:
    """The operations that let a transaction through only while no flag halts the agent."""
    down = attribute("scope").does_not_exist()
    return [tables.checking(HALTS, [scope], down) for scope in scopes_of(agent_id)]


def flag_of(item: Item) -> HaltFlag:
    """The flag that an item holds."""
    return HaltFlag(item["scope"]["S"], item["reason"]["S"], integer(item, "since_ms"), item["flatten"]["BOOL"])
