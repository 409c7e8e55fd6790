"""The newest points of an equity curve, without reading the whole of it."""

from __future__ import annotations

from chalicelib.domain import MINUTE_MS, EquityPoint
from chalicelib.ports import Journal


def newest_points(journal: Journal, agent_id: str, from_ms: int, to_ms: int, count: int) -> list[EquityPoint]:
    """The newest `count` points with from_ms <= time_ms <= to_ms, newest first. Raises Unavailable.

    There is a point a minute at most, so the newest lie within the last `count` minutes unless the agent stood still;
    each further look goes twice as far back, so that a pause of any length costs few of them. Call it with a `to_ms`
    at which there is a point, if that is known: a pause at the end is walked through likewise.
    """
    found: list[EquityPoint] = []
    high_ms, width_ms = to_ms, count * MINUTE_MS
    while high_ms >= from_ms and len(found) < count:
        low_ms = max(from_ms, high_ms - width_ms + 1)
        found += reversed(journal.equity(agent_id, low_ms, high_ms))
        high_ms, width_ms = low_ms - 1, width_ms * 2
    return found[:count]
