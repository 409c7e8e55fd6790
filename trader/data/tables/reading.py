"""Candles out of a table: open_times in milliseconds and five columns of prices, some rows at a time."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

import pyarrow as pa

from trader.data.arrays import Floats
from trader.data.tables.clocks import TimeColumn
from trader.data.tables.column_kinds import Column, as_numbers, as_strings
from trader.data.tables.columnar import ParquetSource, TableSource, feather_table
from trader.data.tables.containers import FileKind, kind_of, kind_that_begins, unpacked, words_of
from trader.data.tables.csv_source import CsvSource
from trader.data.tables.lists import LARGEST_BYTES, json_table
from trader.data.tables.names import COLUMNS, plain_name
from trader.data.tables.source import TableFile
from trader.data.tables.unclear import Unclear

HEAD_BYTES = 65_536


class Rows(NamedTuple):
    """Some rows of a file in its own order."""

    times: Floats
    """open_time in ms."""
    prices: list[Floats]
    """Open, high, low, close and volume; NaN where there is none."""


class CandleTable:
    """The candles of a file as they stand there."""

    def __init__(self, path: Path, symbol: str | None) -> None:
        """`symbol`, as far as it is known, tells a volume in its base from one in its quote currency.

        Raises Unclear for what is no table of candles, ArrowException, OSError.
        """
        kind = kind_of(path)
        self._source = _source(path, kind, symbol)
        columns, names = self._source.columns, self._source.names
        self._clock = TimeColumn(names[columns.time[0]] if names else "", lambda: self._source.pieces(columns.time))
        self._kind = words_of(kind, path)
        self._narrow: tuple[str, ...] = ()
        self.symbols: dict[str, None] = {}
        """What a column of symbols said in the rows read until now."""

    @property
    def words(self) -> tuple[str, ...]:
        """Words for what was taken for what in the rows read until now; empty for the product's own layout."""
        return (*self._kind, *self._source.words, *_renamed(self._source), *self._clock.words, *self._narrow)

    def pieces(self) -> Iterator[Rows]:
        """Every row. Raises Unclear for the first that cannot be read, ArrowException, OSError."""
        columns = self._source.columns
        symbol = () if columns.symbol is None else (columns.symbol,)
        width = len(columns.time)
        rows = 0
        for piece in self._source.pieces((*columns.time, *columns.prices, *symbol)):
            if not piece.num_rows:
                continue
            found = piece.columns
            if symbol:
                self._note_symbols(found[-1])
            times = self._clock.times(found[:width], rows)
            if any(pa.types.is_float32(column.type) for column in found[width : width + 4]):
                self._narrow = ("prices of 32-bit floats, right to some 7 digits",)
            yield Rows(times, [as_numbers(*each) for each in zip(COLUMNS[1:], found[width : width + 5], strict=True)])
            rows += piece.num_rows

    def _note_symbols(self, column: Column) -> None:
        """Raises Unclear for a second symbol."""
        for value in as_strings(column).unique():
            self.symbols[str(value)] = None
        if len(self.symbols) > 1:
            raise Unclear(f"candles of several symbols ({', '.join([*self.symbols][:3])}): one file a symbol")


def _source(path: Path, kind: FileKind, symbol: str | None) -> TableFile:
    if kind is FileKind.PARQUET:
        return ParquetSource(path, symbol)
    if kind in (FileKind.FEATHER, FileKind.OLD_FEATHER):
        return TableSource(feather_table(path), symbol)
    with unpacked(path, kind) as stream:
        head = stream.read(HEAD_BYTES)
        inside = kind_that_begins(head)
        if inside is not FileKind.TEXT:
            raise Unclear(f"{inside.name.lower()} packed in {kind.name.lower()}: unpack it")
        if head.lstrip(b"\xef\xbb\xbf \t\r\n")[:1] in (b"[", b"{"):
            content = head + stream.read(LARGEST_BYTES)
            if len(content) > LARGEST_BYTES:
                raise Unclear(f"JSON of more than {LARGEST_BYTES >> 20} MB: write it as Parquet or CSV")
            return TableSource(*_json(content, symbol))
    return CsvSource(path, kind, head, symbol)


def _json(content: bytes, symbol: str | None) -> tuple[pa.Table, str | None, tuple[str, ...]]:
    table, words = json_table(content)
    return table, symbol, words


def _renamed(source: TableFile) -> tuple[str, ...]:
    """Words for the names that were taken for others, where they are others than ours."""
    columns, names = source.columns, source.names
    if not names:
        return ()
    pairs = [(" and ".join(names[at] for at in columns.time), COLUMNS[0])]
    pairs += [(names[at], ours) for at, ours in zip(columns.prices, COLUMNS[1:], strict=True)]
    told = [f"{name or 'the first column'} for {ours}" for name, ours in pairs if plain_name(name) != plain_name(ours)]
    return (f"read {', '.join(told)}",) if told else ()
