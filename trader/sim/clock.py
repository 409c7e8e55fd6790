"""Simulated time: it runs at a multiple of real time from a given moment on."""

from __future__ import annotations

from time import monotonic


class SimClock:
    """A ports.Clock: start_ms + speed x the real time since it was made."""

    def __init__(self, start_ms: int, speed: float) -> None:
        self.speed = speed
        self._start_ms = start_ms
        self._started_s = monotonic()

    def now_ms(self) -> int:
        return self._start_ms + int((monotonic() - self._started_s) * 1000.0 * self.speed)

    def seconds_until(self, time_ms: int) -> float:
        """Real seconds until that simulated time, 0.0 if it has passed."""
        return max(0.0, (time_ms - self.now_ms()) / 1000.0 / self.speed)
