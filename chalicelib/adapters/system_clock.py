"""The machine's own clock."""

from __future__ import annotations

import time


class SystemClock:
    """Implements ports.Clock: it waits rather than go backwards when the machine's time is set back."""

    def __init__(self) -> None:
        self._shown_ms = 0

    def now_ms(self) -> int:
        self._shown_ms = max(self._shown_ms, time.time_ns() // 1_000_000)
        return self._shown_ms
