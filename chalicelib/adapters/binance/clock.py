"""The exchange's clock, read over REST."""

from __future__ import annotations

import time
from collections.abc import Callable

from chalicelib.adapters.binance.payloads import as_object, as_time_ms
from chalicelib.adapters.binance.timing import Timing
from chalicelib.adapters.binance.transport import Transport

_SET_BY_MS = 500
"""By so much two clocks of one machine do not part of themselves."""


def server_time_ms(transport: Transport) -> int:
    """What the exchange's clock shows. Raises Unavailable."""
    return transport.get(
        "/api/v3/time",
        {},
        weight=1,
        read=lambda answer: as_time_ms(as_object(answer, "time").get("serverTime"), "serverTime"),
    )


class ExchangeClock:
    """Implements ports.Clock. Between two readings it goes on by the machine's monotonic clock.

    It never runs ahead of the exchange: the reading was taken before it arrived here, so what it adds to it is at most
    what passed there. That is what lets a candle be called closed by it. A simulated exchange that does not run at one
    second a second needs `max_age_s=0`: a reading each time.
    """

    def __init__(
        self, transport: Transport, *, max_age_s: float = 60.0, monotonic: Callable[[], float] = time.monotonic
    ) -> None:
        self._transport = transport
        self._max_age_s = max_age_s
        self._monotonic = monotonic
        self._read_ms: int | None = None
        self._read_at_s = 0.0
        self._shown_ms = 0

    def now_ms(self) -> int:
        """The exchange's time; never goes backwards. Raises Unavailable when it has to be asked and does not answer."""
        age_s = self._monotonic() - self._read_at_s
        if self._read_ms is None or age_s >= self._max_age_s:
            self._read_ms = server_time_ms(self._transport)
            self._read_at_s = self._monotonic()
            age_s = 0.0
        self._shown_ms = max(self._shown_ms, self._read_ms + int(age_s * 1000))
        return self._shown_ms


class SigningClock:
    """The exchange's time by this machine's clock and how far it is off, measured once in `max_age_s` seconds.

    It never runs ahead of the exchange, by which a late order would be taken for a timely one. Measured anew, too, when
    the machine's clock was set meanwhile.
    """

    def __init__(self, transport: Transport, timing: Timing, *, max_age_s: float = 600.0) -> None:
        self._transport = transport
        self._timing = timing
        self._max_age_s = max_age_s
        self._offset_ms: int | None = None
        self._measured_ms, self._measured_s = 0, 0.0

    def now_ms(self) -> int:
        """The exchange's time. Raises Unavailable when it has to be asked and does not answer."""
        wall_ms, age_s = self._timing.wall_ms(), self._timing.monotonic() - self._measured_s
        was_set = abs(wall_ms - self._measured_ms - age_s * 1000) > _SET_BY_MS
        if self._offset_ms is None or age_s >= self._max_age_s or was_set:
            return self.measure()
        return wall_ms + self._offset_ms

    def reckoned_ms(self) -> int:
        """The exchange's time as far as it is known, without asking; this machine's until it was asked."""
        return self._timing.wall_ms() + (self._offset_ms or 0)

    def measure(self) -> int:
        """The exchange's time, asked for now. Raises Unavailable."""
        told_ms = server_time_ms(self._transport)
        self._measured_ms, self._measured_s = self._timing.wall_ms(), self._timing.monotonic()
        self._offset_ms = told_ms - self._measured_ms
        return told_ms
