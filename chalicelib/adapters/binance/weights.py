"""The request weight that Binance counts per address and minute, and when the next request may go out."""

from __future__ import annotations

from dataclasses import dataclass

_WINDOW_MS = 60_000
DEFAULT_LIMIT = 6_000
"""Of the REQUEST_WEIGHT limit per minute since August 2023; exchangeInfo.rateLimits tells the true one."""


@dataclass(slots=True)
class WeightLedger:
    """What was used, as the answers' headers tell it. Times are seconds of a clock that nobody sets (monotonic).

    Every program behind the same address counts, so a tenth of the limit is left to the others.
    """

    limit: int = DEFAULT_LIMIT
    used: int = 0
    until_s: float = 0.0
    """The end of the minute that `used` was told of."""
    closed_until_s: float = 0.0
    """Until then the exchange asked to be left alone (429) or has banned this address (418)."""

    def record(self, told: str | None, weight: int, now_s: float, wall_ms: int) -> None:
        """Book an answer: the header X-MBX-USED-WEIGHT-1M, or the request's own weight where there is none.

        `wall_ms` is the UTC clock in milliseconds: it tells when the exchange's minute ends.
        """
        if told is not None and told.isdecimal() and len(told) < 10:
            self.used = int(told)
        else:
            self.used = weight + (self.used if now_s < self.until_s else 0)
        self.until_s = now_s + (_WINDOW_MS - wall_ms % _WINDOW_MS) / 1000

    def close(self, seconds: float, now_s: float) -> None:
        """Send nothing for so long."""
        self.closed_until_s = max(self.closed_until_s, now_s + seconds)

    def wait_s(self, weight: int, now_s: float) -> float:
        """Seconds until a request of this weight may go out; 0.0 for at once."""
        is_full = (self.used + weight) * 10 > self.limit * 9
        return max(0.0, self.closed_until_s - now_s, self.until_s - now_s if is_full else 0.0)
