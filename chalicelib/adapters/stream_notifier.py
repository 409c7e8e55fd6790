"""Alerts as lines of text on a stream: what a person sees who runs the agent in a terminal."""

from __future__ import annotations

from typing import TextIO

from chalicelib.domain import Alert
from chalicelib.errors import Unavailable


class StreamNotifier:
    """One line per alert, flushed."""

    def __init__(self, stream: TextIO) -> None:
        self._stream = stream

    def notify(self, alert: Alert) -> None:
        """Raises Unavailable when the stream is closed."""
        try:
            print(f"ALERT {alert.subject} ({alert.body})", file=self._stream, flush=True)
        except (OSError, ValueError) as error:
            raise Unavailable(f"alert stream: {error}") from error
