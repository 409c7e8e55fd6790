"""Files of series on their way to a run: kept beside the candles, each under a key that says what is in it."""

from __future__ import annotations

import hashlib
import tempfile
from collections.abc import Iterable, Mapping
from pathlib import Path

from chalicelib.errors import BadInput
from trader.cloud_backtest.objects import Objects
from trader.cloud_backtest.pieces import HISTORY
from trader.data.series_file import SeriesFile

MOST_BYTES = 32 * 2**20
"""Of all files of a run together; a row takes some 20 bytes, and ten times that in memory."""


def series_key(digest: str) -> str:
    """Where the file of this SHA-256 is kept.

    >>> series_key("1f0b")
    'history/series/1f0b.csv'
    """
    return f"{HISTORY}/series/{digest}.csv"


def contents_of(files: Mapping[str, SeriesFile]) -> Mapping[str, bytes]:
    """What stands in each file, by the name of its series. Raises BadInput for more than a run takes."""
    contents = {name: file.path.read_bytes() for name, file in files.items()}
    size = len(b"".join(contents.values()))
    if size > MOST_BYTES:
        names = ", ".join(files)
        raise BadInput(f"--series {names}: {size} bytes, at most {MOST_BYTES}: leave out rows long before --from")
    return contents


def digest_of(content: bytes) -> str:
    """By which a file is kept."""
    return hashlib.sha256(content).hexdigest()


def put_series(objects: Objects, contents: Iterable[bytes]) -> None:
    """Have the files where a run reads them; one that is there is put again, and so expires later."""
    for content in contents:
        objects.write(series_key(digest_of(content)), content, "text/csv")


def read_series(objects: Objects, digests: Mapping[str, str]) -> Mapping[str, SeriesFile]:
    """The series by name. Raises BadInput for one that is not there, Unavailable, Rejected."""
    found = {}
    with tempfile.TemporaryDirectory() as folder:
        for name, digest in digests.items():
            path = Path(folder) / f"{name}.csv"
            if not objects.download(series_key(digest), path):
                raise BadInput(f"{series_key(digest)}: has expired or was never written; start the run anew")
            found[name] = SeriesFile(name, path)
    return found
