"""A slow channel for a process that must go on: alerts are sent by a thread, in order."""

from __future__ import annotations

from collections.abc import Callable
from queue import Empty, Full, Queue
from threading import Event, Thread
from types import TracebackType

from chalicelib.domain import Alert
from chalicelib.errors import Unavailable
from chalicelib.ports import Notifier

WAITING_LIMIT = 100
ATTEMPTS = 3
PAUSE_S = 2.0
LONGEST_PAUSE_S = 60.0
CLOSING_S = 10.0
POLL_S = 0.2


class BackgroundNotifier:
    """Implements ports.Notifier over another. For processes that live on: a Lambda is frozen when its handler ends.

    An alert is tried three times. What cannot be sent is said in one line; closing waits ten seconds at most for what
    is still on its way.
    """

    def __init__(self, inner: Notifier, say: Callable[[str], None], *, pause_s: float = PAUSE_S) -> None:
        """`pause_s` lies between two attempts unless the other side asks for more."""
        self._inner = inner
        self._say = say
        self._pause_s = pause_s
        self._waiting: Queue[Alert] = Queue(WAITING_LIMIT)
        self._closing = Event()
        self._thread = Thread(target=self._send_until_closed, name="alerts", daemon=True)
        self._thread.start()

    def notify(self, alert: Alert) -> None:
        """Returns at once. Raises Unavailable when a hundred alerts wait already, or after closing."""
        if self._closing.is_set():
            raise Unavailable("alerts: closed")
        try:
            self._waiting.put_nowait(alert)
        except Full:
            raise Unavailable(f"alerts: {WAITING_LIMIT} are waiting already") from None

    def __enter__(self) -> BackgroundNotifier:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self.close()

    def close(self, patience_s: float = CLOSING_S) -> None:
        """Take no more alerts and wait for the ones that were taken. Safe to repeat."""
        self._closing.set()
        self._thread.join(patience_s)
        if self._thread.is_alive():
            self._say(f"alerts: given up after {patience_s:g} s")

    def _send_until_closed(self) -> None:
        while True:
            try:
                alert = self._waiting.get(timeout=POLL_S)
            except Empty:
                if self._closing.is_set():
                    return
                continue
            self._send(alert)

    def _send(self, alert: Alert) -> None:
        for attempt in range(1, ATTEMPTS + 1):
            try:
                self._inner.notify(alert)
            except Unavailable as error:
                if attempt == ATTEMPTS:
                    self._say(f"alert not delivered: {error}")
                else:
                    self._closing.wait(min(max(self._pause_s, error.retry_after_s or 0.0), LONGEST_PAUSE_S))
            except Exception as error:  # a defect of the channel: its text could quote a secret, its kind cannot
                self._say(f"alert not delivered: unexpected {type(error).__name__}")
                return
            else:
                return
