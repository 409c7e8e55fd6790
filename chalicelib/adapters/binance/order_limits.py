"""How many unfilled orders an account may have in a window of time, and when it may place more.

Whoever places orders for the account counts into one ledger: a memory is one for a process.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Protocol

DEFAULT_LIMITS: Mapping[str, int] = {"10S": 100, "1D": 200_000}
"""By window; GET /api/v3/rateLimit/order tells the true ones."""
_SECONDS = {"S": 1, "M": 60, "H": 3_600, "D": 86_400}
_HEADER = re.compile(r"X-MBX-ORDER-COUNT-([0-9]{1,4}[SMHD])", re.IGNORECASE)
SHORTEST_PAUSE_S = 10.0
"""After the exchange said that there are too many, and not for how long."""


class UnfilledLedger(Protocol):
    """The unfilled orders of one account by window, such as 10S. Times are the exchange's, in milliseconds."""

    def learn(self, limits: Mapping[str, int]) -> None:
        """How many there may be by window."""
        ...

    def record(self, counts: Mapping[str, int], now_ms: int) -> None:
        """How many there are, as an answer told it."""
        ...

    def close(self, seconds: float, now_ms: int) -> None:
        """Nothing may be placed for so long."""
        ...

    def wait_s(self, orders: int, now_ms: int) -> float:
        """Seconds until so many more may be placed; 0.0 for at once."""
        ...


class MemoryUnfilledLedger:
    """Implements UnfilledLedger for one process."""

    def __init__(self, limits: Mapping[str, int] = DEFAULT_LIMITS) -> None:
        self._limits = dict(limits)
        self._counts: dict[str, tuple[int, int]] = {}
        self._closed_until_ms = 0

    def learn(self, limits: Mapping[str, int]) -> None:
        self._limits |= limits

    def record(self, counts: Mapping[str, int], now_ms: int) -> None:
        self._counts |= {window: (count, end_ms(window, now_ms)) for window, count in counts.items()}

    def close(self, seconds: float, now_ms: int) -> None:
        self._closed_until_ms = max(self._closed_until_ms, now_ms + round(seconds * 1000))

    def wait_s(self, orders: int, now_ms: int) -> float:
        full_until_ms = [
            until_ms
            for window, (count, until_ms) in self._counts.items()
            if count + orders > self._limits.get(window, count + orders)
        ]
        return max(0, *full_until_ms, self._closed_until_ms, now_ms) / 1000 - now_ms / 1000


def end_ms(window: str, now_ms: int) -> int:
    """When the window that a moment lies in ends: windows are cut from the beginning of UTC days.

    >>> end_ms("10S", 12_345), end_ms("1D", 5)
    (20000, 86400000)
    """
    length_ms = int(window[:-1]) * _SECONDS[window[-1].upper()] * 1000
    return (now_ms // length_ms + 1) * length_ms


def told_counts(headers: Mapping[str, str]) -> dict[str, int]:
    """Unfilled orders by window, as an answer's headers tell them.

    >>> told_counts({"x-mbx-order-count-10s": "3", "X-MBX-ORDER-COUNT-1D": "many", "Date": "1"})
    {'10S': 3}
    """
    named = {match[1].upper(): told for name, told in headers.items() if (match := _HEADER.fullmatch(name))}
    return {
        window: int(told)
        for window, told in named.items()
        if told.isascii() and told.isdecimal() and len(told) < 10 and int(window[:-1]) > 0
    }
