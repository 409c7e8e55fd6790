"""Candles as objects: the six columns as one table of .npy, which numpy reads at once and to the bit.

A month of minutes is 2 MB and loads in 2 ms.
"""

from __future__ import annotations

import io

import numpy as np
from numpy.typing import NDArray

from chalicelib.errors import BadInput
from trader.data.candles import CandleColumns

COLUMNS = 6


def packed(columns: CandleColumns) -> bytes:
    """The candles as an object; the same candles make the same bytes."""
    _, times, *prices = columns
    table = np.stack([times.astype("<i8"), *(column.astype("<f8").view("<i8") for column in prices)])
    stream = io.BytesIO()
    np.save(stream, table, allow_pickle=False)
    return stream.getvalue()


def unpacked(key: str, symbol: str, content: bytes) -> CandleColumns:
    """The candles of an object. Raises BadInput for what is no such object."""
    try:
        table: NDArray[np.int64] = np.load(io.BytesIO(content), allow_pickle=False)
    except (ValueError, EOFError, OSError) as error:
        raise BadInput(f"{key}: no table of candles ({error})") from None
    if table.dtype != np.dtype("<i8") or table.ndim != 2 or len(table) != COLUMNS:
        raise BadInput(f"{key}: a table {table.shape} of {table.dtype}; {COLUMNS} rows of int64 are candles")
    times, *prices = table
    return CandleColumns(symbol, times, *(column.view(np.float64) for column in prices))


def joined(symbol: str, parts: list[CandleColumns]) -> CandleColumns:
    """The parts, which follow upon one another, as one."""
    columns = [np.concatenate([part[column] for part in parts]) for column in range(1, COLUMNS + 1)]
    return CandleColumns(symbol, *columns)
