"""Kline intervals and their lengths."""

from __future__ import annotations

from chalicelib.errors import BadInput

_SECOND = 1_000
_MINUTE = 60 * _SECOND
_HOUR = 60 * _MINUTE
_DAY = 24 * _HOUR

MONTH = "1M"

INTERVALS_MS = {
    "1s": _SECOND,
    "1m": _MINUTE,
    "3m": 3 * _MINUTE,
    "5m": 5 * _MINUTE,
    "15m": 15 * _MINUTE,
    "30m": 30 * _MINUTE,
    "1h": _HOUR,
    "2h": 2 * _HOUR,
    "4h": 4 * _HOUR,
    "6h": 6 * _HOUR,
    "8h": 8 * _HOUR,
    "12h": 12 * _HOUR,
    "1d": _DAY,
    "3d": 3 * _DAY,
    "1w": 7 * _DAY,
    MONTH: 28 * _DAY,
}
"""Length by name, case-sensitive (1m is a minute, 1M a month). A month has its shortest length here; a candle of one
carries the length that its own close time gives."""


def interval_ms(interval: str) -> int:
    """The length in milliseconds, the shortest for a month. Raises BadInput naming the intervals that exist."""
    if interval not in INTERVALS_MS:
        raise BadInput(f"there is no interval {interval!r}: choose one of {' '.join(INTERVALS_MS)}")
    return INTERVALS_MS[interval]
