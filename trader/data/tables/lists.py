"""JSON: rows as lists, as freqtrade and Binance's API write them, rows as objects, or an object of columns.

The answer of another exchange's API is read by the rows in it.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import TypeVar

import numpy as np
import pyarrow as pa

from trader.data.tables.headerless import SAMPLE, columns_without_names
from trader.data.tables.names import COLUMNS
from trader.data.tables.unclear import Unclear

T = TypeVar("T")

LARGEST_BYTES = 2**28
"""A document is read whole; a year of minutes in six columns is 35 MB."""
DEEPEST = 2
"""Objects within objects in which an exchange's answer has its rows."""
FORMS = "[[time, open, high, low, close, volume], …]"


def json_table(content: bytes) -> tuple[pa.Table, tuple[str, ...]]:
    """The table of a document, and what was assumed about it. Raises Unclear for one of another form."""
    try:
        document = json.loads(content)
    except (ValueError, RecursionError) as error:
        raise Unclear(f"no JSON that can be read ({error})") from None
    if isinstance(document, Mapping):
        within = dict(_lists_of_rows(document))
        if len(within) == 1:
            [(name, rows)] = within.items()
            table, words = _table_of(rows)
            return table, (f"an answer of which {name} is read", *words)
        if columns := {name: column for name, column in document.items() if isinstance(column, list) and not within}:
            return _arrow_table(pa.table, columns), ()
    return _table_of(document)


def _lists_of_rows(document: Mapping[str, object], path: str = "", depth: int = 0) -> Iterator[tuple[str, object]]:
    """Every list of lists or of objects in an answer, by where it stands."""
    for name, value in document.items():
        if isinstance(value, list) and value and isinstance(value[0], list | Mapping):
            yield f"{path}{name}", value
        elif isinstance(value, Mapping) and depth < DEEPEST:
            yield from _lists_of_rows(value, f"{path}{name}.", depth + 1)


def _table_of(document: object) -> tuple[pa.Table, tuple[str, ...]]:
    if not isinstance(document, list):
        raise Unclear(f"JSON of another form than {FORMS}")
    if not document:
        raise Unclear("no candles in it")
    if all(isinstance(row, Mapping) for row in document):
        return _arrow_table(pa.Table.from_pylist, document), ()
    return _table_of_rows(document)


def _arrow_table(make: Callable[[T], pa.Table], content: T) -> pa.Table:
    try:
        return make(content)
    except pa.ArrowException as error:
        raise Unclear(f"JSON whose columns are no columns of candles ({error})") from None


def _table_of_rows(rows: Sequence[object]) -> tuple[pa.Table, tuple[str, ...]]:
    width = len(rows[0]) if isinstance(rows[0], list) else 0
    for number, row in enumerate(rows, 1):
        if not isinstance(row, list) or len(row) != width:
            raise Unclear(f"row {number}: not a list like the first; known is {FORMS}")
    columns, taken = columns_without_names([[str(cell) for cell in row] for row in rows[:SAMPLE]], ".")  # type: ignore[attr-defined]
    try:
        table = np.array(rows, dtype=np.float64)
    except (TypeError, ValueError) as error:
        raise Unclear(f"JSON with rows of other things than numbers ({error})") from None
    places = (*columns.time, *columns.prices)
    return pa.table({name: table[:, at] for name, at in zip(COLUMNS, places, strict=True)}), (f"rows read as {taken}",)
