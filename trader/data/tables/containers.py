"""The kind of a file by its first bytes, whatever its name says, and the bytes that are packed in it.

What is unpacked is counted as it comes: what an archive says of its size may be false.
"""

from __future__ import annotations

import io
import lzma
import zipfile
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from enum import Enum
from pathlib import Path
from typing import BinaryIO

import pyarrow as pa

from trader.data.tables.unclear import Unclear

LARGEST_UNPACKED_BYTES = 2**30
"""A year of minutes in twelve columns is 70 MB of text."""


class FileKind(Enum):
    """The bytes that a file begins with."""

    PARQUET = b"PAR1"
    FEATHER = b"ARROW1"
    OLD_FEATHER = b"FEA1"
    ZIP = b"PK\x03\x04"
    EMPTY_ZIP = b"PK\x05\x06"
    GZIP = b"\x1f\x8b"
    TEXT = b""


def kind_of(path: Path) -> FileKind:
    """The kind of a file. Raises OSError."""
    with path.open("rb") as file:
        return kind_that_begins(file.read(8))


def kind_that_begins(head: bytes) -> FileKind:
    """The kind of what begins with these bytes."""
    return next(kind for kind in FileKind if head.startswith(kind.value))


def words_of(kind: FileKind, path: Path) -> tuple[str, ...]:
    """Words for what the file is where its name says another thing; a text and what packs one need not say so."""
    expected = {".parquet": FileKind.PARQUET, ".feather": FileKind.FEATHER, ".zip": FileKind.ZIP, ".gz": FileKind.GZIP}
    named = expected.get(path.suffix.lower(), FileKind.TEXT)
    is_other = kind is not named and {kind, named} != {FileKind.FEATHER, FileKind.OLD_FEATHER}
    return (f"{kind.name.replace('OLD_', '').lower()} by its content",) if is_other else ()


@contextmanager
def unpacked(path: Path, kind: FileKind) -> Iterator[pa.NativeFile]:
    """The bytes of a file, those in it where it is zipped.

    Raises Unclear for an archive that does not hold one file or holds more than any table of candles, OSError.
    """
    if kind in (FileKind.ZIP, FileKind.EMPTY_ZIP):
        with path.open("rb") as file, _member(file) as member:
            yield pa.PythonFile(Limited(member, LARGEST_UNPACKED_BYTES), "r")
    elif kind is FileKind.GZIP:
        with pa.OSFile(str(path), "rb") as packed:
            yield pa.PythonFile(Limited(pa.CompressedInputStream(packed, "gzip"), LARGEST_UNPACKED_BYTES), "r")
    else:
        with pa.OSFile(str(path), "rb") as plain:
            yield plain


def one_member(archive: zipfile.ZipFile) -> zipfile.ZipInfo:
    """The one file in an archive; what systems add beside it does not count. Raises Unclear."""
    members = [each for each in archive.infolist() if not each.is_dir()]
    if any(each.filename == "[Content_Types].xml" for each in members):
        raise Unclear("an Excel workbook: save its sheet as CSV")
    members = [each for each in members if "/." not in f"/{each.filename}"]
    if len(members) != 1:
        names = ", ".join(each.filename for each in members[:3])
        raise Unclear(f"a zip archive of {len(members)} files{f' ({names})' if names else ''}, not of one: unpack it")
    return members[0]


class Limited(io.RawIOBase):
    """A stream that raises Unclear where more comes than any table of candles has."""

    def __init__(self, stream: BinaryIO | pa.NativeFile, most: int) -> None:
        self._stream = stream
        self._most = self._left = most

    def readable(self) -> bool:
        return True

    def read(self, size: int = -1) -> bytes:
        content = self._stream.read(self._left + 1 if size < 0 else size)
        self._left -= len(content)
        if self._left < 0:
            raise Unclear(f"it unpacks to more than {self._most >> 20} MB: no candles of minutes")
        return content


@contextmanager
def _member(file: BinaryIO) -> Iterator[BinaryIO]:
    try:
        with zipfile.ZipFile(file) as archive, archive.open(one_member(archive)) as member:
            yield member  # type: ignore[misc]
    except (zipfile.BadZipFile, zlib.error, lzma.LZMAError, NotImplementedError, RuntimeError) as error:
        raise Unclear(f"not a zip archive that can be read ({error})") from None
