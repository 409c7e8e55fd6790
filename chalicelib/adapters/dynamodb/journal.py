"""What commits appended, as pages."""

from __future__ import annotations

from collections.abc import Iterable
from itertools import islice
from typing import TypeVar

from chalicelib import codec
from chalicelib.adapters.dynamodb.client import Tables, attribute
from chalicelib.adapters.dynamodb.head import head_of, read_head
from chalicelib.adapters.dynamodb.items import integer, text, unpacked
from chalicelib.adapters.dynamodb.minutes import Line, lines_backwards, minute_of
from chalicelib.adapters.dynamodb.portfolio import FILLS, MOST_RECORDS, TRADES, Fills, Trades, numbered_key
from chalicelib.adapters.dynamodb.tables import MONEY
from chalicelib.domain import Decision, EquityPoint, Fill, Trade
from chalicelib.errors import BadInput

_HIGHEST = 2**63 - 1
_LAST_VERSION = 10**12 - 1

Record = TypeVar("Record", Trade, Decision)


class DynamoJournal:
    """`Journal`. A page's limit below 1 is BadInput. What is appended between two pages shifts neither.

    A cursor is the version or minute of a record times 1,000 plus its place among those committed together.
    """

    def __init__(self, tables: Tables) -> None:
        self._tables = tables

    def fills(self, agent_id: str) -> list[Fill]:
        items = self._tables.query(MONEY, agent_id, attribute("sk").startswith(FILLS))
        return [fill for item in items for fill in codec.load(Fills, unpacked(item, "body")).fills]

    def trades(self, agent_id: str, limit: int, before: int | None = None) -> tuple[list[Trade], int | None]:
        _require(limit, before)
        newest = _LAST_VERSION if before is None else min(max(before // MOST_RECORDS, 0), _LAST_VERSION)
        lowest, highest = text(numbered_key(TRADES, 0)), text(numbered_key(TRADES, newest))
        bounds = attribute("sk").between(lowest, highest)
        items = self._tables.query(MONEY, agent_id, bounds, newest_first=True, page=limit + 1)
        found = (
            (integer(item, "version") * MOST_RECORDS + place, trade)
            for item in items
            for place, trade in _numbered(codec.load(Trades, unpacked(item, "body")).trades)
        )
        return _page(found, limit, before)

    def decisions(self, agent_id: str, limit: int, before: int | None = None) -> tuple[list[Decision], int | None]:
        _require(limit, before)
        until_ms = None if before is None else before // MOST_RECORDS
        found = (
            (line.minute_ms * MOST_RECORDS + place, decision)
            for line in self._lines(agent_id, until_ms)
            for place, decision in _numbered(minute_of(line).decisions)
        )
        return _page(found, limit, before)

    def decided_at(self, agent_id: str, minute_ms: int) -> list[Decision]:
        _require(1, minute_ms)
        line = next(iter(self._lines(agent_id, minute_ms)), None)
        return [] if line is None or line.minute_ms != minute_ms else list(minute_of(line).decisions)

    def equity(self, agent_id: str, from_ms: int, to_ms: int) -> list[EquityPoint]:
        _require(1, from_ms, to_ms)
        points = []
        for line in self._lines(agent_id, to_ms):
            if line.minute_ms < from_ms:
                break
            point = minute_of(line).equity
            if point is not None:
                points.append(point)
        return points[::-1]

    def _lines(self, agent_id: str, until_ms: int | None) -> Iterable[Line]:
        item = read_head(self._tables, agent_id)
        waiting = () if item is None else head_of(item).waiting
        return lines_backwards(self._tables, agent_id, waiting, until_ms)


def _numbered(records: tuple[Record, ...]) -> list[tuple[int, Record]]:
    """The records of one commit with their places, the last one first."""
    return list(enumerate(records))[::-1]


def _page(found: Iterable[tuple[int, Record]], limit: int, before: int | None) -> tuple[list[Record], int | None]:
    """The first `limit` records whose cursor is lower, and the cursor of the next page if there is one."""
    lower = ((cursor, record) for cursor, record in found if before is None or cursor < before)
    rows = list(islice(lower, limit + 1))
    page = rows[:limit]
    return [record for _, record in page], page[-1][0] if len(rows) > limit else None


def _require(limit: int, *numbers: int | None) -> None:
    if limit < 1:
        raise BadInput(f"limit: {limit} given, at least 1 allowed")
    for number in numbers:
        if number is not None and abs(number) > _HIGHEST:
            raise BadInput(f"{number}: beyond all times and cursors")
