"""Tables written as text, read by Arrow once the layout is known."""

from __future__ import annotations

import codecs
import re
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import IO, cast

import pyarrow as pa
from pyarrow import csv

from trader.data.tables.containers import FileKind, unpacked
from trader.data.tables.names import ColumnPlaces
from trader.data.tables.text import layout_of
from trader.data.tables.unclear import Unclear

BYTES_AT_A_TIME = 4_194_304
CUT_SHORT = "a copy that was cut short? Copy it again"
WIDE = {codecs.BOM_UTF16_LE: "utf-16-le", codecs.BOM_UTF16_BE: "utf-16-be"}


class CsvSource:
    """A text with a row a line."""

    def __init__(self, path: Path, kind: FileKind, head: bytes, symbol: str | None) -> None:
        """Raises Unclear where the first bytes do not say how the text is laid out."""
        self._path = path
        self._kind = kind
        self._encoding = encoding_of(head)
        self._layout = layout_of(_lines(head, self._encoding), symbol)
        self.names = self._layout.names
        self.columns: ColumnPlaces = self._layout.columns
        wide = () if self._encoding == "utf-8" else ("UTF-16 text",)
        self.words = (*wide, *self._layout.words)

    def pieces(self, places: Sequence[int]) -> Iterator[pa.RecordBatch]:
        names = [f"{place}" for place in range(self._layout.width)]
        texts = {*self._layout.texts, self.columns.symbol}
        converting = csv.ConvertOptions(
            include_columns=[names[place] for place in places],
            column_types={names[place]: pa.string() if place in texts else pa.float64() for place in places},
            strings_can_be_null=False,
            decimal_point=self._layout.mark,
        )
        # one thread, because only then do errors carry row numbers
        reading = csv.ReadOptions(
            use_threads=False,
            block_size=BYTES_AT_A_TIME,
            column_names=names,
            skip_rows=self._layout.lines_before_data,
            encoding=self._encoding,
        )
        parsing = csv.ParseOptions(delimiter=self._layout.delimiter)
        with unpacked(self._path, self._kind) as stream:
            try:
                with csv.open_csv(cast(IO[bytes], stream), reading, parsing, converting) as pieces:
                    yield from pieces
            except pa.ArrowInvalid as error:
                raise Unclear(self._explained(str(error))) from error

    def _explained(self, complaint: str) -> str:
        """Arrow's complaint as one line that counts data rows from 1 (Arrow counts every line)."""
        row = re.search(r"Row #(\d+): (.*)", " ".join(complaint.split()))
        value = re.search(r"invalid value '(.*?)'", complaint, re.DOTALL)
        if not row:
            return complaint
        if "\0" in complaint:
            return f"row {int(row[1]) - self._layout.lines_before_data}: bytes of 0 in it: {CUT_SHORT}"
        said = f"{value[1][:60]!r} is not a number" if value else row[2]
        return f"row {int(row[1]) - self._layout.lines_before_data}: {said[:160]}"


def encoding_of(head: bytes) -> str:
    """The encoding that a text begins like: UTF-8, as every other that has its separators and digits, or UTF-16."""
    if len(head) > 3 and not head[1] and not head[3]:
        return "utf-16-le"
    return next((name for mark, name in WIDE.items() if head.startswith(mark)), "utf-8")


def _lines(head: bytes, encoding: str) -> list[str]:
    """The lines of the first bytes, the last one left out where it may be cut."""
    text = head.decode(encoding, "replace").lstrip("\ufeff")
    if "\0" in text and not text.strip("\0"):
        raise Unclear(f"nothing but bytes of 0 in it: {CUT_SHORT}")
    lines = re.split(r"\r\n|\n|\r", text)
    return lines[:-1] if len(lines) > 1 else lines
