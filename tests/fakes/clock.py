"""A clock that stands still until the test moves it."""

from __future__ import annotations


class HandClock:
    """Implements ports.Clock."""

    def __init__(self, now_ms: int = 1_735_689_600_000) -> None:
        self._now_ms = now_ms

    def now_ms(self) -> int:
        return self._now_ms

    def pass_ms(self, elapsed_ms: int) -> None:
        self._now_ms += elapsed_ms
