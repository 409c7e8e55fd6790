"""Every family of store adapters under one shape, so that the suites run over all of them and over planted defects."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager, nullcontext
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Protocol

from chalicelib import wiring
from chalicelib.adapters import dynamodb
from chalicelib.adapters.dynamodb import DynamoPortfolioStore, Tables
from chalicelib.adapters.sqlite import Database, SqliteHomeHaltStore, SqlitePortfolioStore
from chalicelib.wiring import Stores
from tests.support.dynamodb import created, shared_connection

__all__ = [
    "Backend",
    "DynamoBackend",
    "SqliteBackend",
    "SqliteHomeBackend",
    "Stores",
    "dynamodb_stores",
    "make_backend",
    "sqlite_stores",
]


class Backend(Protocol):
    """One set of data. Picklable: a test hands it to other processes."""

    def open(self) -> AbstractContextManager[Stores]:
        """The stores as one more thread or process opens them."""
        ...


@dataclass(frozen=True, slots=True)
class SqliteBackend:
    path: Path
    portfolio_store: type[SqlitePortfolioStore] = SqlitePortfolioStore

    @contextmanager
    def open(self) -> Iterator[Stores]:
        with Database(self.path) as database:
            yield sqlite_stores(database, self.portfolio_store)


@dataclass(frozen=True, slots=True)
class SqliteHomeBackend:
    """A run and the flags of its home, each in a file of its own."""

    path: Path
    portfolio_store: type[SqlitePortfolioStore] = SqlitePortfolioStore
    halt_store: type[SqliteHomeHaltStore] = SqliteHomeHaltStore

    @contextmanager
    def open(self) -> Iterator[Stores]:
        with Database(self.path.with_name("halts.db")) as home, Database(self.path) as database:
            halts = self.halt_store(home, database)
            made = wiring.stores_over(database, halts)
            yield replace(made, portfolios=self.portfolio_store(database, halts))


def sqlite_stores(database: Database, portfolio_store: type[SqlitePortfolioStore] = SqlitePortfolioStore) -> Stores:
    """What wiring gives, with the portfolio store of this class."""
    return replace(wiring.stores_over(database), portfolios=portfolio_store(database))


@dataclass(frozen=True, slots=True)
class DynamoBackend:
    """The tables of one prefix at a server that every process can reach."""

    endpoint: str
    prefix: str
    portfolio_store: type[DynamoPortfolioStore] = DynamoPortfolioStore

    @contextmanager
    def open(self) -> Iterator[Stores]:
        yield dynamodb_stores(Tables(shared_connection(self.endpoint), self.prefix), self.portfolio_store)


def dynamodb_stores(tables: Tables, portfolio_store: type[DynamoPortfolioStore] = DynamoPortfolioStore) -> Stores:
    """Every store over these tables, with the portfolio store of this class."""
    news, halts = dynamodb.DynamoNewsStore(tables), dynamodb.DynamoHaltStore(tables)
    return Stores(
        candles=dynamodb.DynamoCandleStore(tables),
        indicators=dynamodb.DynamoIndicatorStore(tables),
        rules=dynamodb.DynamoRuleStore(tables),
        news=news,
        feeds=dynamodb.DynamoFeedStore(tables),
        portfolios=portfolio_store(tables),
        halts=halts,
        run_halts=halts,
        failures=dynamodb.DynamoFailureStore(tables),
        journal=dynamodb.DynamoJournal(tables),
        scoring=news,
        transaction=nullcontext,
    )


def make_backend(name: str, folder: Path, endpoint: Callable[[], str]) -> Backend:
    """An empty backend of the adapter family of this name; `endpoint` starts the DynamoDB server."""
    if name == "sqlite-home":
        return SqliteHomeBackend(folder / "trader.db")
    if name == "sqlite":
        return SqliteBackend(folder / "trader.db")
    return DynamoBackend(endpoint(), created(shared_connection(endpoint())))
