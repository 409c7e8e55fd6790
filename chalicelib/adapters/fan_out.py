"""Several channels for the same alert."""

from __future__ import annotations

from chalicelib.domain import Alert
from chalicelib.errors import Rejected, Unavailable
from chalicelib.ports import Notifier


class AllNotifiers:
    """Implements ports.Notifier over others: one that fails keeps none of the rest from telling."""

    def __init__(self, *notifiers: Notifier) -> None:
        self._notifiers = notifiers

    def notify(self, alert: Alert) -> None:
        """Raises Unavailable, after all were tried, when any failed."""
        troubles = []
        for notifier in self._notifiers:
            try:
                notifier.notify(alert)
            except (Unavailable, Rejected) as error:
                troubles.append(str(error))
        if troubles:
            raise Unavailable("; ".join(troubles))
