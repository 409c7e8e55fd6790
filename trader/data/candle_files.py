"""Candle files: one-minute bars in any layout of `trader.data.tables`, read into float64 columns.

Gaps are allowed, and a row that is no candle of a minute is one: such rows are left out and told, and where they are
most of a file it is none of candles and refused. Rows are counted as data rows from 1, a header not included.

A file is read in pieces, so that what it takes is the memory of the rows that are kept; one with the newest first is
read whole and turned.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import NamedTuple

import numpy as np
import pyarrow as pa

from chalicelib.assets import split_symbol
from chalicelib.errors import BadInput
from chalicelib.foreign_text import one_line
from chalicelib.symbol_name import symbol_name
from trader.data.candle_faults import Sieve
from trader.data.candle_paths import EXTENSIONS, extension_of, paths_of
from trader.data.candles import CandleColumns, between
from trader.data.file_symbols import symbol_in
from trader.data.joining import joined
from trader.data.spacing import Spacing, is_newest_first, refuse_closes
from trader.data.tables.names import COLUMNS as COLUMNS
from trader.data.tables.reading import CandleTable, Rows
from trader.data.tables.unclear import Unclear

Say = Callable[[str], None]
TURNED = "newest first, so that its rows are counted from the last"

log = logging.getLogger(__name__)


class CandleFile(NamedTuple):
    """What was read of a file."""

    path: Path
    columns: CandleColumns
    """Between the bounds; perhaps none."""
    rows: int
    """Of the whole file."""
    words: str
    """What was taken for what; empty for the product's own layout."""
    odd: str
    """What was left out, empty where nothing was."""


def read_candles(
    path: Path,
    symbol: str | None = None,
    from_ms: int | None = None,
    to_ms: int | None = None,
    say: Say = log.warning,
) -> CandleColumns:
    """The candles of a file that open between these times, both inclusive; at least one.

    Its symbol is what its column of symbols or its name says unless given. Places other than `COLUMNS` are ignored.
    Every row is checked, also those that are not kept; `say` hears in one line of what was taken for what where the
    layout is not `COLUMNS` in milliseconds, and in one of rows that are no candles. Raises BadInput with the file, the
    row and what is wrong with it.
    """
    [columns] = _by_symbol([_read(path, symbol, from_ms, to_ms)], say)
    return columns


def read_candle_files(
    files: str,
    symbols: str | None = None,
    from_ms: int | None = None,
    to_ms: int | None = None,
    say: Say = log.warning,
) -> list[CandleColumns]:
    """What `--candles` and `--symbol` name, in that order, between these times; several files of a symbol are joined.

    `say` hears in one line of all files of which the same is to be said. Raises BadInput.
    """
    parts = paths_of(files)
    names = _names(parts, symbols)
    read = [_read(path, name, from_ms, to_ms) for part, name in zip(parts, names, strict=True) for path in part]
    return _by_symbol(read, say)


def _names(parts: Sequence[Sequence[Path]], symbols: str | None) -> list[str | None]:
    """The symbol of each part where they are given: one a part, or one for all if no name says another."""
    if symbols is None:
        return [None] * len(parts)
    given = [symbol_name(part, "--symbol") for part in symbols.split(",")]
    if len(given) == len(parts):
        return [*given]
    named = {symbol_in(_stem(path)) for part in parts for path in part} - {None}
    if len(given) == 1 and len(named) <= 1:
        return [given[0]] * len(parts)
    raise BadInput(f"--symbol {symbols!r}: give one symbol per candle file ({len(parts)}), separated by commas")


def _by_symbol(files: Sequence[CandleFile], say: Say) -> list[CandleColumns]:
    for line in _told(files):
        say(line)
    grouped: dict[str, list[CandleFile]] = {}
    for file in files:
        grouped.setdefault(file.columns.symbol, []).append(file)
    for group in grouped.values():
        if not any(len(file.columns.open_ms) for file in group):
            rows = sum(file.rows for file in group)
            raise BadInput(f"{_named(group)}: none of its {rows} candles opens between --from and --to")
    return [joined([file.columns for file in group], say) for group in grouped.values()]


def _told(files: Sequence[CandleFile]) -> Iterator[str]:
    for words in dict.fromkeys(file.words for file in files if file.words):
        yield f"{_named([file for file in files if file.words == words])}: {words}"
    for file in files:
        if file.odd:
            yield f"{file.path}: {file.odd}"


def _named(files: Sequence[CandleFile]) -> str:
    return f"{files[0].path}{f' and {len(files) - 1} more' if len(files) > 1 else ''}"


def _read(path: Path, symbol: str | None, from_ms: int | None, to_ms: int | None) -> CandleFile:
    try:
        _refuse_no_file(path)
        table = CandleTable(path, symbol or symbol_in(_stem(path)))
        sieve, kept, turned = _sieved(table, from_ms, to_ms)
    except Unclear as error:
        raise BadInput(f"{path}: {one_line(str(error))}") from error
    except (pa.ArrowException, OSError, EOFError, ValueError) as error:  # ValueError: a name in it is no UTF-8
        raise BadInput(f"{path}: not a readable {extension_of(path)} file ({one_line(str(error), 160)})") from error
    if not sieve.rows:
        raise BadInput(f"{path}: no candles in it, only a header")
    sieve.refuse_if_none(str(path))
    pa.default_memory_pool().release_unused()  # or the process keeps twice what it needs
    name = _symbol(path, symbol, [*table.symbols])
    times, *prices = (np.concatenate([piece[column] for piece in kept]) for column in range(1, 7))
    words = "; ".join([*table.words, *turned])
    return CandleFile(path, CandleColumns(name, times, *prices), sieve.rows, words, sieve.odd.line())


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
    table: CandleTable, from_ms: int | None, to_ms: int | None
) -> tuple[Sieve, list[CandleColumns], tuple[str, ...]]:
    """The candles between the bounds in order of time, and words where the file has another order."""
    sieve, spacing = Sieve(), Spacing()
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
    named = symbol_in(_stem(path))
    inside = symbol_in(cells[0]) if cells else None
    if named and inside and inside not in (named, split_symbol(named)[0]):
        raise BadInput(f"{path}: is named for {named} and says {inside} in its column of symbols; --symbol decides")
    symbol = named or inside
    if not symbol:
        raise BadInput(
            f"{path}: which symbol? It is taken from the file's name, which gives no single one; name it by --symbol"
        )
    return symbol


def _stem(path: Path) -> str:
    return path.name[: len(path.name) - len(extension_of(path))]
