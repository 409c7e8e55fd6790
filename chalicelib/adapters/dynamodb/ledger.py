"""The one item that all news share: how many headlines were ever stored, which wait for a score, what scored last."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from pynamodb.expressions.condition import Condition

from chalicelib.adapters.dynamodb.client import Operation, Tables, attribute
from chalicelib.adapters.dynamodb.items import NONCE, Attribute, Item, integer, number, text
from chalicelib.adapters.dynamodb.tables import NEWS
from chalicelib.domain import ScoredNews, Scoring

_KEY = ("ledger", "-")
_STORED, _UNSCORED, _RECORDS = "stored", "unscored", "records"
_SCORED, _DEGRADED, _NEWEST, _NEWEST_MS, _IS_DEGRADED = "scored", "degraded", "newest", "newest_ms", "is_degraded"


@dataclass(frozen=True, slots=True)
class Ledger:
    """As read; `records` grows with every transaction that makes headlines known."""

    stored: int
    unscored: tuple[str, ...]
    """Ids, oldest first."""
    records: int
    scoring: Scoring


def read_ledger(tables: Tables) -> Ledger:
    """The ledger now. One read unit."""
    item: Item = tables.get(NEWS, *_KEY) or {}
    unscored = tuple(sorted(item[_UNSCORED]["SS"])) if _UNSCORED in item else ()
    scoring = Scoring(
        model=item[_NEWEST]["S"] if _NEWEST in item else "",
        degraded=_IS_DEGRADED in item and bool(item[_IS_DEGRADED]["BOOL"]),
        last_scored_ms=integer(item, _NEWEST_MS) if _NEWEST_MS in item else None,
        waiting=len(unscored),
        scored=integer(item, _SCORED),
        degraded_scored=integer(item, _DEGRADED),
    )
    return Ledger(integer(item, _STORED), unscored, integer(item, _RECORDS), scoring)


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


def is_waiting(news_id: str) -> Condition:
    """That the headline waits for a score."""
    return attribute(_UNSCORED).contains(text(news_id))


def recording(tables: Tables, scored: Sequence[ScoredNews], condition: Condition | None = None) -> Operation:
    """Take these headlines off the list, tell every reader that more are known now, and what scored them."""
    newest = max(scored, key=lambda news: (news.known_ms, news.id))
    actions = [
        attribute(_RECORDS).add(number(1)),
        attribute(_UNSCORED).delete({"SS": [news.id for news in scored]}),
        attribute(_SCORED).add(number(len(scored))),
        attribute(_DEGRADED).add(number(sum(news.score.degraded for news in scored))),
        attribute(_NEWEST).set(text(newest.score.model)),
        attribute(_NEWEST_MS).set(number(newest.known_ms)),
        attribute(_IS_DEGRADED).set({"BOOL": newest.score.degraded}),
    ]
    return tables.updating(NEWS, _KEY, actions, condition)


def forget(tables: Tables, ids: Sequence[str]) -> None:
    """Take headlines off the list that expired without a score."""
    tables.update(NEWS, _KEY, [attribute(_UNSCORED).delete({"SS": list(ids)})], None)
