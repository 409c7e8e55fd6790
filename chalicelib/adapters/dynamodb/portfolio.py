"""An agent's portfolio under an optimistic version, and all that is written with it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

from pynamodb.expressions.condition import Condition

from chalicelib import codec
from chalicelib.adapters.dynamodb.client import MOST_IN_A_TRANSACTION, Operation, Tables, attribute
from chalicelib.adapters.dynamodb.faults import CancellationReason, Cancelled, ConditionFailed, Contended
from chalicelib.adapters.dynamodb.halts import DynamoHaltStore, flag_checks, flag_of
from chalicelib.adapters.dynamodb.head import (
    NO_HEAD,
    PreviousVersion,
    head_of,
    item_of,
    portfolio_of,
    read_head,
    write_units,
)
from chalicelib.adapters.dynamodb.items import (
    LARGEST_ITEM_BYTES,
    Attribute,
    Item,
    has_nonce,
    integer,
    new_nonce,
    number,
    packed,
    size_bytes,
    text,
)
from chalicelib.adapters.dynamodb.minutes import copy_out, line_of
from chalicelib.adapters.dynamodb.tables import MONEY
from chalicelib.domain import Change, Fill, Order, Portfolio, Trade
from chalicelib.errors import BadInput, Conflict, Halted, Unavailable

AGENTS = "*"
"""Partition of the index of all agents; no agent has this id, it is the halt scope of all."""
FILLS = "fills#"
TRADES = "trades#"
_INTENT = "intent#"
_ABSENT = attribute("pk").does_not_exist()
_MOST_WAITING = 200
"""Lines kept in the agent's item while the table of minutes cannot be written; three hours of minutes."""
MOST_RECORDS = 1000
"""Decisions, fills or trades of one change; the cursors of the journal count in thousands."""


@dataclass(frozen=True, slots=True)
class Fills:
    """The fills that one version appended, as stored."""

    fills: tuple[Fill, ...]


@dataclass(frozen=True, slots=True)
class Trades:
    """The trades that one version appended, as stored."""

    trades: tuple[Trade, ...]


