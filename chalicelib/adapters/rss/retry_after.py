"""The time for which a server asks to be left alone."""

from __future__ import annotations

import re
from datetime import UTC
from email.utils import parsedate_to_datetime

_SECONDS = re.compile(r"[0-9]+(\.[0-9]*)?")
_MOST_S = 1e9
_LONGEST_DATE = 100  # characters


def retry_after_s(value: str, now_ms: int) -> float | None:
    """Seconds from now on that a Retry-After header asks for, None where it says nothing or a time that has passed.

    It holds seconds, or a date in one of the three forms of RFC 9110. Never raises.

    >>> retry_after_s("120", 0), retry_after_s("Thu, 01 Jan 1970 00:01:00 GMT", 15_000), retry_after_s("soon", 0)
    (120.0, 45.0, None)
    """
    text = value.strip()
    if _SECONDS.fullmatch(text):
        return min(float(text), _MOST_S) or None
    try:
        moment = parsedate_to_datetime(text[:_LONGEST_DATE])
        left_s = moment.replace(tzinfo=moment.tzinfo or UTC).timestamp() - now_ms / 1000.0
    except (ValueError, TypeError, OverflowError, IndexError):
        return None
    return left_s if left_s > 0.0 else None
