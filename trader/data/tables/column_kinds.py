"""The kinds in which a column's texts and numbers may be kept, as one of each."""

from __future__ import annotations

from typing import TypeAlias, cast

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from trader.data.arrays import Floats
from trader.data.tables.unclear import Unclear

Column: TypeAlias = "pa.Array[pa.Scalar[pa.DataType]]"

EPOCH = r"^\s*\d{10}(\d{3}|\d{6}|\d{9})?(\.0*)?\s*$"
"""A time since 1970 in any unit."""


def as_strings(column: Column) -> Column:
    """Texts as strings, whatever way they are kept; other columns as they are."""
    kind = column.type.value_type if isinstance(column.type, pa.DictionaryType) else column.type
    is_text = pa.types.is_string(kind) or pa.types.is_large_string(kind) or pa.types.is_string_view(kind)
    return column.cast(pa.string()) if is_text and column.type != pa.string() else column


def as_numbers(name: str, column: Column) -> Floats:
    """A column as float64, NaN where it has no value. Raises Unclear for what holds no numbers.

    Texts are numbers, too, as exchanges write theirs in JSON. So are decimals, by way of their text: Arrow's own
    conversion misses the nearest float64 by its last bit in one of ten.
    """
    column = as_strings(column)
    if pa.types.is_decimal(column.type):
        column = column.cast(pa.string())
    if pa.types.is_string(column.type):
        column = _parsed(name, cast(pa.StringArray, column))
    elif not (pa.types.is_integer(column.type) or pa.types.is_floating(column.type)):
        raise Unclear(f"column {name} holds {column.type}, it must hold numbers")
    return floats(column)


def epochs(texts: pa.StringArray) -> Floats | None:
    """Texts that are all of them times since 1970 as numbers, in the unit that they have; else None."""
    filled = pc.drop_null(texts)
    if not len(filled) or not pc.all(pc.match_substring_regex(filled, EPOCH)).as_py():
        return None
    return floats(pc.utf8_trim_whitespace(texts).cast(pa.float64()))


def floats(column: Column) -> Floats:
    """Numbers as float64 in memory of their own: Arrow's is freed."""
    return np.array(column.to_numpy(zero_copy_only=False), dtype=np.float64)


def _parsed(name: str, texts: pa.StringArray) -> Column:
    trimmed = pc.utf8_trim_whitespace(texts)
    try:
        return pc.replace_substring_regex(trimmed, "^$", "nan").cast(pa.float64())
    except pa.ArrowInvalid:
        raise Unclear(f"column {name} holds texts that are no numbers, such as {_first_wrong(trimmed)!r}") from None


def _first_wrong(texts: pa.StringArray) -> str:
    for text in texts.to_pylist():
        try:
            float(text or 0)
        except ValueError:
            return str(text)[:40]
    return str(texts[0])
