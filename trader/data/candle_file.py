"""One candle file: bars of one length in any layout of `trader.data.tables`, read into float64 columns.

Gaps are allowed, and a row that is no candle of that length is one: such rows are left out and told, and where they are
most of a file it is none of candles and refused. Rows are counted as data rows from 1, a header not included.

A file is read in pieces, so that what it takes is the memory of the rows that are kept; one with the newest first is
read whole and turned.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import NamedTuple

import numpy as np
import pyarrow as pa

from chalicelib.assets import split_symbol
from chalicelib.errors import BadInput
from chalicelib.foreign_text import one_line
from trader.data.candle_faults import Sieve
from trader.data.candle_paths import EXTENSIONS, extension_of
from trader.data.candles import CandleColumns, between
from trader.data.file_symbols import symbol_in
from trader.data.spacing import Spacing, Step, is_newest_first, refuse_closes
from trader.data.tables.reading import CandleTable, Rows
from trader.data.tables.unclear import Unclear

TURNED = "newest first, so that its rows are counted from the last"
MOST_LATE, MOST_LATE_SHARE = 100, 0.01
"""Rows out of order that an exchange may have; a file with more is one of several, put together in another order."""


class CandleFile(NamedTuple):
    """The candles of a file, and what is to be told of it."""

    path: Path
    columns: CandleColumns
    """Between the bounds; perhaps none."""
    rows: int
    """Of the whole file."""
    words: str
    """What was taken for what; empty for the product's own layout."""
    odd: str
    """What was left out, empty where nothing was."""


def read_file(path: Path, symbol: str | None, from_ms: int | None, to_ms: int | None, step: Step) -> CandleFile:
    """The candles of a file between these times, so far apart, under this symbol or its own. Raises BadInput."""
    try:
        _refuse_no_file(path)
        table = CandleTable(path, symbol or symbol_in(stem_of(path)))
        sieve, kept, turned = _sieved(table, from_ms, to_ms, step)
    except Unclear as error:
        raise BadInput(f"{path}: {one_line(str(error))}") from error
    except (pa.ArrowException, OSError, EOFError, ValueError) as error:  # ValueError: a name in it is no UTF-8
        raise BadInput(f"{path}: not a readable {extension_of(path)} file ({one_line(str(error), 160)})") from error
    if not sieve.rows:
        raise BadInput(f"{path}: no candles in it, only a header")
    sieve.refuse_if_none(str(path))
    if sieve.late > max(MOST_LATE, MOST_LATE_SHARE * sieve.rows):
        raise BadInput(f"{path}: {sieve.late} of its {sieve.rows} rows are out of order of time: sort them")
    pa.default_memory_pool().release_unused()  # or the process keeps twice what it needs
    name = _symbol(path, symbol, [*table.symbols])
    times, *prices = (np.concatenate([piece[column] for piece in kept]) for column in range(1, 7))
    words = "; ".join([*table.words, *turned])
    return CandleFile(path, CandleColumns(name, times, *prices), sieve.rows, words, sieve.line)


def _refuse_no_file(path: Path) -> None:
    if not extension_of(path):
        raise BadInput(f"{path}: not a candle file; its name must end in {', '.join(EXTENSIONS)}")
    if not path.exists():
        raise BadInput(f"{path}: no such file")
    if not path.is_file():
        raise BadInput(f"{path}: not a file")
    if path.stat().st_size == 0:
        raise BadInput(f"{path}: the file is empty")


def _sieved(
    table: CandleTable, from_ms: int | None, to_ms: int | None, step: Step
) -> tuple[Sieve, list[CandleColumns], tuple[str, ...]]:
    """The candles between the bounds in order of time, and words where the file has another order."""
    sieve, spacing = Sieve(step.ms), Spacing(step)
    kept: list[CandleColumns] = []
    pieces, turned = _in_order(table)
    for piece in pieces:
        spacing.add(piece.times)
        if not kept:
            refuse_closes(piece.times)
        sound = sieve.sound(piece.times, piece.prices)
        columns = CandleColumns("", piece.times[sound].astype(np.int64), *(column[sound] for column in piece.prices))
        kept.append(between(columns, from_ms, to_ms))
    spacing.refuse_others()
    return sieve, kept, (TURNED,) if turned else ()


def _in_order(table: CandleTable) -> tuple[Iterator[Rows], bool]:
    """The pieces of a file, those of one with the newest first turned, and whether it is one."""
    pieces = table.pieces()
    first = next(pieces, None)
    if first is None:
        return iter(()), False
    if not is_newest_first(first.times):
        return _chained(first, pieces), False
    return (_turned(piece) for piece in [first, *pieces][::-1]), True


def _chained(first: Rows, rest: Iterator[Rows]) -> Iterator[Rows]:
    yield first
    yield from rest


def _turned(piece: Rows) -> Rows:
    return Rows(piece.times[::-1], [column[::-1] for column in piece.prices])


def _symbol(path: Path, given: str | None, cells: Sequence[str]) -> str:
    """The symbol that was given, else that of the column of symbols or of the file's name, which must not differ."""
    if given:
        return given
    named = symbol_in(stem_of(path))
    inside = symbol_in(cells[0]) if cells else None
    if named and inside and inside not in (named, split_symbol(named)[0]):
        raise BadInput(f"{path}: is named for {named} and says {inside} in its column of symbols; --symbol decides")
    symbol = named or inside
    if not symbol:
        raise BadInput(
            f"{path}: which symbol? It is taken from the file's name, which gives no single one; name it by --symbol"
        )
    return symbol


def stem_of(path: Path) -> str:
    """A file's name without its extension."""
    return path.name[: len(path.name) - len(extension_of(path))]
