"""Half an hour of minutes across a midnight in the layouts that people have, written anew for every test."""

from __future__ import annotations

import io
import zipfile
from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, datetime

import pyarrow as pa
from pyarrow import feather, parquet

START_MS = 1_736_812_500_000
"""2025-01-13 23:55: the day after tells day from month."""
ROWS = 30

Row = tuple[int, float, float, float, float, float]
RISING: Sequence[Row] = [
    (START_MS + i * 60_000, 100.5 + i, 102.25 + i, 99.75 + i, 101.75 + i, 10.5 + i) for i in range(ROWS)
]
"""Every number is its own, so that no column can be taken for another unseen."""


def at(time_ms: int, form: str, hours: int = 0) -> str:
    """The time in this form, on a clock so many hours ahead of UTC."""
    return datetime.fromtimestamp(time_ms / 1000 + hours * 3600, UTC).strftime(form)


def text(line: Callable[..., str], header: str = "", rows: Sequence[Row] = RISING, encoding: str = "utf-8") -> bytes:
    """A text with a line a row."""
    return (header + "".join(f"{line(*row)}\n" for row in rows)).encode(encoding)


def plain(form: str, hours: int = 0) -> Callable[..., str]:
    """Lines of six cells with the time in this form."""
    return lambda t, *prices: ",".join([at(t, form, hours), *map(str, prices)])


def binance(rows: Sequence[Row] = RISING, per_millisecond: int = 1) -> bytes:
    """A month of the exchange's archive: twelve columns without a header."""

    def line(*row: float) -> str:
        opened, (open_, high, low, close, volume) = int(row[0]), row[1:]
        end = (opened + 60_000) * per_millisecond - 1
        cells = (opened * per_millisecond, open_, high, low, close, volume, end, 1000.5, 7, 2.5, 250.5, 0)
        return ",".join(map(str, cells))

    return text(line, rows=rows)


def zipped(name: str, content: bytes) -> bytes:
    """A zip archive of one file."""
    return zip_of({name: content})


def zip_of(files: Mapping[str, bytes]) -> bytes:
    """A zip archive of these files."""
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in files.items():
            archive.writestr(name, content)
    return packed.getvalue()


def table(time: str, kind: pa.DataType) -> pa.Table:
    """Columns with the times as this kind under this name."""
    names = ("open", "high", "low", "close", "volume")
    times = pa.array([row[0] for row in RISING]).cast(pa.timestamp("ms", "UTC")).cast(kind)
    return pa.table({time: times, **{name: [row[at] for row in RISING] for at, name in enumerate(names, 1)}})


def feathered(content: pa.Table) -> bytes:
    """A Feather file, compressed as freqtrade does."""
    packed = io.BytesIO()
    feather.write_feather(content, packed, compression="lz4")
    return packed.getvalue()


def parquetted(content: pa.Table) -> bytes:
    """A Parquet file."""
    packed = io.BytesIO()
    parquet.write_table(content, packed)
    return packed.getvalue()
