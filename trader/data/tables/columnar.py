"""Parquet and Feather files, which carry names and kinds of their columns."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path

import pyarrow as pa
from pyarrow import feather, parquet

from trader.data.tables.names import columns_of
from trader.data.tables.unclear import Unclear

ROWS_AT_A_TIME = 65_536


class ParquetSource:
    """A Parquet file."""

    words = ()

    def __init__(self, path: Path, symbol: str | None) -> None:
        """Raises Unclear for names that are no candles', ArrowException, OSError."""
        self._path = path
        with parquet.ParquetFile(path) as file:
            self.names = tuple(file.schema_arrow.names)
        self.columns = columns_of(self.names, symbol)

    def pieces(self, places: Sequence[int]) -> Iterator[pa.RecordBatch]:
        names = [self.names[place] for place in places]
        with parquet.ParquetFile(self._path) as file:
            for piece in file.iter_batches(ROWS_AT_A_TIME, columns=names):
                yield piece.select(names)


class TableSource:
    """A table in memory, as Feather and JSON files are read."""

    def __init__(self, table: pa.Table, symbol: str | None, words: tuple[str, ...] = ()) -> None:
        """Raises Unclear for names that are no candles'."""
        self._table = table
        self.names = tuple(table.column_names)
        self.columns = columns_of(self.names, symbol)
        self.words = words

    def pieces(self, places: Sequence[int]) -> Iterator[pa.RecordBatch]:
        yield from self._table.select(list(places)).to_batches(ROWS_AT_A_TIME)


def feather_table(path: Path) -> pa.Table:
    """The table of a Feather file of either version. Raises Unclear, ArrowException, OSError."""
    try:
        return feather.read_table(path)
    except pa.ArrowNotImplementedError as error:
        raise Unclear(f"a Feather file that cannot be read ({error})") from None
