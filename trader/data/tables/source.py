"""A table, which every kind of file becomes: one that can be read a column at a time, in pieces, more than once."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Protocol

import pyarrow as pa

from trader.data.tables.names import ColumnPlaces


class TableFile(Protocol):
    """A table and which of its columns is which."""

    @property
    def names(self) -> tuple[str, ...]:
        """Names of the columns as they are written, empty where they have none."""
        ...

    @property
    def columns(self) -> ColumnPlaces: ...

    @property
    def words(self) -> tuple[str, ...]:
        """Words for what was assumed about how it is laid out; empty where nothing was."""
        ...

    def pieces(self, places: Sequence[int]) -> Iterator[pa.RecordBatch]:
        """These columns, in this order, some rows at a time. Raises Unclear, ArrowException, OSError."""
        ...
