"""Bars of any width and any page of them agree with the minutes they are made of."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from chalicelib.domain import DAY_MS, MINUTE_MS, Candle
from trader.sim.listing import generated_listing
from trader.sim.tape import MarketPath
from trader.sim.view import INTERVALS, MarketView, so_far

LISTING = generated_listing("BTCUSDT")
START_MS = 1_700_006_400_000
MINUTES = st.sets(st.integers(0, 400), min_size=1, max_size=120).map(sorted)
PRICES = st.integers(1, 1_000_000).map(lambda ticks: ticks / 100)


def tape(minutes: list[int]) -> MarketPath:
    def candle(k: int) -> Candle:
        return Candle("BTCUSDT", START_MS + k * MINUTE_MS, 100.0 + k, 101.0 + k, 99.0 + k, 100.5 + k, 1.0)

    return MarketPath(LISTING, ((candle(k), 0.0) for k in minutes))


@given(minutes=MINUTES, interval=st.sampled_from(sorted(INTERVALS)), limit=st.integers(1, 30), now=st.integers(1, 450))
def test_pages_forward_and_the_newest_page_agree(minutes: list[int], interval: str, limit: int, now: int) -> None:
    view, interval_ms = MarketView(tape(minutes), START_MS + now * MINUTE_MS - 1), INTERVALS[interval]
    everything = view.bars(interval_ms, START_MS, None, 1_000)
    assert sum(bar.volume for bar in everything) == sum(minute < now for minute in minutes)
    assert view.bars(interval_ms, None, None, limit) == everything[-limit:]
    paged: list[Candle] = []
    while page := view.bars(interval_ms, paged[-1].open_ms + 1 if paged else START_MS, None, limit):
        paged += page
    assert paged == everything


@given(minutes=MINUTES, end=st.integers(0, 450), limit=st.integers(1, 30), offset=st.integers(-12, 14))
def test_bounds_are_on_the_open_time_in_any_time_zone(minutes: list[int], end: int, limit: int, offset: int) -> None:
    view, end_ms, offset_ms = (
        MarketView(tape(minutes), START_MS + DAY_MS),
        START_MS + end * MINUTE_MS,
        offset * 3_600_000,
    )
    for interval_ms in (INTERVALS["5m"], INTERVALS["4h"]):
        for group in view.groups(interval_ms, None, end_ms, limit, offset_ms):
            starts = {(minute.open_ms + offset_ms) // interval_ms * interval_ms - offset_ms for minute in group}
            assert len(starts) == 1
            assert starts.pop() <= end_ms


@given(opened=PRICES, closed=PRICES, above=PRICES, below=PRICES, elapsed_ms=st.integers(0, MINUTE_MS - 1))
def test_a_running_minute_never_leaves_the_range_of_the_whole(
    opened: float, closed: float, above: float, below: float, elapsed_ms: int
) -> None:
    high, low = max(opened, closed, above), min(opened, closed, below)
    whole = Candle("BTCUSDT", START_MS, opened, high, low, closed, 3.0)
    part = so_far(whole, elapsed_ms, LISTING)
    assert low <= part.low <= min(opened, part.close) <= max(opened, part.close) <= part.high <= high
    assert 0.0 <= part.volume <= whole.volume
    assert part.open == opened
