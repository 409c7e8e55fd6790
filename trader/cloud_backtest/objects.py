"""Where the steps of a run leave what the next one needs."""

from __future__ import annotations

from pathlib import Path
from typing import Protocol


class Objects(Protocol):
    """Objects by key. A write replaces the whole object: a reader sees the old one or the new one.

    Every method raises Unavailable where the store does not answer and Rejected where it refuses.
    """

    def has(self, key: str) -> bool:
        """Whether there is such an object."""
        ...

    def read(self, key: str) -> bytes | None:
        """The object's content, None where there is none."""
        ...

    def write(self, key: str, content: bytes, kind: str = "application/octet-stream") -> None:
        """Make the object's content this; `kind` is its media type."""
        ...

    def upload(self, key: str, file: Path, kind: str = "application/octet-stream") -> None:
        """As `write`, from a file."""
        ...

    def download(self, key: str, file: Path) -> bool:
        """Write the object's content to a file; False, and no file, where there is no such object."""
        ...
