"""Every family of store adapters under one shape, so that the suites run over all of them and over planted defects."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Protocol

from chalicelib import wiring
from chalicelib.adapters.sqlite import Database, SqlitePortfolioStore
from chalicelib.wiring import Stores

__all__ = ["Backend", "SqliteBackend", "Stores", "make_backend", "sqlite_stores"]


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
    """What wiring gives, with the portfolio store of this class."""
    return replace(wiring.stores_over(database), portfolios=portfolio_store(database))


def make_backend(name: str, folder: Path) -> Backend:
    """An empty backend of the adapter family of this name."""
    families = {"sqlite": lambda: SqliteBackend(folder / "trader.db")}
    return families[name]()
