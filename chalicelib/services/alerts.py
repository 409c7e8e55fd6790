"""Telling a person, without anything depending on it."""

from __future__ import annotations

from contextlib import suppress

from chalicelib.domain import Alert
from chalicelib.errors import Unavailable
from chalicelib.ports import Notifier


def tell(notifier: Notifier, alert: Alert) -> None:
    """Send the alert; a dead channel never blocks a trade or a halt."""
    with suppress(Unavailable):
        notifier.notify(alert)
