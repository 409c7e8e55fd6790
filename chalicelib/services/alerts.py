"""Telling a person, without anything depending on it."""

from __future__ import annotations

from contextlib import suppress

from chalicelib.domain import Alert
from chalicelib.errors import Rejected, Unavailable
from chalicelib.ports import Notifier


def tell(notifier: Notifier, alert: Alert) -> None:
    """Send the alert; a dead channel never blocks a trade or a halt, and says by itself what it did not deliver."""
    with suppress(Unavailable, Rejected):
        notifier.notify(alert)
