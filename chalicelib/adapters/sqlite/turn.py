"""A queue for writers of one file.

SQLite has none: a writer that finds the file locked sleeps and tries again, so a runner that commits back to back
leaves gaps of microseconds between two locks and keeps `trader halt` out for minutes. Here whoever waits for SQLite's
lock holds a lock of its own, and the runner has to get that one before its next transaction.
"""

from __future__ import annotations

import fcntl
import os
import time
from collections.abc import Iterator
from contextlib import contextmanager

from chalicelib.errors import Unavailable

_POLL_S = 0.001


class Turn:
    """The right to be the next writer, held by one process at a time and freed by the system when that dies."""

    def __init__(self, path: str, timeout_s: float) -> None:
        """A queue in this file, made if absent; OSError if it cannot be."""
        self._path = path
        self._timeout_s = timeout_s
        self._file = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o644)

    @contextmanager
    def taken(self) -> Iterator[None]:
        """Hold the right for the block. Raises Unavailable when somebody else keeps it for too long."""
        if not self._try():
            self._wait()
        try:
            yield
        finally:
            fcntl.flock(self._file, fcntl.LOCK_UN)

    def close(self) -> None:
        """Give the file back; once."""
        os.close(self._file)

    def _try(self) -> bool:
        try:
            fcntl.flock(self._file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            return False
        return True

    def _wait(self) -> None:
        deadline_s = time.monotonic() + self._timeout_s
        while not self._try():
            if time.monotonic() > deadline_s:
                raise Unavailable(f"{self._path}: another process has been waiting to write for {self._timeout_s:g} s")
            time.sleep(_POLL_S)
