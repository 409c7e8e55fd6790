"""Candle files: one-minute bars of one symbol as .parquet, .csv or .csv.gz, read into float64 columns.

Gaps are allowed, and a row that is no candle of a minute is one: such rows are left out and told, and where they are
most of a file it is none of candles and refused. Rows are counted as data rows from 1, a header not included.

A file is read in pieces, so that what it takes is the memory of the rows that are kept.
"""

from __future__ import annotations

import logging
import re
from collections.abc import Callable, Iterator
from pathlib import Path

import numpy as np
import pyarrow as pa
from pyarrow import csv, parquet

from chalicelib.errors import BadInput
from chalicelib.foreign_text import one_line
from trader.data.arrays import Floats
from trader.data.candle_faults import Sieve
from trader.data.candles import CandleColumns, between

COLUMNS = ("open_time", "open", "high", "low", "close", "volume")
EXTENSIONS = (".parquet", ".csv", ".csv.gz")
ROWS_AT_A_TIME = 65_536
BYTES_AT_A_TIME = 4_194_304

log = logging.getLogger(__name__)


def read_candles(
    path: Path,
    symbol: str | None = None,
    from_ms: int | None = None,
    to_ms: int | None = None,
    say: Callable[[str], None] = log.warning,
) -> CandleColumns:
    """The candles of a file that open between these times, both inclusive; at least one.

    Its symbol is the file's name up to the first `_` unless given. Columns other than `COLUMNS` are ignored; whole
    numbers written as floats are accepted as open_time. Every row is checked, also those that are not kept; `say` hears
    of those that are no candles in one line. Raises BadInput with the file, the row and what is wrong with it.
    """
    name = symbol or symbol_of(path)
    sieve = Sieve()
    kept = []
    for times, prices in _pieces(path):
        sound = sieve.sound(times, prices)
        columns = CandleColumns(name, times[sound].astype(np.int64), *(column[sound] for column in prices))
        kept.append(between(columns, from_ms, to_ms))
    if not sieve.rows:
        raise BadInput(f"{path}: no candles in it, only a header")
    sieve.refuse_if_none(str(path))
    if not sum(len(piece.open_ms) for piece in kept):
        raise BadInput(f"{path}: none of its {sieve.rows} candles opens between --from and --to")
    if told := sieve.odd.line():
        say(f"{path}: {told}")
    pa.default_memory_pool().release_unused()  # or the process keeps twice what it needs
    prices_of_all = (np.concatenate([piece[column] for piece in kept]) for column in range(2, 7))
    return CandleColumns(name, np.concatenate([piece.open_ms for piece in kept]), *prices_of_all)


def read_candle_files(
    files: str,
    symbols: str | None = None,
    from_ms: int | None = None,
    to_ms: int | None = None,
    say: Callable[[str], None] = log.warning,
) -> list[CandleColumns]:
    """What `--candles FILE[,FILE]` and `--symbol S[,S]` name, in that order, between these times. Raises BadInput."""
    paths = [part.strip() for part in files.split(",")]
    if not all(paths):
        raise BadInput(f"--candles {files!r}: an empty file name; give FILE or FILE,FILE")
    names: list[str | None] = [None] * len(paths)
    if symbols is not None:
        given = [part.strip() for part in symbols.split(",")]
        if not all(given) or len(given) != len(paths):
            raise BadInput(f"--symbol {symbols!r}: give one symbol per candle file ({len(paths)}), separated by commas")
        names = list(given)
    loaded: dict[str, CandleColumns] = {}
    for path, name in zip(paths, names, strict=True):
        columns = read_candles(Path(path), name, from_ms, to_ms, say)
        if columns.symbol in loaded:
            raise BadInput(f"{path}: a second file for symbol {columns.symbol}; one file per symbol, named by --symbol")
        loaded[columns.symbol] = columns
    return list(loaded.values())


