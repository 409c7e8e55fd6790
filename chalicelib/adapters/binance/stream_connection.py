"""A WebSocket that comes back: the events of some streams, through cuts, silence, shutdowns and the 24-hour limit."""

from __future__ import annotations

import json
import logging
from collections.abc import Callable, Generator, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import TypeVar

from websockets.exceptions import ConnectionClosed, InvalidStatus, WebSocketException
from websockets.sync.client import connect
from websockets.sync.connection import Connection

from chalicelib.adapters.binance.faults import LONGEST_SAID, failure
from chalicelib.adapters.binance.timing import Timing, backoff_s
from chalicelib.errors import Unavailable
from chalicelib.foreign_text import one_line

T = TypeVar("T")
Event = Mapping[str, object]

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class StreamLimits:
    """When a connection is given up, and how soon the next one is tried."""

    lifetime_s: float = 23.5 * 3600.0
    """Binance cuts at 24 h; ours ends before, at a moment of our choosing."""
    silence_s: float = 90.0
    """Klines come every two seconds: a connection that says nothing for so long is dead, whatever its pings say."""
    ping_s: float = 20.0
    open_s: float = 10.0
    backoff_base_s: float = 1.0
    backoff_cap_s: float = 60.0


class StreamConnection:
    """Combined streams below one WebSocket address, joined again for as long as somebody iterates."""

    def __init__(
        self,
        url: str,
        streams: Sequence[str],
        *,
        limits: StreamLimits | None = None,
        timing: Timing | None = None,
        tell: Callable[[str], None] = log.warning,
    ) -> None:
        """`url` is scheme, host and port; `tell` hears of every trouble in one line."""
        self._url = f"{url}/stream?streams={'/'.join(streams)}"
        self._host = url
        self._limits = limits or StreamLimits()
        self._timing = timing or Timing()
        self.tell = tell

    def follow(
        self, opened: Callable[[], Iterator[T]], take: Callable[[Event], Iterator[T]]
    ) -> Generator[T, None, None]:
        """What `opened` yields after each connecting and `take` for each event.

        Unavailable, raised by either, ends the connection like a cut does; anything else ends the iteration.
        """
        failures = 0
        while True:
            pause_s = 0.0
            try:
                with self._connect() as connection:
                    ends_s = self._timing.monotonic() + self._limits.lifetime_s
                    yield from opened()
                    for event in self._events(connection, ends_s):
                        failures = 0
                        yield from take(event)
                reason = f"{self._host} ends the connection by plan"
            except Unavailable as error:
                reason = str(error)
                pause_s = error.retry_after_s or 0.0
            failures += 1
            chance = self._timing.chance()
            pause_s += backoff_s(failures, self._limits.backoff_base_s, self._limits.backoff_cap_s, chance)
            self.tell(f"{reason}; connecting again in {pause_s:.1f} s")
            self._timing.sleep(pause_s)

    def _connect(self) -> Connection:
        """An open connection. Raises Unavailable, BadInput where the region is not served."""
        limits = self._limits
        try:
            return connect(
                self._url,
                open_timeout=limits.open_s,
                close_timeout=1.0,
                ping_interval=limits.ping_s,
                ping_timeout=limits.ping_s,
            )
        except InvalidStatus as error:
            refusal = error.response
            explained = failure(
                refusal.status_code, refusal.headers, bytes(refusal.body or b""), self._host, self._timing.wall_ms()
            )
            if refusal.status_code == 451 or isinstance(explained, Unavailable):
                raise explained from error
            raise Unavailable(str(explained)) from error
        except (OSError, WebSocketException, EOFError) as error:
            raise Unavailable(
                f"{self._host} does not answer: {one_line(str(error), LONGEST_SAID) or type(error).__name__}"
            ) from error

    def _events(self, connection: Connection, ends_s: float) -> Iterator[Event]:
        """The events of one connection; ends when it is time to leave. Raises Unavailable when cut or dead."""
        while True:
            left_s = ends_s - self._timing.monotonic()
            if left_s <= 0.0:
                return
            try:
                text = connection.recv(timeout=min(left_s, self._limits.silence_s))
            except TimeoutError as error:
                if left_s <= self._limits.silence_s:
                    return
                raise Unavailable(f"{self._host} has been silent for {self._limits.silence_s:.0f} s") from error
            except ConnectionClosed as error:
                raise Unavailable(
                    f"{self._host} closed the connection ({one_line(str(error), LONGEST_SAID)})"
                ) from error
            event = self._event(text)
            if event is None:
                continue
            if event.get("e") == "serverShutdown":
                return
            yield event

    def _event(self, text: str | bytes) -> Event | None:
        """The event in a message, raw or wrapped as {"stream", "data"}; None, and told, where there is none."""
        try:
            message = json.loads(text)
        except (ValueError, RecursionError):
            message = None
        event = message.get("data", message) if isinstance(message, dict) else None
        if not isinstance(event, dict):
            self.tell(f"{self._host} sent something that is no event, ignored: {one_line(str(text[:200]), 60)!r}")
            return None
        return event
