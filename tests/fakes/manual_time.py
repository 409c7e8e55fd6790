"""Time that passes only when somebody sleeps."""

from __future__ import annotations

from chalicelib.adapters.binance.timing import Timing


class ManualTime:
    """`pauses` lists every sleep in seconds; chance is always `chance`."""

    def __init__(self, now_ms: int = 1_700_000_000_000, chance: float = 0.5) -> None:
        self.now_ms = now_ms
        self.pauses: list[float] = []
        self.chance = chance

    def sleep(self, seconds: float) -> None:
        self.pauses.append(seconds)
        self.now_ms += round(seconds * 1000)

    def monotonic(self) -> float:
        return self.now_ms / 1000

    def timing(self) -> Timing:
        return Timing(self.sleep, self.monotonic, lambda: self.now_ms, lambda: self.chance)
