"""Defects to plant in a process of Lambdas, by their names: the suites have to notice every one."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from functools import cache
from typing import Any

from pynamodb.connection import Connection

from chalicelib import wiring
from chalicelib.adapters import dynamodb
from chalicelib.adapters.dynamodb import DynamoIndicatorStore, DynamoNewsStore, DynamoPortfolioStore, Tables
from chalicelib.adapters.dynamodb.head import PreviousVersion
from chalicelib.adapters.dynamodb.items import new_nonce
from chalicelib.adapters.dynamodb.ledger import Ledger, adding, read_ledger
from chalicelib.adapters.dynamodb.news import Stored
from chalicelib.adapters.dynamodb.tables import NEWS
from chalicelib.domain import Change, IndicatorRecord, NewsItem
from chalicelib.errors import Halted
from chalicelib.wiring import aws, invocations
from tests.contract.defects import DynamoForgetsTheHalt


class CommitsAnyway(DynamoPortfolioStore):
    """A minute that another process has committed is committed once more, as a later version."""

    def _refuse_what_was_recorded(self, change: Change, head: PreviousVersion) -> None:
        pass

    def commit(self, change: Change) -> None:
        stored = self._stored_head(change.portfolio.agent_id)
        super().commit(replace(change, portfolio=replace(change.portfolio, version=stored.version + 1)))


class AppendsAnyway(DynamoIndicatorStore):
    """What another process has folded is appended once more, as a later version."""

    def commit(self, record: IndicatorRecord, ticks: Any) -> None:
        super().commit(replace(record, version=self.load(record.key).version + 1), ticks)


class StoresAnyway(DynamoNewsStore):
    """Headlines are looked up before they are stored, but not while they are."""

    def _add_chunk(self, ledger: Ledger, ids: list[str], chunk: list[NewsItem], claims: Any) -> None:
        nonce = new_nonce()
        stored = read_ledger(self._tables)
        fresh = [f"{stored.stored + place:08d}" for place in range(1, len(chunk) + 1)]
        items = [self._item(key, Stored(item), nonce) for key, item in zip(fresh, chunk, strict=True)]
        seen = [self._seen_item(claim.key, claim.holder) for item in chunk for claim in claims[item]]
        operations = [self._tables.putting(NEWS, item) for item in [*items, *seen]]
        self._transact([adding(self._tables, stored, fresh, nonce), *operations], nonce)


class ReadsTheFlagTooEarly(DynamoForgetsTheHalt):
    """The flags are read right before the transaction and no condition of it."""

    def commit(self, change: Change) -> None:
        if change.is_refused_while_halted and self._halts.flags(change.portfolio.agent_id):
            raise Halted("a flag is up")
        super().commit(change)


def be_patient() -> None:
    """Wait for DynamoDB as long as it takes: it may let others go first for a while."""

    def patient(prefix: str) -> Tables:
        return Tables(Connection(read_timeout_seconds=60.0, connect_timeout_seconds=60.0), prefix)

    dynamodb.open_tables = patient  # type: ignore[assignment]


def _store(**made: Callable[[Tables], object]) -> Callable[[], None]:
    """Have the process use these stores."""

    def plant() -> None:
        real = aws.stores.__wrapped__

        @cache
        def planted() -> wiring.Stores:
            stores = real()
            tables = dynamodb.open_tables(aws.this_stage().prefix)
            others: dict[str, Any] = {name: make(tables) for name, make in made.items()}
            return replace(stores, **others)

        aws.stores = planted

    return plant


def _take_any_event() -> None:
    invocations.is_stale = lambda event_ms, now_ms: False  # type: ignore[attr-defined]


PLANTS: dict[str, Callable[[], None]] = {
    "commits anyway": _store(portfolios=CommitsAnyway),
    "appends anyway": _store(indicators=AppendsAnyway),
    "stores anyway": _store(news=StoresAnyway),
    "takes any event": _take_any_event,
    "forgets the halt": _store(portfolios=DynamoForgetsTheHalt),
    "reads the flag too early": _store(portfolios=ReadsTheFlagTooEarly),
}
