"""What commits appended, as pages."""

from __future__ import annotations

from typing import TypeVar

from chalicelib import codec
from chalicelib.adapters.sqlite.database import Database
from chalicelib.domain import Decision, EquityPoint, Fill, Portfolio, Trade
from chalicelib.errors import BadInput

_FILLS = "SELECT body FROM fill WHERE agent_id = ? ORDER BY number"
_NEWEST = 2**63 - 1
_TRADES = "SELECT number, body FROM trade WHERE agent_id = ? AND number < ? ORDER BY number DESC LIMIT ?"
_DECISIONS = "SELECT number, body FROM decision WHERE agent_id = ? AND number < ? ORDER BY number DESC LIMIT ?"
_HIGHEST = "SELECT max(number) FROM decision WHERE agent_id = ?"
_FROM = "SELECT number, body FROM decision WHERE agent_id = ? AND number >= ? ORDER BY number LIMIT ?"
_PAGE = 100
_EQUITY = """SELECT time_ms, equity, cash, drawdown, switch, found FROM equity
    WHERE agent_id = ? AND time_ms BETWEEN ? AND ? ORDER BY time_ms"""

Record = TypeVar("Record", Trade, Decision)


class SqliteJournal:
    """`Journal` over a Database. A page's limit below 1 is BadInput. Rows written between two pages shift neither."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def fills(self, agent_id: str) -> list[Fill]:
        return [codec.load(Fill, body) for (body,) in self._database.query(_FILLS, (agent_id,))]

    def trades(self, agent_id: str, limit: int, before: int | None = None) -> tuple[list[Trade], int | None]:
        return self._page(Trade, _TRADES, agent_id, limit, before)

    def decisions(self, agent_id: str, limit: int, before: int | None = None) -> tuple[list[Decision], int | None]:
        return self._page(Decision, _DECISIONS, agent_id, limit, before)

    def decided_at(self, agent_id: str, minute_ms: int) -> list[Decision]:
        found: list[Decision] = []
        number = self._first_number(agent_id, minute_ms)
        while True:
            rows = self._database.query(_FROM, (agent_id, number, _PAGE))
            page = [codec.load(Decision, body) for _, body in rows]
            found += [decision for decision in page if decision.minute_ms == minute_ms]
            if len(rows) < _PAGE or page[-1].minute_ms > minute_ms:
                return found
            number = rows[-1][0] + 1

    def _first_number(self, agent_id: str, minute_ms: int) -> int:
        """The number from which on no decision is of an earlier minute: they are numbered in order of time."""
        [(highest,)] = self._database.query(_HIGHEST, (agent_id,))
        low, high = 0, highest or 0
        while low < high:
            middle = (low + high) // 2
            [(number, body)] = self._database.query(_FROM, (agent_id, middle, 1))
            if codec.load(Decision, body).minute_ms < minute_ms:
                low = number + 1
            else:
                high = middle
        return low

    def equity(self, agent_id: str, from_ms: int, to_ms: int) -> list[EquityPoint]:
        return [_point(*row) for row in self._database.query(_EQUITY, (agent_id, from_ms, to_ms))]

    def _page(
        self, kind: type[Record], sql: str, agent_id: str, limit: int, before: int | None
    ) -> tuple[list[Record], int | None]:
        if limit < 1:
            raise BadInput(f"limit: {limit} given, at least 1 allowed")
        rows = self._database.query(sql, (agent_id, _NEWEST if before is None else before, limit + 1))
        page = rows[:limit]
        return [codec.load(kind, body) for _, body in page], page[-1][0] if len(rows) > limit else None


def _point(time_ms: int, equity: float, cash: float, drawdown: float, switch: str, found: str | None) -> EquityPoint:
    portfolio = None if found is None else codec.load(Portfolio, found)
    return EquityPoint(time_ms, equity, cash, drawdown, switch, portfolio)
