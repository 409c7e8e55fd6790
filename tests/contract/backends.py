"""Every family of store adapters under one shape, so that the suites run over all of them and over planted defects."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

from chalicelib.adapters.sqlite import (
    Database,
    SqliteCandleStore,
    SqliteFeedStore,
    SqliteHaltStore,
    SqliteIndicatorStore,
    SqliteJournal,
    SqliteNewsStore,
    SqlitePortfolioStore,
)
from chalicelib.ports import (
    CandleStore,
    FeedStore,
    HaltStore,
    IndicatorStore,
    Journal,
    NewsStore,
    PortfolioStore,
)


@dataclass(frozen=True, slots=True)
class Stores:
    """Every store port over the same data."""

    candles: CandleStore
    indicators: IndicatorStore
    news: NewsStore
    feeds: FeedStore
    portfolios: PortfolioStore
    halts: HaltStore
    journal: Journal


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


def sqlite_stores(database: Database, portfolio_store: type[SqlitePortfolioStore] = SqlitePortfolioStore) -> Stores:
    return Stores(
        candles=SqliteCandleStore(database),
        indicators=SqliteIndicatorStore(database),
        news=SqliteNewsStore(database),
        feeds=SqliteFeedStore(database),
        portfolios=portfolio_store(database),
        halts=SqliteHaltStore(database),
        journal=SqliteJournal(database),
    )


def make_backend(name: str, folder: Path) -> Backend:
    """An empty backend of the adapter family of this name."""
    families = {"sqlite": lambda: SqliteBackend(folder / "trader.db")}
    return families[name]()
