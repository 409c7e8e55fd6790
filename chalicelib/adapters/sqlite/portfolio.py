"""An agent's portfolio under an optimistic version, and all that is written with it in one transaction."""

from __future__ import annotations

from collections.abc import Sequence

from chalicelib import codec
from chalicelib.adapters.sqlite.database import Database
from chalicelib.adapters.sqlite.halts import SqliteHaltStore
from chalicelib.domain import Change, Decision, Fill, Portfolio, Trade
from chalicelib.errors import Conflict, Halted
from chalicelib.ports import HaltStore

_LOAD = "SELECT body FROM portfolio WHERE agent_id = ?"
_INSERT = "INSERT INTO portfolio (version, body, agent_id) VALUES (?, ?, ?) ON CONFLICT DO NOTHING"
_UPDATE = "UPDATE portfolio SET version = ?1, body = ?2 WHERE agent_id = ?3 AND version = ?1 - 1"
_AGENTS = "SELECT agent_id FROM portfolio ORDER BY agent_id"
_INTENT = "INSERT INTO intent VALUES (?, ?, ?)"
_EQUITY = "INSERT INTO equity VALUES (?, ?, ?, ?, ?, ?, ?)"
_FILL = "INSERT INTO fill (agent_id, body) VALUES (?, ?)"
_TRADE = "INSERT INTO trade (agent_id, body) VALUES (?, ?)"
_DECISION = "INSERT INTO decision (agent_id, body) VALUES (?, ?)"


class SqlitePortfolioStore:
    """`PortfolioStore` over a Database.

    A commit is refused, whole, for the first of these that holds:
    1. the version does not follow the stored one: Conflict, since a stale writer has to reload whatever the flags say;
    2. it has orders of the rule and a flag is up: Halted;
    3. an entry's client id was ever used by this agent, or the equity point's minute has one: Conflict.
    """

    def __init__(self, database: Database, halts: HaltStore | None = None) -> None:
        """`halts` has the flags that count; those in the same file where none is given."""
        self._database = database
        self._halts = halts or SqliteHaltStore(database)

    def load(self, agent_id: str) -> Portfolio | None:
        rows = self._database.query(_LOAD, (agent_id,))
        return codec.load(Portfolio, rows[0][0]) if rows else None

    def commit(self, change: Change) -> None:
        with self._database.transaction():
            self._replace(change.portfolio)
            if change.is_refused_while_halted:
                self._refuse_if_halted(change.portfolio.agent_id)
            self._append(change)

    def agents(self) -> list[str]:
        return [agent_id for (agent_id,) in self._database.query(_AGENTS)]

    def _replace(self, portfolio: Portfolio) -> None:
        row = (portfolio.version, codec.dump(portfolio), portfolio.agent_id)
        if self._database.execute(_INSERT if portfolio.version == 1 else _UPDATE, row) == 0:
            raise Conflict(f"agent {portfolio.agent_id}: version {portfolio.version} does not follow the stored one")

    def _refuse_if_halted(self, agent_id: str) -> None:
        for flag in self._halts.flags(agent_id):
            raise Halted(f"agent {agent_id}: no new order while halted ({flag.reason})")

    def _append(self, change: Change) -> None:
        agent_id = change.portfolio.agent_id
        for order in change.entries:
            self._database.execute(_INTENT, (agent_id, order.client_id, codec.dump(order)))
        self._append_bodies(_FILL, agent_id, change.fills)
        self._append_bodies(_TRADE, agent_id, change.trades)
        self._append_bodies(_DECISION, agent_id, change.decisions)
        point = change.equity
        if point is not None:
            found = None if point.found is None else codec.dump(point.found)
            row = agent_id, point.time_ms, point.equity, point.cash, point.drawdown, point.switch, found
            self._database.execute(_EQUITY, row)

    def _append_bodies(self, sql: str, agent_id: str, records: Sequence[Fill | Trade | Decision]) -> None:
        for record in records:
            self._database.execute(sql, (agent_id, codec.dump(record)))
