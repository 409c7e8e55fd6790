"""A slow channel for a process that must go on: alerts are sent by a thread, in order."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable
from contextlib import suppress
from threading import Condition, Thread
from types import TracebackType

from chalicelib.alert_text import undelivered
from chalicelib.domain import Alert
from chalicelib.errors import TraderError, Unavailable
from chalicelib.ports import Notifier

WAITING_LIMIT = 100
CLOSING_S = 10.0


class BackgroundNotifier:
    """Implements ports.Notifier over another. For processes that live on: a Lambda is frozen when its handler ends.

    Of what `inner` cannot deliver it speaks itself; what never reached it is said here, in one line. Closing waits ten
    seconds at most for what is still on its way. The thread begins with the first alert.
    """

    def __init__(self, inner: Notifier, say: Callable[[str], None]) -> None:
        self._inner = inner
        self._say = say
        self._waiting: deque[Alert] = deque()
        """The one that is on its way first."""
        self._changed = Condition()
        self._closed = False
        self._thread: Thread | None = None

    def notify(self, alert: Alert) -> None:
        """Returns at once. Raises Unavailable, said as well, when a hundred alerts wait already, or after closing."""
        with self._changed:
            if self._closed or len(self._waiting) >= WAITING_LIMIT:
                why = "the channel is closed" if self._closed else f"{WAITING_LIMIT} are waiting already"
            else:
                self._waiting.append(alert)
                self._begin()
                return
        line = undelivered(why, [alert])
        self._say(line)
        raise Unavailable(line)

    def __enter__(self) -> BackgroundNotifier:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self.close()

    def close(self, patience_s: float = CLOSING_S) -> None:
        """Take no more alerts and wait for the ones that were taken. Safe to repeat."""
        with self._changed:
            already, self._closed = self._closed, True
            self._changed.notify()
        if self._thread is None or already:
            return
        self._thread.join(patience_s)
        with self._changed:
            left = list(self._waiting)
            self._waiting.clear()
        if left:
            self._say(undelivered(f"given up after {patience_s:g} s", left))

    def _begin(self) -> None:
        if self._thread is None:
            self._thread = Thread(target=self._send_until_closed, name="alerts", daemon=True)
            self._thread.start()
        self._changed.notify()

    def _send_until_closed(self) -> None:
        while (alert := self._next()) is not None:
            with suppress(TraderError):
                self._inner.notify(alert)
            with self._changed:
                if self._waiting:  # else given up
                    self._waiting.popleft()

    def _next(self) -> Alert | None:
        """The alert that has waited longest, None when all are sent and no more are taken."""
        with self._changed:
            self._changed.wait_for(lambda: self._waiting or self._closed)
            return self._waiting[0] if self._waiting else None
