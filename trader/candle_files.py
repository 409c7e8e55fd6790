"""Candle files: one-minute bars of one symbol as .parquet, .csv or .csv.gz, read into float64 columns.

Corrupt data is worse than no data: the first row that cannot be a market is refused by its number. Rows are counted as
data rows from 1, the header of a CSV file not included. Gaps are allowed; `gaps` counts them.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from itertools import chain
from pathlib import Path
from typing import NamedTuple, TypeAlias

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray
from pyarrow import csv, parquet

from chalicelib.domain import MINUTE_MS
from chalicelib.errors import BadInput

Floats: TypeAlias = NDArray[np.float64]
Flags: TypeAlias = NDArray[np.bool_]

COLUMNS = ("open_time", "open", "high", "low", "close", "volume")
EXTENSIONS = (".parquet", ".csv", ".csv.gz")
LAST_PLAUSIBLE_MS = 4_102_444_800_000
"""2100-01-01: a later open_time is no milliseconds but micro- or nanoseconds."""


class CandleColumns(NamedTuple):
    """The candles of one symbol, oldest first, all arrays of one length (at least 1), prices above 0."""

    symbol: str
    open_ms: NDArray[np.int64]
    open: Floats
    high: Floats
    low: Floats
    close: Floats
    volume: Floats


class Gaps(NamedTuple):
    """Minutes without a bar between the first and the last, and how many runs of such minutes there are."""

    minutes: int
    runs: int


def read_candles(path: Path, symbol: str | None = None) -> CandleColumns:
    """The candles of a file; its symbol is the file's name up to the first `_` unless given.

    Columns other than `COLUMNS` are ignored; whole numbers written as floats are accepted as open_time.
    Raises BadInput with the file, the row and what is wrong with it.
    """
    table = _table(path)
    if table.num_rows == 0:
        raise BadInput(f"{path}: no candles in it, only a header")
    times, *prices = (_floats(path, table, name) for name in COLUMNS)
    _refuse_first(path, chain(_time_faults(times), _price_faults(*prices)))
    return CandleColumns(symbol or symbol_of(path), times.astype(np.int64), *prices)


def read_candle_files(files: str, symbols: str | None = None) -> list[CandleColumns]:
    """What `--candles FILE[,FILE]` and `--symbol S[,S]` name, in that order. Raises BadInput."""
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
        columns = read_candles(Path(path), name)
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


def gaps(columns: CandleColumns) -> Gaps:
    """The minutes that the file leaves out."""
    missing = np.diff(columns.open_ms) // MINUTE_MS - 1
    return Gaps(int(missing.sum()), int(np.count_nonzero(missing)))


def _extension(path: Path) -> str:
    for extension in EXTENSIONS:
        if path.name.endswith(extension):
            return extension
    raise BadInput(f"{path}: not a candle file; its name must end in {', '.join(EXTENSIONS)}")


def _table(path: Path) -> pa.Table:
    """The file's columns of `COLUMNS`, as they are."""
    extension = _extension(path)
    try:
        if not path.exists():
            raise BadInput(f"{path}: no such file")
        if not path.is_file():
            raise BadInput(f"{path}: not a file")
        if path.stat().st_size == 0:
            raise BadInput(f"{path}: the file is empty")
        return _read_parquet(path) if extension == ".parquet" else _read_csv(path)
    except (pa.ArrowException, OSError, ValueError) as error:  # ValueError: a name in it is no UTF-8
        raise BadInput(f"{path}: {_explain(error, extension)}") from error


def _read_parquet(path: Path) -> pa.Table:
    with parquet.ParquetFile(path) as file:
        names = file.schema_arrow.names
        for name in COLUMNS:
            if names.count(name) != 1:
                raise BadInput(
                    f"{path}: {'no' if name not in names else 'more than one'} column {name}; it has {', '.join(names)}"
                )
        return file.read(columns=list(COLUMNS))


def _read_csv(path: Path) -> pa.Table:
    numbers = csv.ConvertOptions(
        include_columns=list(COLUMNS), column_types=dict.fromkeys(COLUMNS, pa.float64()), strings_can_be_null=False
    )
    try:
        # one thread, because only then do errors carry row numbers
        return csv.read_csv(path, read_options=csv.ReadOptions(use_threads=False), convert_options=numbers)
    except pa.ArrowKeyError as error:
        named = re.search(r"'(\w+)'", str(error))
        missing = named[1] if named else ", ".join(COLUMNS)
        raise BadInput(f"{path}: no column {missing} in its first line; it needs {', '.join(COLUMNS)}") from error


def _explain(error: Exception, extension: str) -> str:
    """Arrow's complaint as one line that counts data rows as we do (Arrow counts the header as row 1)."""
    text = " ".join(str(error).split())
    row = re.search(r"Row #(\d+): (.*)", text)
    value = re.search(r"invalid value '(.*?)'", text)
    if row:
        complaint = f"{value[1]!r} is not a number" if value else row[2]
        return f"row {int(row[1]) - 1}: {complaint[:160]}"
    return f"not a readable {extension} file ({text[:160]})"


def _floats(path: Path, table: pa.Table, name: str) -> Floats:
    """A column as float64, NaN where it has no value; float64 holds every millisecond of an open_time exactly."""
    column = table.column(name)
    kind = column.type
    if not (pa.types.is_integer(kind) or pa.types.is_floating(kind)):
        unit = "whole numbers (milliseconds)" if name == "open_time" else "numbers"
        raise BadInput(f"{path}: column {name} holds {kind}, it must hold {unit}")
    return np.asarray(column.to_numpy(), dtype=np.float64)


def _time_faults(times: Floats) -> Iterator[tuple[Flags, str]]:
    yield ~np.isfinite(times), "open_time is missing or not a number"
    yield times < 0, "open_time is negative"
    yield times > LAST_PLAUSIBLE_MS, "open_time is after the year 2100: micro- or nanoseconds? It must be milliseconds"
    yield (
        times % MINUTE_MS != 0,
        "open_time is no full minute in milliseconds (seconds? They must be multiplied by 1000)",
    )
    steps = np.diff(times, prepend=-np.inf)
    yield steps == 0, "open_time is a duplicate of the row before"
    yield steps < 0, "open_time is before that of the row before: rows must be sorted"


def _price_faults(
    open_: Floats, high: Floats, low: Floats, close: Floats, volume: Floats
) -> Iterator[tuple[Flags, str]]:
    named = (("open", open_), ("high", high), ("low", low), ("close", close), ("volume", volume))
    for name, values in named:
        yield ~np.isfinite(values), f"{name} is missing or no finite number"
    for name, values in named[:4]:
        yield values <= 0, f"{name} is not above 0"
    yield volume < 0, "volume is negative"
    yield high < low, "high is below low"
    for name, values in (named[0], named[3]):
        yield (values > high) | (values < low), f"{name} lies outside low and high"


def _refuse_first(path: Path, faults: Iterable[tuple[Flags, str]]) -> None:
    """Raises BadInput for the earliest row with a fault, and of its faults for the first."""
    with np.errstate(invalid="ignore"):  # a row with an infinity is named by its own complaint
        found = [(int(np.argmax(flags)), complaint) for flags, complaint in faults if flags.any()]
    if found:
        row, complaint = min(found, key=lambda fault: fault[0])
        raise BadInput(f"{path}: row {row + 1}: {complaint}")
