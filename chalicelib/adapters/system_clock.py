"""The machine's own clocks."""

from __future__ import annotations

import time


class SystemClock:
    """Implements ports.Clock: it waits rather than go backwards when the machine's time is set back."""

    def __init__(self) -> None:
        self._shown_ms = 0

    def now_ms(self) -> int:
        self._shown_ms = max(self._shown_ms, time.time_ns() // 1_000_000)
        return self._shown_ms


class Stopwatch:
    """Implements ports.Clock for ages alone: time since some moment, whatever the machine's time is set to."""

    def now_ms(self) -> int:
        return time.monotonic_ns() // 1_000_000