class DynamoPortfolioStore:
    """`PortfolioStore`.

    A minute without orders of the rule, fills and trades is one conditional write; with any of them it is one
    transaction. A commit is refused, whole, for the first of these that holds:
    1. the version does not follow the stored one: Conflict, since a stale writer has to reload whatever the flags say;
    2. it has orders of the rule and a flag is up: Halted;
    3. an entry's client id was ever used by this agent, or what it appends is of the newest recorded minute or of one
       before it: Conflict.
    """

    def __init__(self, tables: Tables, kept_days: int = 90) -> None:
        """Decisions and equity are kept for `kept_days`; fills, trades and intents for good."""
        self._tables = tables
        self._kept_days = kept_days
        self._halts = DynamoHaltStore(tables)
        self._heads: dict[str, PreviousVersion] = {}
        """The heads that this instance saw last; an old one only makes a commit refuse."""

    def load(self, agent_id: str) -> Portfolio | None:
        item = read_head(self._tables, agent_id)
        if item is None:
            return None
        self._heads[agent_id] = head_of(item)
        return portfolio_of(item)

    def commit(self, change: Change) -> None:
        agent_id = change.portfolio.agent_id
        head = self._following(change)
        self._refuse_what_was_recorded(change, head)
        nonce = new_nonce()
        head, item = self._next(change, head, nonce)
        try:
            if change.is_refused_while_halted or change.fills or change.trades or head.version == 1:
                self._write_all(change, item, nonce)
            else:
                self._write_alone(change, item, nonce)
        except Contended as contended:
            raise Conflict(
                f"agent {agent_id}: another transaction held the same records; nothing was written"
            ) from contended
        self._heads[agent_id] = head

    def agents(self) -> list[str]:
        return [item["sk"]["S"] for item in self._tables.query(MONEY, AGENTS)]

    def _following(self, change: Change) -> PreviousVersion:
        """The head that the change follows, forgotten until it has been written. Raises Conflict if it follows none."""
        portfolio = change.portfolio
        head = self._heads.pop(portfolio.agent_id, None)
        if head is None or head.version != portfolio.version - 1:
            head = self._stored_head(portfolio.agent_id)
        if head.version != portfolio.version - 1:
            raise _does_not_follow(change)
        return head

    def _stored_head(self, agent_id: str) -> PreviousVersion:
        item = read_head(self._tables, agent_id)
        return NO_HEAD if item is None else head_of(item)

    def _refuse_what_was_recorded(self, change: Change, head: PreviousVersion) -> None:
        """Raise for a repetition that can be seen before anything is written."""
        agent_id = change.portfolio.agent_id
        for records in (change.decisions, change.fills, change.trades):
            if len(records) >= MOST_RECORDS:
                raise BadInput(
                    f"agent {agent_id}: {len(records)} records in one commit, fewer than {MOST_RECORDS} allowed"
                )
        line = line_of(change)
        ids = [order.client_id for order in change.entries]
        old = line is not None and head.recorded_ms is not None and line.minute_ms <= head.recorded_ms
        if not old and len(set(ids)) == len(ids):
            return
        if self._stored_head(agent_id).version != change.portfolio.version - 1:
            raise _does_not_follow(change)
        for flag in self._halts.flags(agent_id) if change.is_refused_while_halted else []:
            raise _halted(change, flag.reason)
        raise Conflict(f"agent {agent_id}: stored before: {'the minute' if old else 'an intent of this change'}")

    def _next(self, change: Change, head: PreviousVersion, nonce: Attribute) -> tuple[PreviousVersion, Item]:
        """The head after this change and its item; waiting lines move out when they would cost a write unit more."""
        portfolio, line = change.portfolio, line_of(change)
        body = codec.dump(portfolio)
        recorded_ms = head.recorded_ms if line is None else line.minute_ms
        new = () if line is None else (line,)
        grown = PreviousVersion(portfolio.version, head.waiting + new, recorded_ms)
        item = item_of(portfolio.agent_id, body, grown, nonce)
        if not head.waiting:
            return grown, item
        shrunk = replace(grown, waiting=new)
        smaller = item_of(portfolio.agent_id, body, shrunk, nonce)
        if write_units(item) == write_units(smaller):
            return grown, item
        try:
            copy_out(self._tables, portfolio.agent_id, head.waiting, self._kept_days)
        except Unavailable:
            if len(grown.waiting) > _MOST_WAITING or size_bytes(item) > LARGEST_ITEM_BYTES:
                raise
            return grown, item
        return shrunk, smaller

    def _write_alone(self, change: Change, item: Item, nonce: Attribute) -> None:
        try:
            self._tables.put(MONEY, item, self._follows(change))
        except ConditionFailed as refused:
            self._judge(change, refused.stored, refused.retried, nonce, refused)

    def _write_all(self, change: Change, item: Item, nonce: Attribute) -> None:
        agent_id = change.portfolio.agent_id
        agent = self._tables.putting(MONEY, item, self._follows(change))
        checks = self._flag_checks(agent_id) if change.is_refused_while_halted else []
        intents = self._intents(change)
        operations = [agent, *checks, *intents, *self._appended(change)]
        if len(operations) > MOST_IN_A_TRANSACTION:
            most = MOST_IN_A_TRANSACTION - len(operations) + len(intents)
            raise BadInput(f"agent {agent_id}: {len(intents)} entries in one minute, at most {most} fit into a commit")
        try:
            self._tables.transact(operations, nonce["B"].hex())
        except Cancelled as cancelled:
            agent_reason, *others = cancelled.reasons
            if agent_reason is not None:
                self._judge(change, agent_reason.stored, cancelled.retried, nonce, cancelled)
                return
            _raise_for(change, others[: len(checks)])
            raise Conflict(f"agent {agent_id}: stored before: an intent of this change") from cancelled

    def _flag_checks(self, agent_id: str) -> list[Operation]:
        return flag_checks(self._tables, agent_id)

    def _intents(self, change: Change) -> list[Operation]:
        agent_id = change.portfolio.agent_id
        return [self._tables.putting(MONEY, intent_item(order, agent_id), _ABSENT) for order in change.entries]

    def _appended(self, change: Change) -> list[Operation]:
        """Writes of what is only ever appended: they need no condition, the version in their key is the agent's."""
        agent_id, version = change.portfolio.agent_id, change.portfolio.version
        items: list[Item] = []
        if change.fills:
            items.append(_numbered(agent_id, FILLS, version, codec.dump(Fills(change.fills))))
        if change.trades:
            items.append(_numbered(agent_id, TRADES, version, codec.dump(Trades(change.trades))))
        if version == 1:
            items.append({"pk": text(AGENTS), "sk": text(agent_id)})
        return [self._tables.putting(MONEY, item) for item in items]

    def _follows(self, change: Change) -> Condition:
        version = change.portfolio.version
        return _ABSENT if version == 1 else attribute("version") == number(version - 1)

    def _judge(
        self, change: Change, stored: Item | None, retried: bool, nonce: Attribute, refusal: ConditionFailed | Cancelled
    ) -> None:
        """Return if the refused write had succeeded before, unheard; raise what its refusal means otherwise."""
        if has_nonce(stored, nonce):
            return
        if retried and stored is not None and integer(stored, "version") > change.portfolio.version:
            raise Unavailable(f"{refusal}; an earlier try may have been written") from refusal
        raise _does_not_follow(change) from refusal


def numbered_key(kind: str, version: int) -> str:
    """The range key under which a version's records of this kind are stored; sorts by version."""
    return f"{kind}{version:012d}"


def _numbered(agent_id: str, kind: str, version: int, body: str) -> Item:
    return {
        "pk": text(agent_id),
        "sk": text(numbered_key(kind, version)),
        "version": number(version),
        "body": packed(body),
    }


def intent_item(order: Order, agent_id: str) -> Item:
    """An entry as remembered for good under its client id."""
    return {"pk": text(agent_id), "sk": text(_INTENT + order.client_id), "body": packed(codec.dump(order))}


def _raise_for(change: Change, flags: Sequence[CancellationReason | None]) -> None:
    """Raise Halted if a flag cancelled the transaction."""
    for reason in flags:
        if reason is not None:
            raise _halted(change, "" if reason.stored is None else flag_of(reason.stored).reason)


def _halted(change: Change, reason: str) -> Halted:
    return Halted(f"agent {change.portfolio.agent_id}: no new order while halted ({reason})")


def _does_not_follow(change: Change) -> Conflict:
    portfolio = change.portfolio
    return Conflict(f"agent {portfolio.agent_id}: version {portfolio.version} does not follow the stored one")
