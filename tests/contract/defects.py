"""Portfolio stores that break one promise each: the suites have to notice every one of them."""

from __future__ import annotations

import time

from chalicelib import codec
from chalicelib.adapters.sqlite import SqlitePortfolioStore
from chalicelib.domain import Change, Portfolio


class ForgetsTheVersion(SqlitePortfolioStore):
    """The last writer wins."""

    def _replace(self, portfolio: Portfolio) -> None:
        row = (portfolio.agent_id, portfolio.version, codec.dump(portfolio))
        self._database.execute("INSERT OR REPLACE INTO portfolio VALUES (?, ?, ?)", row)


class ForgetsTheHalt(SqlitePortfolioStore):
    """Entries commit whatever the flags say."""

    def _refuse_if_halted(self, agent_id: str) -> None:
        pass


class ForgetsTheHaltOfAll(SqlitePortfolioStore):
    """Only the agent's own flag counts."""

    def _refuse_if_halted(self, agent_id: str) -> None:
        if any(flag.scope == agent_id for flag in self._halts.flags(agent_id)):
            super()._refuse_if_halted(agent_id)


class ReadsTheFlagTooEarly(SqlitePortfolioStore):
    """The flag is read before the transaction begins, so that a switch thrown in between is missed."""

    def commit(self, change: Change) -> None:
        if change.entries:
            super()._refuse_if_halted(change.portfolio.agent_id)
            time.sleep(0.002)
        super().commit(change)

    def _refuse_if_halted(self, agent_id: str) -> None:
        pass


class ForgetsIntents(SqlitePortfolioStore):
    """An entry is not remembered once it is no longer pending."""

    def _append(self, change: Change) -> None:
        with self._database.transaction():
            super()._append(change)
            self._database.execute("DELETE FROM intent")


class CommitsInPieces(SqlitePortfolioStore):
    """The portfolio is written for good before what belongs to it."""

    def commit(self, change: Change) -> None:
        with self._database.transaction():
            self._replace(change.portfolio)
        time.sleep(0.02)
        with self._database.transaction():
            if change.entries:
                self._refuse_if_halted(change.portfolio.agent_id)
            self._append(change)
