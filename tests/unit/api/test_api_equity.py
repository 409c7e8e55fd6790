"""Pages of an equity curve: whole, in order, and without reading more than it takes."""

from __future__ import annotations

from bisect import bisect_left, bisect_right

import pytest

from chalicelib.api.equity import newest_points
from chalicelib.domain import MINUTE_MS, Decision, EquityPoint, Fill, Trade

YEAR = 525_600


class Curve:
    """A journal of points at these minutes only; `looks` and `read` count what it is asked for."""

    def __init__(self, minutes: range | list[int]) -> None:
        self.times = [minute * MINUTE_MS for minute in minutes]
        self.looks = self.read = 0

    def equity(self, agent_id: str, from_ms: int, to_ms: int) -> list[EquityPoint]:
        found = self.times[bisect_left(self.times, from_ms) : bisect_right(self.times, to_ms)]
        self.looks += 1
        self.read += len(found)
        return [EquityPoint(time_ms, 1.0, 1.0, 0.0) for time_ms in found]

    def fills(self, agent_id: str) -> list[Fill]:
        return []

    def trades(self, agent_id: str, limit: int, before: int | None = None) -> tuple[list[Trade], int | None]:
        return [], None

    def decisions(self, agent_id: str, limit: int, before: int | None = None) -> tuple[list[Decision], int | None]:
        return [], None

    def decided_at(self, agent_id: str, minute_ms: int) -> list[Decision]:
        return []


def minutes(curve: Curve, count: int, from_minute: int = 0, to_minute: int | None = None) -> list[int]:
    to_ms = curve.times[-1] if to_minute is None else to_minute * MINUTE_MS
    return [p.time_ms // MINUTE_MS for p in newest_points(curve, "a", from_minute * MINUTE_MS, to_ms, count)]


def test_a_page_of_a_year_reads_a_page() -> None:
    curve = Curve(range(YEAR))
    assert minutes(curve, 100) == list(range(YEAR - 1, YEAR - 101, -1))
    assert (curve.looks, curve.read) == (1, 100)


@pytest.mark.parametrize("pause", [1, 7, 60, 1440, 43_200])
def test_a_pause_costs_a_few_looks_and_about_its_own_length(pause: int) -> None:
    curve = Curve([*range(100_000), *range(100_000 + pause, 100_000 + pause + 50)])
    assert minutes(curve, 100) == [*range(100_049 + pause, 99_999 + pause, -1), *range(99_999, 99_949, -1)]
    assert curve.looks <= 12
    assert curve.read <= 2 * pause + 400


def test_the_end_of_the_curve_is_found_however_long_ago_it_may_have_begun() -> None:
    curve = Curve(range(30_000_000, 30_000_010))
    assert minutes(curve, 100) == list(range(30_000_009, 29_999_999, -1))
    assert curve.looks < 25


def test_bounds_are_inclusive_and_an_impossible_range_is_empty() -> None:
    curve = Curve(range(100))
    assert minutes(curve, 10, 40, 43) == [43, 42, 41, 40]
    assert minutes(curve, 10, 43, 40) == []
