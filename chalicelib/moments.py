"""Moments and spans of time as people write and read them; without a zone they are UTC."""

from __future__ import annotations

import re
from calendar import monthrange
from datetime import UTC, datetime

from chalicelib.domain import DAY_MS

_SPAN = re.compile(r"(?P<year>\d{4})(?:-(?P<month>\d\d)(?:-(?P<day>\d\d))?)?", re.ASCII)
_PLAIN_DAY = re.compile(r"(\d{4})(\d\d)(\d\d)", re.ASCII)


def span_ms(text: str) -> tuple[int, int]:
    """First and last millisecond of the day, month or year that is named, the same one twice for a time of day.

    Raises ValueError.

    >>> span_ms("1970-01-02"), span_ms("1970-02"), span_ms("1970-01-01T00:01")
    ((86400000, 172799999), (2678400000, 5097599999), (60000, 60000))
    """
    span = _SPAN.fullmatch(_PLAIN_DAY.sub(r"\1-\2-\3", text) if _PLAIN_DAY.fullmatch(text) else text)
    if span is None:
        return _moment_ms(text)
    year, month, day = span.groups()
    first = datetime(int(year), int(month or 1), int(day or 1), tzinfo=UTC)
    last = first.replace(month=int(month or 12))
    last = last.replace(day=int(day or monthrange(last.year, last.month)[1]))
    return _epoch_ms(first), _epoch_ms(last) + DAY_MS - 1


def minute_text(time_ms: int) -> str:
    """The minute that a moment lies in, in UTC.

    >>> minute_text(1_735_689_690_000)
    '2025-01-01 00:01'
    """
    return f"{datetime.fromtimestamp(time_ms // 1000, UTC):%Y-%m-%d %H:%M}"


def second_text(time_ms: int) -> str:
    """The second that a moment lies in, with its zone.

    >>> second_text(1_735_689_690_999)
    '2025-01-01 00:01:30Z'
    """
    return f"{datetime.fromtimestamp(time_ms // 1000, UTC):%Y-%m-%d %H:%M:%SZ}"


def iso_minute_text(time_ms: int) -> str:
    """The minute that a moment lies in, in ISO 8601.

    >>> iso_minute_text(1_700_000_000_000)
    '2023-11-14T22:13Z'
    """
    return f"{datetime.fromtimestamp(time_ms // 1000, UTC):%Y-%m-%dT%H:%MZ}"


def iso_text(time_ms: int) -> str:
    """The second that a moment lies in, in ISO 8601.

    >>> iso_text(1_735_689_660_000)
    '2025-01-01T00:01:00Z'
    """
    return f"{datetime.fromtimestamp(time_ms // 1000, UTC):%Y-%m-%dT%H:%M:%SZ}"


def _moment_ms(text: str) -> tuple[int, int]:
    if not text[len("2025-01-31") :]:
        raise ValueError(f"{text!r} names a week or has no time of day")
    time_ms = _epoch_ms(datetime.fromisoformat(text))
    return time_ms, time_ms


def _epoch_ms(moment: datetime) -> int:
    aware = moment if moment.tzinfo else moment.replace(tzinfo=UTC)
    return round(aware.timestamp() * 1000)
