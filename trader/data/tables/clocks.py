"""The column of a table that says when candles open, in whatever kind it is kept, as milliseconds since 1970."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from typing import cast

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from trader.data.arrays import Floats
from trader.data.tables.column_kinds import Column, as_strings, epochs, floats
from trader.data.tables.dates import (
    DAY_FIRST,
    DAY_OR_MONTH_FIRST,
    EXAMPLE,
    MONTH_FIRST,
    form_of,
    milliseconds,
    settled,
    shown,
)
from trader.data.tables.epochs import in_milliseconds
from trader.data.tables.names import LOCAL_NAMES, UTC_NAMES, plain_name
from trader.data.tables.unclear import Unclear

ORDERS = {DAY_FIRST: "dates with the day first", MONTH_FIRST: "dates with the month first"}
AS_UTC = "times without a zone taken as UTC"


class TimeColumn:
    """Reads the times of one file, and remembers in what they were written."""

    def __init__(self, name: str, reread: Callable[[], Iterator[pa.RecordBatch]]) -> None:
        """`name` is that of the column, `reread` gives it anew, to tell day and month apart by the whole file."""
        self._name = name
        self._says_utc = plain_name(name) in UTC_NAMES
        self._reread = reread
        self._form = ""
        self._units: dict[str, None] = {}
        self._assumed_utc = False

    @property
    def words(self) -> tuple[str, ...]:
        """Words for what the times read until now were taken for; empty for milliseconds."""
        units = f"open_time in {' and '.join(self._units)}" if {*self._units} - {"milliseconds"} else ""
        first = ORDERS.get(self._form, "")
        return tuple(filter(None, (units, first, AS_UTC if self._assumed_utc else "")))

    def times(self, columns: Sequence[Column], rows_before: int) -> Floats:
        """open_time of each row in ms, NaN where there is none. Raises Unclear for what is no time."""
        column = _joined(columns)
        kind = column.type
        if pa.types.is_integer(kind) or pa.types.is_floating(kind):
            return self._from_numbers(floats(column))
        if pa.types.is_timestamp(kind) or pa.types.is_date(kind):
            return self._from_stamps(column)
        if pa.types.is_string(kind):
            if (numbers := epochs(cast(pa.StringArray, column))) is not None:
                return self._from_numbers(numbers)
            return self._from_texts(cast(pa.StringArray, column), rows_before)
        raise Unclear(f"column open_time holds {kind}, it must hold times")

    def _from_numbers(self, values: Floats) -> Floats:
        times, units = in_milliseconds(values)
        self._units.update(dict.fromkeys(units))
        return times

    def _from_stamps(self, column: Column) -> Floats:
        if pa.types.is_timestamp(column.type) and column.type.tz is None:
            self._refuse_local()
            self._assumed_utc = True
        stamps = pc.cast(column, pa.timestamp("ns"), safe=False).to_numpy(zero_copy_only=False)
        return np.where(np.isnat(stamps), np.nan, stamps.astype(np.int64) / 1e6)

    def _from_texts(self, texts: pa.StringArray, rows_before: int) -> Floats:
        if not self._form:
            self._form = form_of(texts)
            if self._form == DAY_OR_MONTH_FIRST:
                self._form = settled(cast(pa.StringArray, _joined(piece.columns)) for piece in self._reread())
        times, zoned = milliseconds(texts, self._form)
        wrong = np.isnan(times) & (pc.utf8_length(texts).to_numpy(zero_copy_only=False) != 0)
        if wrong.any():
            row = int(np.argmax(wrong))
            raise Unclear(f"row {rows_before + row + 1}: {shown(str(texts[row]))} is no time like those before it")
        if not zoned:
            self._refuse_local()
        self._assumed_utc |= not self._says_utc and not zoned
        return times

    def _refuse_local(self) -> None:
        if plain_name(self._name) in LOCAL_NAMES:
            raise Unclear(f"column {self._name} does not say its zone: write its times in UTC, such as {EXAMPLE}")


def _joined(columns: Sequence[Column]) -> Column:
    """The column of time, or date and clock as one text."""
    plain = [as_strings(column) for column in columns]
    if len(plain) == 1:
        return plain[0]
    if not all(pa.types.is_string(column.type) for column in plain):
        raise Unclear(f"columns of date and time that hold no text: join them to one, such as {EXAMPLE}")
    date, clock = (pc.utf8_trim_whitespace(cast(pa.StringArray, column)).to_pylist() for column in plain)
    return pa.array([f"{day or ''} {time or ''}" for day, time in zip(date, clock, strict=True)], pa.string())
