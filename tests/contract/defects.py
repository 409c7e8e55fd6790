"""Portfolio stores that break one promise each, over either database: the suites have to notice every one."""

from __future__ import annotations

import time
from dataclasses import replace

from pynamodb.expressions.condition import Condition

from chalicelib import codec
from chalicelib.adapters.dynamodb import DynamoPortfolioStore
from chalicelib.adapters.dynamodb.client import Operation, attribute
from chalicelib.adapters.dynamodb.faults import Cancelled
from chalicelib.adapters.dynamodb.halts import flag_checks
from chalicelib.adapters.dynamodb.head import PreviousVersion
from chalicelib.adapters.dynamodb.items import Attribute, Item
from chalicelib.adapters.dynamodb.portfolio import intent_item
from chalicelib.adapters.dynamodb.tables import MONEY
from chalicelib.adapters.sqlite import SqlitePortfolioStore
from chalicelib.domain import Change, Portfolio
from chalicelib.errors import Halted


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
        if change.is_refused_while_halted:
            super()._refuse_if_halted(change.portfolio.agent_id)
            time.sleep(0.002)
        super().commit(change)

    def _refuse_if_halted(self, agent_id: str) -> None:
        pass


class ForgetsTheHaltOfExits(SqlitePortfolioStore):
    """Only entries are refused."""

    def commit(self, change: Change) -> None:
        super().commit(replace(change, exits=()))


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
            if change.is_refused_while_halted:
                self._refuse_if_halted(change.portfolio.agent_id)
            self._append(change)


class DynamoForgetsTheVersion(DynamoPortfolioStore):
    """The last writer wins."""

    def _following(self, change: Change) -> PreviousVersion:
        return self._stored_head(change.portfolio.agent_id)

    def _follows(self, change: Change) -> Condition:
        anything: Condition = attribute("pk").exists() | attribute("pk").does_not_exist()
        return anything


class DynamoForgetsTheHalt(DynamoPortfolioStore):
    """The condition on the flags is left out of the transaction."""

    def _flag_checks(self, agent_id: str) -> list[Operation]:
        return []


class DynamoForgetsTheHaltOfExits(DynamoPortfolioStore):
    """Only entries are refused."""

    def commit(self, change: Change) -> None:
        super().commit(replace(change, exits=()))


class DynamoForgetsTheHaltOfAll(DynamoPortfolioStore):
    """Only the agent's own flag is a condition."""

    def _flag_checks(self, agent_id: str) -> list[Operation]:
        return flag_checks(self._tables, agent_id)[1:]


class DynamoReadsTheFlagTooEarly(DynamoPortfolioStore):
    """The flags are read before the transaction and no condition of it."""

    def commit(self, change: Change) -> None:
        if change.is_refused_while_halted and self._halts.flags(change.portfolio.agent_id):
            raise Halted("a flag is up")
        time.sleep(0.1)
        super().commit(change)

    def _flag_checks(self, agent_id: str) -> list[Operation]:
        return []


class DynamoForgetsIntents(DynamoPortfolioStore):
    """An intent takes the place of an older one of the same id."""

    def _intents(self, change: Change) -> list[Operation]:
        return [self._tables.putting(MONEY, intent_item(order, change.portfolio.agent_id)) for order in change.entries]


class DynamoCommitsInPieces(DynamoPortfolioStore):
    """Two writes in place of one transaction: the portfolio, then what belongs to it."""

    def _write_all(self, change: Change, item: Item, nonce: Attribute) -> None:
        self._write_alone(change, item, nonce)
        time.sleep(0.02)
        checks = self._flag_checks(change.portfolio.agent_id) if change.is_refused_while_halted else []
        rest = [*checks, *self._intents(change), *self._appended(change)]
        try:
            self._tables.transact(rest, f"{change.portfolio.agent_id}-{change.portfolio.version}")
        except Cancelled as cancelled:
            raise Halted(str(cancelled)) from cancelled
