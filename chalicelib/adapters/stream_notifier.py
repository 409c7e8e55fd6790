"""Alerts as lines of text on a stream: what a person sees who runs the agent in a terminal."""

from __future__ import annotations

from typing import TextIO

from chalicelib.domain import Alert
from chalicelib.errors import Unavailable
from chalicelib.foreign_text import one_line
from chalicelib.redact import without_forms

LONGEST_BODY = 1000
"""Characters."""


class StreamNotifier:
    """One line per alert, flushed."""

    def __init__(self, stream: TextIO) -> None:
        self._stream = stream

    def notify(self, alert: Alert) -> None:
        """Raises Unavailable when the stream is closed."""
        try:
            line = f"ALERT {one_line(alert.subject)} ({one_line(alert.body, LONGEST_BODY)})"
            print(without_forms(line), file=self._stream, flush=True)
        except (OSError, ValueError) as error:
            raise Unavailable(f"alert stream: {error}") from error
