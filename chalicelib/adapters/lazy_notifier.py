"""A channel that is made when there is something to tell: what cannot be made hinders nothing until then."""

from __future__ import annotations

from collections.abc import Callable

from chalicelib.domain import Alert
from chalicelib.ports import Notifier


class LazyNotifier:
    """Implements ports.Notifier over another, made anew for each alert: its settings may have changed."""

    def __init__(self, make: Callable[[], Notifier]) -> None:
        self._make = make

    def notify(self, alert: Alert) -> None:
        """Raises what making it raises, and what it raises itself."""
        self._make().notify(alert)
