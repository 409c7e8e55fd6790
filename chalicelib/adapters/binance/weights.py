"""The request weight that Binance counts per address and minute, and when the next request may go out."""

from __future__ import annotations

from dataclasses import dataclass

_WINDOW_MS = 60_000
DEFAULT_LIMIT = 6_000
"""Of the REQUEST_WEIGHT limit per minute since August 2023; exchangeInfo.rateLimits tells the true one."""


@dataclass(slots=True)
class WeightLedger:
    """What was used, as the answers' headers tell it. Times are the machine's UTC clock in milliseconds.

    Every program behind the same address counts, so a tenth of the limit is left to the others.
    """

    limit: int = DEFAULT_LIMIT
    used: int = 0
    at_ms: int = 0
    """When `used` was told."""
    closed_until_ms: int = 0
    """Until then the exchange asked to be left alone (429) or has banned this address (418)."""

    def record(self, told: str | None, weight: int, now_ms: int) -> None:
        """Book an answer: the header X-MBX-USED-WEIGHT-1M, or the request's own weight where there is none."""
        if told is not None and told.isdecimal() and len(told) < 10:
            self.used = int(told)
        else:
            self.used = weight + (self.used if self._in_window(now_ms) else 0)
        self.at_ms = now_ms

    def close(self, seconds: float, now_ms: int) -> None:
        """Send nothing for so long."""
        self.closed_until_ms = max(self.closed_until_ms, now_ms + round(seconds * 1000))

    def wait_s(self, weight: int, now_ms: int) -> float:
        """Seconds until a request of this weight may go out; 0.0 for at once."""
        wait_ms = max(0, self.closed_until_ms - now_ms)
        if self._in_window(now_ms) and (self.used + weight) * 10 > self.limit * 9:
            wait_ms = max(wait_ms, _WINDOW_MS - now_ms % _WINDOW_MS)
        return wait_ms / 1000

    def _in_window(self, now_ms: int) -> bool:
        return now_ms // _WINDOW_MS == self.at_ms // _WINDOW_MS
