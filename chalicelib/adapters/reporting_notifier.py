"""A channel whose failures are told: no use case waits for an alert, so what is lost must be said by the channel."""

from __future__ import annotations

from collections.abc import Callable

from chalicelib.alert_text import undelivered
from chalicelib.domain import Alert
from chalicelib.errors import TraderError, Unavailable
from chalicelib.ports import Notifier


class ReportingNotifier:
    """Implements ports.Notifier over another."""

    def __init__(self, inner: Notifier, say: Callable[[str], None]) -> None:
        """`say` hears in one line of an alert that the channel did not take, whatever it raised."""
        self._inner = inner
        self._say = say

    def notify(self, alert: Alert) -> None:
        """Raises Unavailable, with the line that was said, when the alert was not delivered."""
        try:
            self._inner.notify(alert)
        except TraderError as error:
            trouble = str(error)
        except Exception as error:  # a defect of the channel: its text could quote a secret, its kind cannot
            trouble = f"unexpected {type(error).__name__}"
        else:
            return
        line = undelivered(trouble, [alert])
        self._say(line)
        raise Unavailable(line)