def symbol_of(path: Path) -> str:
    """The symbol that a file is named for. Raises BadInput if its name has none.

    >>> symbol_of(Path("data/BTCUSDT_spot_1m_2025.parquet")), symbol_of(Path("ETHUSDT.csv.gz"))
    ('BTCUSDT', 'ETHUSDT')
    """
    symbol = path.name.removesuffix(_extension(path)).split("_", 1)[0].strip()
    if not symbol:
        raise BadInput(f"{path}: no symbol before the first _ of its name; give it with --symbol")
    return symbol


def _extension(path: Path) -> str:
    for extension in EXTENSIONS:
        if path.name.endswith(extension):
            return extension
    raise BadInput(f"{path}: not a candle file; its name must end in {', '.join(EXTENSIONS)}")


def _pieces(path: Path) -> Iterator[tuple[Floats, list[Floats]]]:
    """The file's open_times and the other columns of `COLUMNS`, some rows at a time."""
    extension = _extension(path)
    try:
        if not path.exists():
            raise BadInput(f"{path}: no such file")
        if not path.is_file():
            raise BadInput(f"{path}: not a file")
        if path.stat().st_size == 0:
            raise BadInput(f"{path}: the file is empty")
        for piece in _read_parquet(path) if extension == ".parquet" else _read_csv(path):
            if piece.num_rows:
                times, *prices = (_floats(path, piece, name) for name in COLUMNS)
                yield times, prices
    except (pa.ArrowException, OSError, ValueError) as error:  # ValueError: a name in it is no UTF-8
        raise BadInput(f"{path}: {_explain(error, extension)}") from error


def _read_parquet(path: Path) -> Iterator[pa.RecordBatch]:
    with parquet.ParquetFile(path) as file:
        names = file.schema_arrow.names
        for name in COLUMNS:
            if names.count(name) != 1:
                raise BadInput(
                    f"{path}: {'no' if name not in names else 'more than one'} column {name}; it has {', '.join(names)}"
                )
        yield from file.iter_batches(ROWS_AT_A_TIME, columns=list(COLUMNS))


def _read_csv(path: Path) -> Iterator[pa.RecordBatch]:
    numbers = csv.ConvertOptions(
        include_columns=list(COLUMNS), column_types=dict.fromkeys(COLUMNS, pa.float64()), strings_can_be_null=False
    )
    # one thread, because only then do errors carry row numbers
    reading = csv.ReadOptions(use_threads=False, block_size=BYTES_AT_A_TIME)
    try:
        with csv.open_csv(path, read_options=reading, convert_options=numbers) as pieces:
            yield from pieces
    except pa.ArrowKeyError as error:
        named = re.search(r"'(\w+)'", str(error))
        missing = named[1] if named else ", ".join(COLUMNS)
        raise BadInput(f"{path}: no column {missing} in its first line; it needs {', '.join(COLUMNS)}") from error


def _explain(error: Exception, extension: str) -> str:
    """Arrow's complaint as one line that counts data rows as we do (Arrow counts the header as row 1)."""
    text = one_line(str(error))
    row = re.search(r"Row #(\d+): (.*)", text)
    value = re.search(r"invalid value '(.*?)'", text)
    if row:
        complaint = f"{value[1]!r} is not a number" if value else row[2]
        return f"row {int(row[1]) - 1}: {complaint[:160]}"
    return f"not a readable {extension} file ({text[:160]})"


def _floats(path: Path, table: pa.RecordBatch, name: str) -> Floats:
    """A column as float64, NaN where it has no value; float64 holds every millisecond of an open_time exactly."""
    column = table.column(name)
    kind = column.type
    if not (pa.types.is_integer(kind) or pa.types.is_floating(kind)):
        unit = "whole numbers (milliseconds)" if name == "open_time" else "numbers"
        raise BadInput(f"{path}: column {name} holds {kind}, it must hold {unit}")
    return np.array(column.to_numpy(zero_copy_only=False), dtype=np.float64)  # its own memory: Arrow's is freed
