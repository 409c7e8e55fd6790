"""What wakes a stage: an event of a minute schedule, or a wake-up in the same shape."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime

from chalicelib.errors import BadInput

LONGEST_DELAY_MS = 90_000
"""Milliseconds that an event may be late. A schedule fires every minute: an older one was replaced by a newer."""


def event_time_ms(text: str) -> int:
    """The time of an event in epoch milliseconds. Raises BadInput.

    >>> event_time_ms("1970-01-01T00:01:00Z")
    60000
    """
    try:
        moment = datetime.fromisoformat(text)
    except (ValueError, TypeError):
        raise BadInput(f"event time: {text!r:.80} given, an ISO 8601 time allowed") from None
    return round((moment if moment.tzinfo else moment.replace(tzinfo=UTC)).timestamp() * 1000)


def event_time_text(time_ms: int) -> str:
    """The time as an event carries it, to the millisecond.

    >>> event_time_text(60_001)
    '1970-01-01T00:01:00.001Z'
    """
    return datetime.fromtimestamp(time_ms / 1000, UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")


def asked_ms_of(detail: Mapping[str, object]) -> int | None:
    """When the exchange was last asked for everything, as a wake-up hands it on; a schedule knows nothing of it.

    >>> asked_ms_of({"asked_ms": 60_000}), asked_ms_of({})
    (60000, None)
    """
    given = detail.get("asked_ms")
    return given if type(given) is int else None


def failure_of(detail: Mapping[str, object]) -> str:
    """What another stage failed on, as `LambdaWaker.tell` hands it on; empty in every other event.

    >>> failure_of({"failed": "poll_news: Unavailable: no answer"}), failure_of({"asked_ms": 60_000})
    ('poll_news: Unavailable: no answer', '')
    """
    given = detail.get("failed")
    return given if isinstance(given, str) else ""


def is_stale(event_ms: int, now_ms: int) -> bool:
    """Whether the event comes too late to be acted on.

    >>> is_stale(0, 90_000), is_stale(0, 90_001)
    (False, True)
    """
    return now_ms - event_ms > LONGEST_DELAY_MS
