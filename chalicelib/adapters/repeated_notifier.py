"""A channel with hiccups: an alert that it does not take is tried again."""

from __future__ import annotations

import time
from collections.abc import Callable

from chalicelib.domain import Alert
from chalicelib.errors import Unavailable
from chalicelib.ports import Notifier

ATTEMPTS = 3
PAUSE_S = 2.0
LONGEST_PAUSE_S = 60.0


class RepeatedNotifier:
    """Implements ports.Notifier over another, which is asked three times."""

    def __init__(
        self, inner: Notifier, *, pause_s: float | None = None, sleep: Callable[[float], object] = time.sleep
    ) -> None:
        """`pause_s` lies between two attempts unless the other side asks for more, which it gets up to a minute."""
        self._inner = inner
        self._pause_s = PAUSE_S if pause_s is None else pause_s
        self._sleep = sleep

    def notify(self, alert: Alert) -> None:
        """Raises Unavailable when the last attempt failed, and what else the channel raises at once."""
        for _ in range(ATTEMPTS - 1):
            try:
                self._inner.notify(alert)
            except Unavailable as error:
                self._sleep(min(max(self._pause_s, error.retry_after_s or 0.0), LONGEST_PAUSE_S))
            else:
                return
        self._inner.notify(alert)
