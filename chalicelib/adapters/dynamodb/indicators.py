"""Indicator state under an optimistic version: one item a version, with the ticks that it was committed with.

A minute is one write: versions are appended, never replaced, and the newest is the state. Versions follow each other
without gaps, so version v may be written when v - 1 was seen and v is not there.

DynamoDB bills every kilobyte that is written, and a state with long windows has several. Such a one is written whole
once, as a base, and then what has changed since, as long as that fits into a kilobyte.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import islice
from typing import Any, NamedTuple

from chalicelib import codec
from chalicelib.adapters.dynamodb.client import Tables, attribute
from chalicelib.adapters.dynamodb.faults import ConditionFailed, Contended
from chalicelib.adapters.dynamodb.items import (
    NONCE,
    Item,
    has_nonce,
    integer,
    new_nonce,
    number,
    packed,
    size_bytes,
    text,
    unpacked,
)
from chalicelib.adapters.dynamodb.state_changes import changed, changes
from chalicelib.adapters.dynamodb.tables import EXPIRES_AT, INDICATORS
from chalicelib.domain import IndicatorRecord, Tick
from chalicelib.errors import Conflict

_ABSENT = attribute("key").does_not_exist()
_NO_TICK_MS = -1
_FEW = 4
"""Versions that a read begins with: an ordinary minute needs two, and so many fit into one read unit."""


_UNIT_BYTES = 1024
_LONG_BYTES = 500
"""Of a compressed state: more leaves no room for a tick in one unit."""
_DAY_S = 86_400


class _Base(NamedTuple):
    """A version that was written whole."""

    version: int
    state: Any
    expires_at: int


class _Newest(NamedTuple):
    """What a commit must know of the version before it."""

    version: int
    newest_ms: int
    """open_ms of the newest tick of this and all earlier versions."""
    base: _Base | None = None
    """What the next version may be written as changes of; None where it is written whole."""


@dataclass(frozen=True, slots=True)
class Body:
    """What an item holds besides its key and the times by which it is found."""

    state: object
    ticks: tuple[Tick, ...]


@dataclass(frozen=True, slots=True)
class ChangedBody:
    """The same of an item that has no state of its own: what is changed in that of its base."""

    state: object
    ticks: tuple[Tick, ...]
    changes: object


class DynamoIndicatorStore:
    """`IndicatorStore`. A stored tick is never changed: one of the same minute is passed over."""

    def __init__(self, tables: Tables, kept_days: int = 14) -> None:
        self._tables = tables
        self._kept_days = kept_days
        self._newest: dict[str, _Newest] = {}
        """The newest versions that this instance saw; an old one only makes a commit refuse."""

    def load(self, key: str) -> IndicatorRecord:
        item = self._read_newest(key)
        if item is None:
            return IndicatorRecord(key, 0, None)
        cursor_ms = integer(item, "cursor_ms") if "cursor_ms" in item else None
        base, state = self._base_and_state(key, item)
        self._newest[key] = self._newest[key]._replace(base=base)
        return IndicatorRecord(key, integer(item, "version"), state, cursor_ms)

    def commit(self, record: IndicatorRecord, ticks: Sequence[Tick]) -> None:
        before = self._newest.pop(record.key, None)
        if before is None or before.version != record.version - 1:
            self._read_newest(record.key)
            before = self._newest.pop(record.key)
        if before.version != record.version - 1:
            raise _does_not_follow(record)
        newest_ms = max([before.newest_ms, *(tick.candle.open_ms for tick in ticks)])
        nonce = new_nonce()
        head: Item = {
            "key": text(record.key),
            "version": number(record.version),
            "newest_ms": number(newest_ms),
            NONCE: nonce,
            **({} if record.cursor_ms is None else {"cursor_ms": number(record.cursor_ms)}),
            **self._tables.expiry(self._kept_days),
        }
        item, base = self._written(head, record, tuple(ticks), before.base)
        try:
            self._tables.put(INDICATORS, item, _ABSENT)
        except ConditionFailed as refused:
            if not has_nonce(refused.stored, nonce):
                raise _does_not_follow(record) from refused
        except Contended as contended:
            raise _does_not_follow(record) from contended
        self._newest[record.key] = _Newest(record.version, newest_ms, base)

    def ticks(self, key: str, after_ms: int | None, limit: int) -> list[Tick]:
        start_ms = _NO_TICK_MS if after_ms is None else after_ms
        found: dict[int, Tick] = {}
        if limit > 0:
            for item in self._tables.query(INDICATORS, key, newest_first=True, page=_FEW):
                if integer(item, "newest_ms") <= start_ms:
                    break
                # Going backwards, so what an earlier version holds of the same minute takes the place of the later.
                found.update({tick.candle.open_ms: tick for tick in reversed(_body(item).ticks)})
        later = sorted(open_ms for open_ms in found if open_ms > start_ms)
        return [found[open_ms] for open_ms in later[: max(limit, 0)]]

    def _written(
        self, head: Item, record: IndicatorRecord, ticks: tuple[Tick, ...], base: _Base | None
    ) -> tuple[Item, _Base | None]:
        """The item, and what the version after it may be changes of."""
        expires_at = integer(head, EXPIRES_AT)
        if base is not None and expires_at - base.expires_at < self._kept_days * _DAY_S / 2:  # it goes before these do
            made = changes(base.state, record.state)
            body = packed(codec.dump(ChangedBody(None, ticks, made)))
            item = {**head, "base": number(base.version), "body": body}
            if made is not None and size_bytes(item) <= _UNIT_BYTES:
                return item, base
        whole = {**head, "body": packed(codec.dump(Body(record.state, ticks)))}
        is_long = len(packed(codec.dump(Body(record.state, ())))["B"]) > _LONG_BYTES
        return whole, _Base(record.version, record.state, expires_at) if is_long else None

    def _base_and_state(self, key: str, item: Item) -> tuple[_Base | None, object]:
        """What the next version may be changes of, and the state; None where the base has gone meanwhile."""
        if "base" not in item:
            return None, _body(item).state
        version = attribute("version") == {"N": str(integer(item, "base"))}
        bases = list(self._tables.query(INDICATORS, key, version))
        if not bases:
            return None, None
        base = _Base(integer(item, "base"), _body(bases[0]).state, integer(bases[0], EXPIRES_AT))
        made: Any = codec.load(ChangedBody, unpacked(item, "body")).changes
        return base, changed(base.state, made)

    def _read_newest(self, key: str) -> Item | None:
        found = list(islice(self._tables.query(INDICATORS, key, newest_first=True, page=1), 1))
        item = found[0] if found else None
        if item is None:
            self._newest[key] = _Newest(0, _NO_TICK_MS)
        else:
            self._newest[key] = _Newest(integer(item, "version"), integer(item, "newest_ms"))
        return item


def _body(item: Item) -> Body:
    return codec.load(Body, unpacked(item, "body"))


def _does_not_follow(record: IndicatorRecord) -> Conflict:
    return Conflict(f"indicators {record.key}: version {record.version} does not follow the stored one")
